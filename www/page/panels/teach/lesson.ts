import {
  type Progress,
  type Soda,
  SodaError,
  type SodaErrorCode,
  type TrainEvent,
} from 'soda-morph';
import type { Pick } from '../../parts/pictures.js';
import { mean, psnr } from '../../parts/psnr.js';
import type { KeptFiles } from '../../shell/kept.js';

/** What a lesson tells while it goes on. */
export interface Watcher {
  /** Something that takes a while, before and after the steps. */
  onProgress: (progress: Progress) => void;
  onStep: (event: Extract<TrainEvent, { kind: 'step' }>, secondsLeft: number) => void;
  /** The first pictures as they are painted now. */
  onPreview: (pictures: readonly ImageData[]) => void;
  /** Something to go on from, now and then and at a pause. */
  onCheckpoint: (checkpoint: Checkpoint) => void;
}

/** A lesson so far: what it takes to go on with it, in another engine or on another day. */
export interface Checkpoint {
  /** One a step. */
  readonly losses: readonly number[];
  /** The pictures as they were painted before the lesson. */
  readonly before: readonly ImageData[];
  /** The model as it was then. */
  readonly files: KeptFiles;
}

/** One picture before and after, all as the networks see them. PSNR in dB. */
export interface Outcome {
  pick: Pick;
  wanted: ImageData;
  before: { picture: ImageData; psnr: number };
  after: { picture: ImageData; psnr: number };
}

/** Previews over a lesson, and the pictures they show. */
const PREVIEWS = 20;
export const SHOWN = 4;

/** Pictures a step, unless memory asks for fewer. */
export const BATCH = 4;

/** What a lost device or a closed tab may cost. */
const KEEP_EVERY_MS = 45_000;

/**
 * A model learning some pictures: gets ready, takes steps until told to pause, and says what came
 * of it.
 */
export class Lesson {
  readonly picks: readonly Pick[];
  readonly steps: number;
  readonly batch: number;
  /** The losses so far, one a step. */
  readonly losses: number[];
  readonly #soda: Soda;
  readonly #watcher: Watcher;
  readonly #stop = new AbortController();
  /** Steps that were taken before this engine took over. */
  readonly #skipped: number;
  #pause = new AbortController();
  #wanted: ImageData[] = [];
  #before: readonly ImageData[];
  #events: AsyncGenerator<TrainEvent, void, undefined> | undefined;
  #ended = false;
  /** When the last checkpoint was made, and after how many steps. */
  #kept = { at: 0, steps: 0 };

  /** With `from`, `soda` is the model of that checkpoint. */
  constructor(
    soda: Soda,
    picks: readonly Pick[],
    {
      steps,
      batch = BATCH,
      from,
    }: { steps: number; batch?: number | undefined; from?: Checkpoint | undefined },
    watcher: Watcher,
  ) {
    this.#soda = soda;
    this.picks = picks;
    this.steps = steps;
    this.batch = batch;
    this.losses = [...(from?.losses ?? [])];
    this.#skipped = this.losses.length;
    this.#before = from?.before ?? [];
    this.#watcher = watcher;
  }

  /** Aborted by `cancel`. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** It was finished before its time, or cancelled. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Paints the pictures as the model is before the lesson, for the comparison. */
  async prepare(): Promise<void> {
    this.#wanted = await this.#soda.prepare(this.#sources, { signal: this.signal });
    const resumed = this.#before.length > 0;
    if (!resumed) this.#before = await this.#paint();
    this.#watcher.onPreview(resumed ? await this.#paint(SHOWN) : this.#before.slice(0, SHOWN));
    this.#kept = { at: performance.now(), steps: this.#skipped };
  }

  /** The first pictures as the networks see them, beside which previews are shown. */
  get shown(): readonly ImageData[] {
    return this.#wanted.slice(0, SHOWN);
  }

  /** Takes steps until the end or a pause; true at the end. */
  async learn(): Promise<boolean> {
    const pause = (this.#pause = new AbortController()).signal;
    if (this.#skipped >= this.steps) return true;
    this.#events ??= this.#soda.fineTune(this.#sources, {
      steps: this.steps - this.#skipped,
      batchSize: this.batch,
      previewEvery: Math.max(5, Math.round(this.steps / PREVIEWS)),
      signal: this.signal,
    });
    while (!pause.aborted) {
      const { value: event, done } = await this.#events.next();
      if (done) return true;
      if (event.kind === 'step') {
        this.losses.push(event.loss);
        this.#watcher.onStep(
          { ...event, step: this.losses.length, steps: this.steps },
          (event.steps - event.step) * event.secondsPerStep,
        );
        if (performance.now() - this.#kept.at > KEEP_EVERY_MS) await this.#keep();
      } else if (event.kind === 'preview') this.#watcher.onPreview(event.pictures);
    }
    if (!this.#ended && this.losses.length > this.#kept.steps) await this.#keep();
    return false;
  }

  /** Ends the steps after the one under way; `learn` then gives false. */
  pause(): void {
    this.#pause.abort();
  }

  /** No more steps: what was learnt so far is the result. */
  async finish(): Promise<void> {
    this.#ended = true;
    this.pause();
    await this.#events?.return(undefined);
  }

  /** Gives up. The model is somewhere in between: load it anew. */
  cancel(): void {
    this.#ended = true;
    this.pause();
    this.#stop.abort();
    this.#events?.return(undefined).catch(() => undefined);
  }

  /** Paints the pictures again and compares. */
  async compare(): Promise<Outcome[]> {
    const after = await this.#paint();
    return this.picks.map((pick, i) => {
      const [wanted, before, painted] = [this.#wanted[i], this.#before[i], after[i]];
      if (!wanted || !before || !painted)
        throw new SodaError('internal', `picture ${String(i + 1)} is missing`);
      return {
        pick,
        wanted,
        before: { picture: before, psnr: psnr(before, wanted) },
        after: { picture: painted, psnr: psnr(painted, wanted) },
      };
    });
  }

  get #sources(): (Blob | string)[] {
    return this.picks.map(({ source }) => source);
  }

  async #paint(first = this.picks.length): Promise<ImageData[]> {
    const { signal } = this;
    const { onProgress } = this.#watcher;
    return this.#soda.decode(
      await this.#soda.encode(this.#sources.slice(0, first), { signal, onProgress }),
      { signal, onProgress },
    );
  }

  /**
   * Makes a checkpoint. Where that fails the lesson goes on without: the next step says what is
   * wrong, if anything is.
   */
  async #keep(): Promise<void> {
    this.#kept = { at: performance.now(), steps: this.losses.length };
    const losses = [...this.losses];
    try {
      const { config, weights } = await this.#soda.save();
      this.#watcher.onCheckpoint({
        losses,
        before: this.#before,
        files: { config: config, weights: weights },
      });
    } catch {
      /* As above. */
    }
  }
}

/** The mean PSNR of some outcomes before and after, in dB. */
export function gain(outcomes: readonly { before: { psnr: number }; after: { psnr: number } }[]): {
  before: number;
  after: number;
} {
  return {
    before: mean(outcomes.map(({ before }) => before.psnr)),
    after: mean(outcomes.map(({ after }) => after.psnr)),
  };
}

/** How a lesson that broke off is tried again: with so many pictures a step, and where. */
export interface Retry {
  readonly batch: number;
  /** The graphics device has failed too often. */
  readonly onCpu?: true;
}

/**
 * Whether and how to try again. A device that is lost once may have been taken away by anything;
 * lost again, it was asked for too much. An engine that ran out of memory cannot always say so: an
 * internal error is taken for it. `again`: the lesson broke off before, and has hardly got on
 * since.
 */
export function retry(
  code: SodaErrorCode,
  batch: number,
  { again, onCpu }: { again: boolean; onCpu: boolean },
): Retry | undefined {
  if (code === 'device-lost') {
    if (!again) return { batch };
    return batch > 1
      ? { batch: Math.floor(batch / 2) }
      : onCpu
        ? undefined
        : { batch: BATCH, onCpu: true };
  }
  return (code === 'out-of-memory' || code === 'internal') && batch > 1
    ? { batch: Math.floor(batch / 2) }
    : undefined;
}
