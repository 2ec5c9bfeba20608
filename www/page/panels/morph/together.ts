import { type Average, average } from 'soda-morph';
import type { Pick } from '../../parts/pictures.js';

/** Longer side of what is on the stage, and at most in a file. */
const SIZE = { shown: 512, saved: 1024 } as const;

/** Pictures that are brought together all at once, and shown in any proportion. */
export class Together {
  readonly #drawn: (frame: OffscreenCanvas) => void;
  readonly #canvas = new OffscreenCanvas(1, 1);
  #picks: readonly Pick[] = [];
  #average: Average | undefined;
  #of = '';
  /** The proportion that is to be drawn next. */
  #wanted: readonly number[] | undefined;
  #drawing: Promise<void> | undefined;

  /** `drawn` gets what `show` asked for, on a canvas that holds it until the next. */
  constructor(drawn: (frame: OffscreenCanvas) => void) {
    this.#drawn = drawn;
  }

  /** Whether there is anything to draw. */
  get solved(): boolean {
    return this.#average !== undefined;
  }

  /** Brings the pictures together, unless they are. Aborting leaves nothing. */
  async solve(picks: readonly Pick[], signal: AbortSignal): Promise<void> {
    const of = picks.map(({ id }) => id).join(' ');
    if (of === this.#of) return;
    this.clear();
    this.#picks = picks;
    const solved = await solve(picks, SIZE.shown, signal);
    if (signal.aborted) {
      solved.dispose();
      return;
    }
    this.#average = solved;
    this.#of = of;
  }

  /** The pictures in these proportions. */
  frame(weights: readonly number[]): Promise<ImageData> {
    return this.#average?.frame(weights) ?? Promise.reject(new Error('nothing is solved yet'));
  }

  /** Draws the pictures in these proportions; while one is drawn only the newest waits. */
  show(weights: readonly number[]): Promise<void> {
    this.#wanted = weights;
    this.#drawing ??= this.#draw().finally(() => {
      this.#drawing = undefined;
    });
    return this.#drawing;
  }

  /** The plain mean of the pictures where they are. */
  async faded(weights: readonly number[]): Promise<ImageData | undefined> {
    const solved = this.#average;
    if (!solved) return undefined;
    const sum = weights.reduce((sum, weight) => sum + weight, 0);
    const output = new ImageData(solved.width, solved.height);
    const mean = new Float32Array(output.data.length);
    for (const [i, weight] of weights.entries()) {
      if (weight === 0) continue;
      const { data } = await solved.frame(weights.map((_, j) => (i === j ? 1 : 0)));
      // Premultiplied: what is transparent has no colour.
      for (let at = 0; at < data.length; at += 4) {
        const alpha = ((data[at + 3] ?? 0) * weight) / sum;
        for (let c = 0; c < 3; c++)
          mean[at + c] = (mean[at + c] ?? 0) + (alpha * (data[at + c] ?? 0)) / 255;
        mean[at + 3] = (mean[at + 3] ?? 0) + alpha;
      }
    }
    for (let at = 0; at < mean.length; at += 4) {
      const alpha = mean[at + 3] ?? 0;
      for (let c = 0; c < 3; c++)
        output.data[at + c] = alpha > 0 ? ((mean[at + c] ?? 0) * 255) / alpha : 0;
      output.data[at + 3] = alpha;
    }
    return output;
  }

  /** As large as it can be had. */
  async fullSize(weights: readonly number[], signal: AbortSignal): Promise<ImageData> {
    const longest = Math.max(
      ...this.#picks.map(({ size }) => (size ? Math.max(size.width, size.height) : 0)),
    );
    const large = await this.inSize(Math.min(SIZE.saved, Math.max(SIZE.shown, longest)), signal);
    try {
      return await large.frame(weights);
    } finally {
      large.dispose();
    }
  }

  /** The same pictures in another size; to be disposed of by whoever asked for it. */
  inSize(size: number, signal: AbortSignal): Promise<Average> {
    return solve(this.#picks, size, signal);
  }

  /** Lets go of all of it. */
  clear(): void {
    this.#average?.dispose();
    this.#average = undefined;
    this.#wanted = undefined;
    this.#of = '';
  }

  async #draw(): Promise<void> {
    while (this.#wanted && this.#average) {
      const [weights, solved] = [this.#wanted, this.#average];
      this.#wanted = undefined;
      try {
        await solved.draw(this.#canvas, weights);
      } catch {
        continue; // These are of pictures that are still on their way.
      }
      // Else it was disposed of meanwhile.
      if (solved === this.#average) this.#drawn(this.#canvas);
    }
  }
}

function solve(picks: readonly Pick[], size: number, signal: AbortSignal): Promise<Average> {
  const together = (pictures: (Blob | string)[]): Promise<Average> =>
    average(pictures, { size, fit: 'contain', signal });
  return together(picks.map(({ large, source }) => large ?? source)).catch((error: unknown) => {
    // Larger copies are not kept for use without a network.
    if (signal.aborted || picks.every(({ large }) => large === undefined)) throw error;
    return together(picks.map(({ source }) => source));
  });
}
