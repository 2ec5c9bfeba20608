import {
  type FrameOptions,
  type Morph,
  type Pin,
  type Progress,
  type Soda,
  morph,
} from 'soda-morph';
import type { Pick } from '../../parts/pictures.js';
import { type Curves, TOGETHER, along } from './curves.js';

/** Longer side of the frames at least, for few legs and for many: all of a film are kept. */
const SIZE = { few: 512, many: 256 } as const;
const FEW = 4;
/** Larger pictures get larger frames up to this, where there are only two. */
const LARGEST_SHOWN = 1024;
const LARGEST_SAVED = 2048;

/** A model that paints over the originals, and what it has learnt since it was loaded. */
export interface Model {
  soda: Soda;
  age: number;
  /** Hears of its painting of the way. */
  onProgress: (progress: Progress) => void;
}

/** The originals of a chain, each brought together with the next. */
export class Originals {
  readonly #canvas = new OffscreenCanvas(1, 1);
  #legs: Morph[] = [];
  #picks: readonly Pick[] = [];
  #model: Model | undefined;
  #of = '';
  /** The place that is to be shown next, where it cannot be drawn at once. */
  #wanted: { place: number; show: (canvas: OffscreenCanvas) => void } | undefined;
  #drawing: Promise<void> | undefined;
  /** Counts what was asked for, so that a frame that is out of date is not shown. */
  #turn = 0;
  /** Pins that wait until the ones before them are in place. */
  #waiting: readonly Pin[] | undefined;
  #setting = false;
  curves: Curves = TOGETHER;
  path: 'straight' | 'spiral' = 'straight';
  /** How much the model paints, 0 to 1, where there is one. */
  painted = 0;

  /** Whether there is anything to draw. */
  get solved(): boolean {
    return this.#legs.length > 0;
  }

  /** How well the pictures could be matched, 0 to 1; of several legs the worst. */
  get confidence(): number {
    return Math.min(1, ...this.#legs.map(({ confidence }) => confidence));
  }

  /**
   * Brings the pictures together, unless they are; `pins` where there are just two, `model` where
   * one paints. Aborting leaves nothing.
   */
  async solve(
    picks: readonly Pick[],
    pins: readonly Pin[],
    model: Model | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const of = [...picks.map(({ id }) => id), model?.age ?? ''].join(' ');
    if (of === this.#of && model?.soda === this.#model?.soda) {
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
              : model
                ? SIZE.few
                : Math.min(LARGEST_SHOWN, longestSide(picks));
        const held = picks.length === 2 ? pins : [];
        legs.push(await solveLeg(from, to, size, held, model, signal));
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
    this.#model = model;
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
    return leg.frame(t, this.#options(t));
  }

  /**
   * Shows a place as a canvas that holds it until the next call: at once where a GPU draws. Where
   * none does the worker is quicker and the page stays free, and only the newest place that is
   * wanted is drawn; resolves once nothing more is.
   */
  show(place: number, show: (canvas: OffscreenCanvas) => void): Promise<void> | undefined {
    const [leg, t] = this.#at(place);
    const atOnce = leg.accelerated;
    this.#wanted = atOnce ? undefined : { place, show };
    this.#turn++;
    if (atOnce) {
      leg.draw(this.#canvas, t, this.#options(t));
      show(this.#canvas);
    } else {
      this.#drawing ??= this.#drawWanted().finally(() => {
        this.#drawing = undefined;
      });
    }
    return this.#drawing;
  }

  /** Draws one end of the first leg, as the frame shows it. */
  async drawEnd(end: 0 | 1, canvas: HTMLCanvasElement): Promise<void> {
    const [leg] = this.#legs;
    if (!leg) return;
    const frame = await leg.frame(end);
    if (leg !== this.#legs[0]) return;
    canvas.width = frame.width;
    canvas.height = frame.height;
    canvas.getContext('2d')?.putImageData(frame, 0, 0);
  }

  /**
   * What a plain cross-fade shows at a place: both pictures where they are, one more and more
   * transparent.
   */
  async crossFade(place: number): Promise<OffscreenCanvas> {
    const [leg, t] = this.#at(place);
    const ends = await Promise.all([leg.frame(0), leg.frame(1)]);
    const fade = new OffscreenCanvas(leg.width, leg.height);
    const context = fade.getContext('2d');
    if (!context) return fade;
    // Added up, not laid over each other: what both show stays as it is.
    context.globalCompositeOperation = 'lighter';
    ends.forEach((end, i) => {
      context.globalAlpha = i === 0 ? 1 - t : t;
      context.drawImage(onCanvas(end), 0, 0);
    });
    return fade;
  }

  /** A place's frame in the size of the larger of both pictures. */
  async fullSize(place: number, signal: AbortSignal): Promise<ImageData> {
    const [leg, t] = this.#at(place);
    const index = this.#legs.indexOf(leg);
    const ends = this.#picks.slice(index, index + 2);
    const size = Math.min(LARGEST_SAVED, longestSide(ends));
    const [from, to] = ends;
    if (!from || !to || this.#model || size <= Math.max(leg.width, leg.height))
      return leg.frame(t, this.#options(t));
    const large = await solveLeg(from, to, size, leg.pins, undefined, signal);
    try {
      return await large.frame(t, this.#options(t));
    } finally {
      large.dispose();
    }
  }

  /** The same chain in another size, for a file; to be cleared by whoever asked for it. */
  async inSize(size: number, signal: AbortSignal): Promise<Originals> {
    const copy = new Originals();
    copy.curves = this.curves;
    copy.path = this.path;
    copy.painted = this.painted;
    copy.#picks = this.#picks;
    copy.#model = this.#model;
    try {
      for (const [i, leg] of this.#legs.entries()) {
        const [from, to] = this.#picks.slice(i, i + 2);
        if (from && to)
          copy.#legs.push(await solveLeg(from, to, size, leg.pins, this.#model, signal));
      }
    } catch (error) {
      copy.clear();
      throw error;
    }
    return copy;
  }

  /** A place's frame in the middle of a square, for files. */
  async squareFrame(place: number): Promise<ImageData> {
    return inSquareFrame(await this.frame(place));
  }

  /** Lets go of all of it. */
  clear(): void {
    this.#legs.forEach((leg) => {
      leg.dispose();
    });
    this.#legs = [];
    this.#model = undefined;
    this.#wanted = undefined;
    this.#of = '';
  }

  get #isWaiting(): boolean {
    return this.#wanted !== undefined;
  }

  async #drawWanted(): Promise<void> {
    try {
      while (this.#wanted) {
        const { place, show } = this.#wanted;
        this.#wanted = undefined;
        const [legs, turn] = [this.#legs, this.#turn];
        const frame = await this.frame(place);
        // While a film plays an older frame is better than none.
        const isWanted = turn === this.#turn || this.#isWaiting;
        if (legs === this.#legs && isWanted) show(onCanvas(frame));
      }
    } catch {
      // Disposed of meanwhile.
    }
  }

  #options(t: number): FrameOptions {
    return {
      shape: along(this.curves.shape, t),
      colour: along(this.curves.colour, t),
      path: this.path,
      ...(this.#model && { painted: this.painted }),
    };
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
  model: Model | undefined,
  signal: AbortSignal,
): Promise<Morph> {
  const options = { size, fit: 'contain', pins, signal } as const;
  const solve = (a: Blob | string, b: Blob | string): Promise<Morph> =>
    model
      ? model.soda.morph(a, b, { ...options, onProgress: model.onProgress })
      : morph(a, b, options);
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

/** A frame on a canvas of its own. */
export function onCanvas(frame: ImageData): OffscreenCanvas {
  const canvas = new OffscreenCanvas(frame.width, frame.height);
  canvas.getContext('2d')?.putImageData(frame, 0, 0);
  return canvas;
}

/** A frame in the middle of a square, for files. */
export function inSquareFrame(frame: ImageData): ImageData {
  const { width, height } = frame;
  if (width === height) return frame;
  const side = Math.max(width, height);
  const context = new OffscreenCanvas(side, side).getContext('2d');
  if (!context) return frame;
  context.putImageData(frame, Math.floor((side - width) / 2), Math.floor((side - height) / 2));
  return context.getImageData(0, 0, side, side);
}
