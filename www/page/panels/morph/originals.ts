import { type Morph, type Pin, morph } from 'soda-morph';
import type { Pick } from '../../parts/pictures.js';
import { type Curves, TOGETHER, along } from './curves.js';

/** Longer side of the frames at least, for few legs and for many: all of a film are kept. */
const SIZE = { few: 512, many: 256 } as const;
const FEW = 4;
/** Larger pictures get larger frames up to this, where there are only two. */
const LARGEST_SHOWN = 1024;
const LARGEST_SAVED = 2048;

/** The originals of a chain, each brought together with the next. */
export class Originals {
  readonly #canvas = new OffscreenCanvas(1, 1);
  readonly #fade = new OffscreenCanvas(1, 1);
  #legs: Morph[] = [];
  #picks: readonly Pick[] = [];
  #of = '';
  /** Pins that wait until the ones before them are in place. */
  #waiting: readonly Pin[] | undefined;
  #setting = false;
  curves: Curves = TOGETHER;

  /** Whether there is anything to draw. */
  get solved(): boolean {
    return this.#legs.length > 0;
  }

  /** How well the pictures could be matched, 0 to 1; of several legs the worst. */
  get confidence(): number {
    return Math.min(1, ...this.#legs.map(({ confidence }) => confidence));
  }

  /**
   * Brings the pictures together, unless they are; `pins` where there are just two. Aborting leaves
   * nothing.
   */
  async solve(picks: readonly Pick[], pins: readonly Pin[], signal: AbortSignal): Promise<void> {
    const of = picks.map(({ id }) => id).join(' ');
    if (of === this.#of) {
      if (picks.length === 2) await this.setPins(pins);
      return;
    }
    this.clear();
    const legs: Morph[] = [];
    try {
      for (const [i, to] of picks.slice(1).entries()) {
        const from = picks[i] ?? to;
        const size =
          picks.length > FEW + 1
            ? SIZE.many
            : picks.length > 2
              ? SIZE.few
              : Math.min(LARGEST_SHOWN, longestSide(picks));
        legs.push(await solveLeg(from, to, size, picks.length === 2 ? pins : [], signal));
      }
    } catch (error) {
      legs.forEach((leg) => {
        leg.dispose();
      });
      throw error;
    }
    if (signal.aborted) {
      legs.forEach((leg) => {
        leg.dispose();
      });
      return;
    }
    this.#legs = legs;
    this.#picks = picks;
    this.#of = of;
  }

  /**
   * Other pins for two pictures. While pins are being put in place only the newest that come are
   * kept.
   */
  async setPins(pins: readonly Pin[]): Promise<void> {
    this.#waiting = pins;
    if (this.#setting) return;
    this.#setting = true;
    try {
      while (this.#waiting) {
        const next: readonly Pin[] = this.#waiting;
        this.#waiting = undefined;
        const [leg] = this.#legs;
        if (leg && this.#legs.length === 1 && JSON.stringify(leg.pins) !== JSON.stringify(next))
          await leg.setPins(next);
      }
    } finally {
      this.#setting = false;
    }
  }

  /** The frame at a place of the chain, in legs. */
  frame(place: number): Promise<ImageData> {
    const [leg, t] = this.#at(place);
    return leg.frame(t, this.#times(t));
  }

  /** The same as a canvas, which shows it until the next call. */
  drawn(place: number): OffscreenCanvas {
    const [leg, t] = this.#at(place);
    leg.draw(this.#canvas, t, this.#times(t));
    return this.#canvas;
  }

  /** Draws one end of the first leg, as the frame shows it. */
  drawEnd(end: 0 | 1, canvas: HTMLCanvasElement): void {
    this.#legs[0]?.draw(canvas, end);
  }

  /**
   * What a plain cross-fade shows at a place: both pictures where they are, one more and more
   * transparent.
   */
  crossFade(place: number): OffscreenCanvas {
    const [leg, t] = this.#at(place);
    const { width, height } = leg;
    [this.#fade.width, this.#fade.height] = [width, height];
    const context = this.#fade.getContext('2d');
    if (!context) return this.#fade;
    // Added up, not laid over each other: what both show stays as it is.
    context.globalCompositeOperation = 'lighter';
    for (const [end, share] of [
      [0, 1 - t],
      [1, t],
    ] as const) {
      leg.draw(this.#canvas, end);
      context.globalAlpha = share;
      context.drawImage(this.#canvas, 0, 0);
    }
    return this.#fade;
  }

  /** A place's frame in the size of the larger of both pictures. */
  async fullSize(place: number, signal: AbortSignal): Promise<ImageData> {
    const [leg, t] = this.#at(place);
    const index = this.#legs.indexOf(leg);
    const ends = this.#picks.slice(index, index + 2);
    const size = Math.min(LARGEST_SAVED, longestSide(ends));
    const [from, to] = ends;
    if (!from || !to || size <= Math.max(leg.width, leg.height))
      return leg.frame(t, this.#times(t));
    const large = await solveLeg(from, to, size, leg.pins, signal);
    try {
      return await large.frame(t, this.#times(t));
    } finally {
      large.dispose();
    }
  }

  /** The same chain in another size, for a file; to be cleared by whoever asked for it. */
  async inSize(size: number, signal: AbortSignal): Promise<Originals> {
    const copy = new Originals();
    copy.curves = this.curves;
    copy.#picks = this.#picks;
    try {
      for (const [i, leg] of this.#legs.entries()) {
        const [from, to] = this.#picks.slice(i, i + 2);
        if (from && to) copy.#legs.push(await solveLeg(from, to, size, leg.pins, signal));
      }
    } catch (error) {
      copy.clear();
      throw error;
    }
    return copy;
  }

  /** A place's frame in the middle of a square, for files. */
  async squareFrame(place: number): Promise<ImageData> {
    const frame = await this.frame(place);
    const { width, height } = frame;
    if (width === height) return frame;
    const side = Math.max(width, height);
    const context = new OffscreenCanvas(side, side).getContext('2d');
    if (!context) return frame;
    context.putImageData(frame, Math.floor((side - width) / 2), Math.floor((side - height) / 2));
    return context.getImageData(0, 0, side, side);
  }

  /** Lets go of all of it. */
  clear(): void {
    this.#legs.forEach((leg) => {
      leg.dispose();
    });
    this.#legs = [];
    this.#of = '';
  }

  #times(t: number): { shape: number; colour: number } {
    return { shape: along(this.curves.shape, t), colour: along(this.curves.colour, t) };
  }

  #at(place: number): [Morph, number] {
    const within = Math.min(this.#legs.length, Math.max(0, place));
    const index = Math.min(this.#legs.length - 1, Math.floor(within));
    const leg = this.#legs[index];
    if (!leg) throw new Error('the pictures are not brought together yet');
    return [leg, within - index];
  }
}

function solveLeg(
  from: Pick,
  to: Pick,
  size: number,
  pins: readonly Pin[],
  signal: AbortSignal,
): Promise<Morph> {
  const solve = (a: Blob | string, b: Blob | string): Promise<Morph> =>
    morph(a, b, { size, fit: 'contain', pins, signal });
  const [a, b] = [from.large ?? from.source, to.large ?? to.source];
  return solve(a, b).catch((error: unknown) => {
    // Larger copies are not kept for use without a network.
    if (signal.aborted || (from.large === undefined && to.large === undefined)) throw error;
    return solve(from.source, to.source);
  });
}

/** Of some pictures, and no less than frames have by default. */
function longestSide(picks: readonly Pick[]): number {
  return Math.max(
    SIZE.few,
    ...picks.map(({ size }) => (size ? Math.max(size.width, size.height) : 0)),
  );
}
