import { type Progress, type Soda, SodaError, type TrainEvent } from 'soda-morph';
import type { Pick } from '../../parts/pictures.js';
import { mean, psnr } from '../../parts/psnr.js';
import { asSodaError } from '../../shell/engine.js';

/** What a lesson tells while it goes on. */
export interface Watcher {
  /** Something that takes a while, before and after the steps. */
  onProgress: (progress: Progress) => void;
  onStep: (event: Extract<TrainEvent, { kind: 'step' }>, secondsLeft: number) => void;
  /** The first pictures as they are painted now. */
  onPreview: (pictures: readonly ImageData[]) => void;
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
const BATCH = 4;

/** A model learning some pictures: gets ready, takes steps until told to pause, and says what came of it. */
export class Lesson {
  readonly picks: readonly Pick[];
  readonly steps: number;
  readonly batch: number;
  /** The losses so far, one a step. */
  readonly losses: number[] = [];
  readonly #soda: Soda;
  readonly #watcher: Watcher;
  readonly #stop = new AbortController();
  #pause = new AbortController();
  #wanted: ImageData[] = [];
  #before: ImageData[] = [];
  #events: AsyncGenerator<TrainEvent, void, undefined> | undefined;
  #ended = false;

  constructor(soda: Soda, picks: readonly Pick[], { steps, batch = BATCH }: { steps: number; batch?: number | undefined }, watcher: Watcher) {
    this.#soda = soda;
    this.picks = picks;
    this.steps = steps;
    this.batch = batch;
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

  /** Paints the pictures as the model is now, for the comparison. */
  async prepare(): Promise<void> {
    this.#wanted = await this.#soda.prepare(this.#sources, { signal: this.signal });
    this.#before = await this.#paint();
    this.#watcher.onPreview(this.#before.slice(0, SHOWN));
  }

  /** The first pictures as the networks see them, beside which previews are shown. */
  get shown(): readonly ImageData[] {
    return this.#wanted.slice(0, SHOWN);
  }

  /** Takes steps until the end or a pause; true at the end. */
  async learn(): Promise<boolean> {
    const pause = (this.#pause = new AbortController()).signal;
    this.#events ??= this.#soda.fineTune(this.#sources, {
      steps: this.steps, batchSize: this.batch, previewEvery: Math.max(5, Math.round(this.steps / PREVIEWS)), signal: this.signal,
    });
    while (!pause.aborted) {
      const { value: event, done } = await this.#events.next();
      if (done) return true;
      if (event.kind === 'step') {
        this.losses.push(event.loss);
        this.#watcher.onStep(event, (event.steps - event.step) * event.secondsPerStep);
      } else if (event.kind === 'preview') this.#watcher.onPreview(event.pictures);
    }
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
      if (!wanted || !before || !painted) throw new SodaError('internal', `picture ${String(i + 1)} is missing`);
      return {
        pick, wanted,
        before: { picture: before, psnr: psnr(before, wanted) },
        after: { picture: painted, psnr: psnr(painted, wanted) },
      };
    });
  }

  get #sources(): (Blob | string)[] {
    return this.picks.map(({ source }) => source);
  }

  async #paint(): Promise<ImageData[]> {
    const { signal } = this;
    const { onProgress } = this.#watcher;
    return this.#soda.decode(await this.#soda.encode(this.#sources, { signal, onProgress }), { signal, onProgress });
  }
}

/** The mean PSNR of some outcomes before and after, in dB. */
export function gain(outcomes: readonly { before: { psnr: number }; after: { psnr: number } }[]): { before: number; after: number } {
  return { before: mean(outcomes.map(({ before }) => before.psnr)), after: mean(outcomes.map(({ after }) => after.psnr)) };
}

/**
 * The batch to try again with after a lesson has failed, or undefined where that would not help. An engine that ran out of
 * memory is lost in one of several ways, and cannot always say why: half of the batch is worth a try after each of them.
 */
export function smallerBatch(thrown: unknown, batch: number): number | undefined {
  const { code } = asSodaError(thrown);
  const memory = code === 'out-of-memory' || code === 'device-lost' || code === 'internal';
  return memory && batch > 1 ? Math.floor(batch / 2) : undefined;
}
