import type { Latent, Soda } from 'soda-morph';
import { asSodaError } from '../../shell/engine.js';
import type { App } from '../../shell/panel.js';
import { say } from './strings.js';
import { type Positions, spacing } from './plane.js';
import { Collection } from './collection.js';
import type { Source } from './sources.js';
import { type Layout, type Numbers, layOut } from './layout.js';
import { type Box, boxOf } from './view.js';

/** How far a map has come. */
export type Phase =
  | { kind: 'reading'; done: number; total: number }
  | { kind: 'arranging'; share: number }
  /** A person has stopped the reading. */
  | { kind: 'stopped'; done: number; total: number }
  /** There is no model, or it failed: it says so itself, and the map goes on when it is ready. */
  | { kind: 'waiting' }
  | { kind: 'failed'; message: string }
  | { kind: 'empty' }
  | { kind: 'done' };

/** What a survey tells. */
export interface Heard {
  phase: (phase: Phase) => void;
  /** Pictures lie here now, those read so far; a picture's side, and the box they will fill. */
  places: (positions: Positions, side: number, box: Box) => void;
  done: (layout: Layout) => void;
}

/**
 * Makes the map of one source: reads and encodes its pictures, then lays them out. Can be stopped,
 * and goes on where it was.
 */
export class Survey {
  readonly collection: Collection;
  readonly #app: App;
  readonly #heard: Heard;
  #run = new AbortController();
  /** The model, and what it had learnt, that the latents are of. */
  #of: { soda: Soda; age: number } | undefined;
  #layout: Layout | undefined;
  #byLatent: boolean;

  /** `byLatent`: pictures are compared by their latents alone. */
  constructor(source: Source, app: App, byLatent: boolean, heard: Heard) {
    this.collection = new Collection(source, app.pictures);
    [this.#app, this.#byLatent, this.#heard] = [app, byLatent, heard];
  }

  get byLatent(): boolean {
    return this.#byLatent;
  }

  /** Compares by other numbers from now on; `go` lays the pictures out anew. */
  compare(byLatent: boolean): void {
    if (byLatent === this.#byLatent) return;
    this.stop();
    this.#byLatent = byLatent;
    this.#layout = undefined;
  }

  get layout(): Layout | undefined {
    return this.#layout;
  }

  /** One a picture, once the map is done. */
  get latents(): Latent[] {
    return this.collection.items.flatMap(({ latent }) => latent ?? []);
  }

  /** Begins, or goes on; what is done for this model already is not done again. */
  async go(): Promise<void> {
    const { engine, pictures } = this.#app;
    const { soda } = engine;
    if (soda && (this.#of?.soda !== soda || this.#of.age !== pictures.age)) {
      this.stop();
      this.#of = { soda, age: pictures.age };
      this.#layout = undefined;
      this.collection.forgetLatents();
    }
    if (this.#layout) {
      this.#finish(this.#layout);
      return;
    }
    this.stop();
    this.#run = new AbortController();
    const { signal } = this.#run;
    if (!soda) {
      this.#heard.phase({ kind: 'waiting' });
      await this.collection.load(undefined, signal, () => {
        this.#inRows();
      });
      return;
    }
    const layout = await engine.work(signal, (soda) => this.#make(soda, signal));
    if (signal.aborted) return;
    if (layout === undefined) this.#heard.phase({ kind: 'waiting' });
    else if (layout !== null) this.#finish(layout);
  }

  /** Ends the work; what has been read stays. */
  stop(): void {
    this.#run.abort();
  }

  /** A person stops the reading. */
  cancel(): void {
    this.stop();
    this.#app.report.announce(say.stopped);
    this.#heard.phase({ kind: 'stopped', ...this.#count });
  }

  /** Makes the map of what has been read, and leaves the rest. */
  settle(): void {
    this.collection.leaveRest();
    void this.go();
  }

  get #numbers(): Numbers[] {
    return this.collection.items.flatMap(({ latent, described }) =>
      latent ? [{ latent, described: this.#byLatent ? undefined : described }] : [],
    );
  }

  get #count(): { done: number; total: number } {
    const { items, refused, source } = this.collection;
    return {
      done: items.filter(({ latent }) => latent).length,
      total: source.entries.length - refused.length,
    };
  }

  /** Null where there is nothing to make a map of, which has been told. */
  async #make(soda: Soda, signal: AbortSignal): Promise<Layout | null> {
    const { report } = this.#app;
    const { collection } = this;
    const read = (): void => {
      // A picture that was under way when a person stopped: what was said then stays.
      if (signal.aborted) return;
      const count = this.#count;
      this.#heard.phase({ kind: 'reading', ...count });
      report.progress(say.reading(count.done, count.total), { stage: 'encode', ...count });
      this.#inRows();
    };
    read();
    await collection.load(soda, signal, read);
    if (signal.aborted) return null;
    if (collection.items.length === 0) {
      this.#heard.phase({ kind: 'empty' });
      return null;
    }
    try {
      return await layOut(this.#numbers, signal, (share, positions) => {
        if (signal.aborted) return;
        this.#heard.phase({ kind: 'arranging', share });
        report.progress(say.arranging(share), { stage: 'encode', done: share, total: 1 });
        if (positions) this.#heard.places(positions, spacing(positions), boxOf(positions));
      });
    } catch (thrown) {
      const { code, message } = asSodaError(thrown);
      if (code !== 'aborted') this.#heard.phase({ kind: 'failed', message });
      return null;
    }
  }

  #finish(layout: Layout): void {
    this.#layout = layout;
    const { positions } = layout;
    this.#heard.places(positions, spacing(positions), boxOf(positions));
    this.#heard.phase({ kind: 'done' });
    this.#heard.done(layout);
  }

  /** Until there is a map, pictures lie in rows as they come. */
  #inRows(): void {
    const all = this.collection.source.entries.length;
    const columns = Math.max(1, Math.ceil(Math.sqrt(all * 1.7)));
    const place = (i: number): [number, number] => [i % columns, Math.floor(i / columns)];
    const positions = Float32Array.from(
      { length: 2 * this.collection.items.length },
      (_, i) => place(i >> 1)[i % 2] ?? 0,
    );
    this.#heard.places(positions, 0.84, {
      left: 0,
      top: 0,
      right: Math.min(all, columns) - 1,
      bottom: Math.ceil(all / columns) - 1,
    });
  }
}
