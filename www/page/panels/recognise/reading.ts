import type { Latent, Picture } from 'soda-morph';
import { type Guess, type NearestMean, describe, joined } from 'soda-morph/recognition';
import type { Pick } from '../../parts/pictures.js';
import { unlessRefused } from '../../shell/encoding.js';
import { asSodaError } from '../../shell/engine.js';
import type { App } from '../../shell/panel.js';
import { say } from './strings.js';

/** What pictures are compared by: what the model makes of them, with or without their kinds. */
export type Comparison = 'both' | 'latent';

/** The numbers that pictures are compared by, as far as they have been read. */
export class Reading {
  readonly #app: App;
  readonly #complain: (message: string) => void;
  readonly #latents = new Map<string, Latent>();
  /** What the matcher sees in each picture, whatever the model. */
  readonly #described = new Map<string, Float32Array>();
  readonly #noMatcher: () => void;
  #run = new AbortController();
  by: Comparison = 'both';

  /** `noMatcher` hears that only latents can be compared. */
  constructor(app: App, complain: (message: string) => void, noMatcher: () => void) {
    this.#app = app;
    this.#complain = complain;
    this.#noMatcher = noMatcher;
  }

  /** How many pictures have been read. */
  get count(): number {
    return this.#latents.size;
  }

  /** What is compared, of each picture that has been read: numbers of one length. */
  get numbers(): Map<string, ArrayLike<number>> {
    const numbers = new Map<string, ArrayLike<number>>();
    for (const [id, latent] of this.#latents) {
      const described = this.#described.get(id);
      if (this.by === 'latent') numbers.set(id, latent.values);
      else if (described) numbers.set(id, joined(latent, described));
    }
    return numbers;
  }

  /** Ends what is under way. */
  stop(): void {
    this.#run.abort();
  }

  /** Another model is there. */
  forgetLatents(): void {
    this.#latents.clear();
  }

  /** Encodes and describes what has not been. Whether there was any, and it was not broken off. */
  async read(picks: readonly Pick[]): Promise<boolean> {
    this.#run.abort();
    this.#run = new AbortController();
    const { signal } = this.#run;
    const { engine, pictures, report } = this.#app;
    const described = this.by === 'both';
    const missing = picks.filter(
      ({ id }) => !this.#latents.has(id) || (described && !this.#described.has(id)),
    );
    if (missing.length === 0) return false;
    await engine.work(signal, async (soda) => {
      for (const [i, pick] of missing.entries()) {
        report.progress(say.reading(i, missing.length), {
          stage: 'encode',
          done: i,
          total: missing.length,
        });
        const both = Promise.all([
          pictures.encode(soda, pick, { corrected: false, signal }),
          described && this.#describe(pick, signal),
        ]);
        const [latent] =
          (await unlessRefused(both, (message) => {
            this.#complain(say.unreadable(pick.name, message));
          })) ?? [];
        if (latent) this.#latents.set(pick.id, latent);
      }
    });
    return !signal.aborted;
  }

  /** What a classifier says of a picture that is not among those that are sorted. */
  async guess(
    classifier: NearestMean,
    frame: OffscreenCanvas,
    signal: AbortSignal,
  ): Promise<Guess | undefined> {
    return this.#app.engine.work(signal, async (soda) => {
      const [[latent], described] = await Promise.all([
        soda.encode(frame, { corrected: false, signal }),
        this.#numbersOf(frame, signal),
      ]);
      if (!latent) return undefined;
      return classifier.guess(described ? joined(latent, described) : latent.values);
    });
  }

  async #describe(pick: Pick, signal: AbortSignal): Promise<void> {
    if (this.#described.has(pick.id)) return;
    const numbers = await this.#numbersOf(pick.source, signal);
    if (numbers) this.#described.set(pick.id, numbers);
  }

  /** What the matcher sees. Without it pictures are compared by their latents. */
  async #numbersOf(picture: Picture, signal: AbortSignal): Promise<Float32Array | undefined> {
    if (this.by !== 'both') return undefined;
    try {
      return (await describe(picture, { signal }))[0];
    } catch (thrown) {
      const { code } = asSodaError(thrown);
      if (code !== 'network' && code !== 'weights') throw thrown;
      this.by = 'latent';
      this.#noMatcher();
      return undefined;
    }
  }
}
