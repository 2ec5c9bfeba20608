import { type Latent, type Progress, Soda, SodaError } from 'soda-morph';
import type { Speed } from './strings.js';
import type { Pick, Side } from './well.js';

/** What the studio tells the page. */
export interface StudioEvents {
  loading: (progress: Progress) => void;
  loaded: (soda: Soda) => void;
  /** A morph begins. `same`: of the very pictures whose frames are shown already. */
  begun: (frames: number, same: boolean) => void;
  encoding: (progress: Progress) => void;
  painting: (progress: Progress) => void;
  frame: (index: number, frame: ImageData) => void;
  done: (speed: Speed) => void;
  /** The picture of this side cannot be used. */
  refused: (side: Side, error: SodaError) => void;
  /** The device was lost; `again` for the second time in a row, after which the CPU takes over. */
  lost: (again: boolean) => void;
  failed: (error: SodaError, loading: boolean) => void;
}

/** How the model is loaded. */
export interface Settings {
  model: URL;
  backend: 'auto' | 'webgpu' | 'cpu';
}

interface Encoded {
  pick: Pick;
  exact: boolean;
  latent: Latent;
}

/** Keeps one engine and one morph: every change ends the morph under way and begins the next. */
export class Studio {
  readonly #settings: Settings;
  readonly #events: StudioEvents;
  readonly #picks: Partial<Record<Side, Pick>> = {};
  readonly #encoded: Partial<Record<Side, Encoded>> = {};
  #soda: Soda | undefined;
  #run = new AbortController();
  #losses = 0;
  /** The pair whose frames are on the page. */
  #shown: { from: Pick; to: Pick } | undefined;
  #exact = false;
  #frames = 9;

  constructor(settings: Settings, events: StudioEvents) {
    this.#settings = settings;
    this.#events = events;
  }

  /** Sets pictures without beginning: for the pair that is on the page from the start, painted in advance. */
  open(from: Pick, to: Pick, shown: boolean): void {
    this.#picks.from = from;
    this.#picks.to = to;
    if (shown) this.#shown = { from, to };
  }

  put(side: Side, pick: Pick): void {
    this.#picks[side] = pick;
    this.#begin();
  }

  swap(): void {
    const { from, to } = this.#picks;
    const { from: fromCode, to: toCode } = this.#encoded;
    Object.assign(this.#picks, { from: to, to: from });
    Object.assign(this.#encoded, { from: toCode, to: fromCode });
    this.#begin();
  }

  set exact(exact: boolean) {
    this.#exact = exact;
    this.#begin();
  }

  set frames(frames: number) {
    this.#frames = frames;
    this.#begin();
  }

  /** Loads the model and paints. Also the way back after a failure. */
  async start(backend = this.#settings.backend): Promise<void> {
    this.#soda?.dispose();
    this.#soda = undefined;
    try {
      this.#soda = await Soda.load(this.#settings.model, { backend, onProgress: this.#events.loading });
    } catch (thrown) {
      const error = asSodaError(thrown);
      if (error.code === 'device-lost') this.#recover();
      else this.#events.failed(error, true);
      return;
    }
    this.#events.loaded(this.#soda);
    this.#begin();
  }

  #begin(): void {
    this.#run.abort();
    this.#run = new AbortController();
    if (this.#soda) void this.#morph(this.#soda, this.#run.signal);
  }

  async #morph(soda: Soda, signal: AbortSignal): Promise<void> {
    const frames = this.#frames;
    try {
      const a = await this.#encode('from', soda, signal);
      const b = await this.#encode('to', soda, signal);
      if (!a || !b) return;
      this.#events.begun(frames, this.#shown?.from === a.pick && this.#shown.to === b.pick);
      this.#shown = { from: a.pick, to: b.pick };
      const clock = new StepClock();
      const onProgress = (progress: Progress): void => {
        clock.step(progress.done);
        this.#events.painting(progress);
      };
      let index = 0;
      for await (const frame of soda.interpolate(a.latent, b.latent, { frames, signal, onProgress })) {
        this.#events.frame(index++, frame);
      }
      this.#losses = 0;
      this.#events.done(clock.speed(frames));
    } catch (thrown) {
      const error = asSodaError(thrown);
      if (signal.aborted || error.code === 'aborted' || error.code === 'disposed') return;
      if (error.code === 'device-lost') this.#recover();
      else this.#events.failed(error, false);
    }
  }

  /** The latent of one side, from the last time where nothing changed; undefined where its picture was refused. */
  async #encode(side: Side, soda: Soda, signal: AbortSignal): Promise<Encoded | undefined> {
    const pick = this.#picks[side];
    const exact = this.#exact;
    if (!pick) return undefined;
    const known = this.#encoded[side];
    if (known?.pick === pick && known.exact === exact) return known;
    try {
      const [latent] = await soda.encode(pick.source, { invert: exact, signal, onProgress: this.#events.encoding });
      if (!latent) return undefined;
      const encoded = { pick, exact, latent };
      if (!signal.aborted) this.#encoded[side] = encoded;
      return encoded;
    } catch (thrown) {
      const error = asSodaError(thrown);
      if (error.code !== 'input') throw error;
      this.#events.refused(side, error);
      return undefined;
    }
  }

  #recover(): void {
    const again = this.#losses++ > 0;
    this.#events.lost(again);
    void this.start(again ? 'cpu' : this.#settings.backend);
  }
}

/** Times the steps as they are reported. */
class StepClock {
  readonly #begun = performance.now();
  #steps = 0;
  #last = this.#begun;

  step(done: number): void {
    this.#steps = done;
    this.#last = performance.now();
  }

  speed(frames: number): Speed {
    return {
      msPerStep: (this.#last - this.#begun) / Math.max(1, this.#steps),
      seconds: (performance.now() - this.#begun) / 1000,
      frames,
    };
  }
}

function asSodaError(thrown: unknown): SodaError {
  return thrown instanceof SodaError ? thrown : new SodaError('internal', String(thrown), { cause: thrown });
}
