import type { CallOptions } from '../../shared/api.js';
import type { MorphPlaces } from './morph-urls.js';

/**
 * A point of picture a and the point of picture b it belongs to; 0 to 1 from the left and from the
 * top of the frame.
 */
export interface Pin {
  a: readonly [number, number];
  b: readonly [number, number];
}

export interface MorphOptions extends CallOptions, MorphPlaces {
  /** Longer side of the frames in pixels, 16 to 2048. Default 512. */
  size?: number | undefined;
  /**
   * How pictures of different shapes meet: 'cover' cuts off what sticks out, 'contain' shows all.
   * Default 'cover'.
   */
  fit?: 'cover' | 'contain' | undefined;
  pins?: readonly Pin[] | undefined;
  /**
   * 'semantic' loads the matcher; 'plain' needs nothing. Default 'semantic', and 'plain' where the
   * matcher cannot be had.
   */
  features?: 'semantic' | 'plain' | undefined;
}

export interface FrameOptions {
  /** Time of the shapes, 0 to 1. Default: the frame's. */
  shape?: number | undefined;
  /** Time of the colours, 0 to 1. Default: the frame's. */
  colour?: number | undefined;
  /**
   * How places travel: 'straight', or 'spiral', turning and growing with the whole, so that what
   * turns does not shrink on its way. Default 'straight'.
   */
  path?: 'straight' | 'spiral' | undefined;
  /**
   * How much a model paints, 0 to 1, where `Soda.morph` made the morph: 0 shows the originals, ½
   * the model's painting with their detail on it, 1 the painting itself. Default 0.
   */
  painted?: number | undefined;
}

/** Many pictures brought together. */
export interface Average {
  readonly width: number;
  readonly height: number;
  /** Which features were used. */
  readonly features: 'semantic' | 'plain';
  /** 0 to 1: how well the picture that matches worst could be matched. */
  readonly confidence: number;
  /** What `draw` draws with: 'webgl2' where there is a GPU, unless the pictures are too large. */
  readonly renderer: 'webgl2' | 'cpu';
  /**
   * One weight for each picture, none negative and not all 0; they are brought to the sum 1. All
   * the weight on one picture gives that picture, exactly.
   */
  frame(weights: readonly number[]): Promise<ImageData>;
  /**
   * The same on a canvas, which becomes the frame's size, as soon as it is there; of several calls
   * for one canvas, the last is drawn. Resolves once the canvas shows it, or a later one.
   */
  draw(canvas: HTMLCanvasElement | OffscreenCanvas, weights: readonly number[]): Promise<void>;
  /** Frees its memory. Every later call fails with code 'disposed'. */
  dispose(): void;
}

/** Two pictures brought together. */
export interface Morph {
  readonly width: number;
  readonly height: number;
  /** Which features were used. */
  readonly features: 'semantic' | 'plain';
  /** 0 to 1: how well the pictures could be matched. Below about 0.3, pins help. */
  readonly confidence: number;
  readonly pins: readonly Pin[];
  /** What draws: with 'webgl2' `draw` is done when it returns. */
  readonly renderer: 'webgl2' | 'cpu';
  /**
   * Whether a GPU draws, as far as the browser tells. Where not, `frame` is several times as fast
   * as `draw` with WebGL2.
   */
  readonly accelerated: boolean;
  /** Solves again with other pins; resolves when frames show it. */
  setPins(pins: readonly Pin[], options?: CallOptions): Promise<void>;
  /** t = 0 is a, t = 1 is b, exactly. */
  frame(t: number, options?: FrameOptions): Promise<ImageData>;
  /**
   * The same on a canvas, which becomes the frame's size: at once with WebGL2, else as soon as the
   * frame is there.
   */
  draw(canvas: HTMLCanvasElement | OffscreenCanvas, t: number, options?: FrameOptions): void;
  /** Frees its memory. Every later call fails with code 'disposed'. */
  dispose(): void;
}

/** What the library's own morphs can do besides. */
export interface RepaintableMorph extends Morph {
  /** Other pictures in the places of these two, along the same field. */
  repainted(
    pictures: readonly [ImageData, ImageData],
    options: CallOptions,
  ): Promise<RepaintableMorph>;
  /** A frame at once, drawn by WebGL2; nothing where that is not what draws. */
  snapshot(t: number, options?: FrameOptions): ImageData | undefined;
}
