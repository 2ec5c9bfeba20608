import type { WasmModule } from './wasm-module.js';

/** Pictures on their way to a morph. */
export interface WasmPictures {
  add(rgba: Uint8ClampedArray, width: number, height: number): void;
}

/** The network whose features are matched. */
export interface WasmMatcher {
  /** Takes the pictures. */
  solve(pictures: WasmPictures, size: number, contain: boolean, pins: Float32Array): WasmMorph;
  /** Takes the pictures. */
  group(pictures: WasmPictures, size: number, contain: boolean): WasmGroup;
  /** What is in the middle square of a picture. */
  describe(rgba: Uint8ClampedArray, width: number, height: number): Float32Array<ArrayBuffer>;
}

/** A picture in bands. */
export interface WasmLayers {
  readonly sharp: Uint8Array<ArrayBuffer>;
  readonly transparent: boolean;
  readonly soft: Uint8Array<ArrayBuffer>;
  readonly soft_width: number;
  readonly soft_height: number;
  readonly deviations: Float32Array<ArrayBuffer>;
  readonly coarse_width: number;
  readonly coarse_height: number;
  free(): void;
}

/** A solved morph: the face of `src/web/morph.rs`. */
export interface WasmMorph {
  readonly width: number;
  readonly height: number;
  readonly semantic: boolean;
  readonly confidence: number;
  setPins(pins: Float32Array): void;
  /** Takes the pictures. */
  repainted(pictures: WasmPictures): WasmMorph;
  frame(shape: number, colour: number, spiral: boolean): Uint8ClampedArray<ArrayBuffer>;
  layers(second: boolean): WasmLayers;
  /** Width, height and margin of its grid, then four numbers a cell. */
  field(): Float32Array<ArrayBuffer>;
  /** Width and height of its grid, then four numbers a cell. */
  correlations(): Float32Array<ArrayBuffer>;
  /** Real and imaginary part of α, then of β. */
  similarity(): Float32Array<ArrayBuffer>;
  /** Columns and rows. */
  mesh(): Uint32Array;
  free(): void;
}

/** Many pictures brought together. */
export interface WasmGroup {
  readonly width: number;
  readonly height: number;
  readonly semantic: boolean;
  readonly confidence: number;
  frame(weights: Float32Array): Uint8ClampedArray<ArrayBuffer>;
  layers(index: number): WasmLayers;
  /** Rows of corners, in each a layer for every picture and one of gains, four numbers a corner. */
  corners(weights: Float32Array): Float32Array<ArrayBuffer>;
  /** Columns and rows. */
  mesh(): Uint32Array;
  free(): void;
}

/** The module that wasm-bindgen writes. */
export interface MorphModule extends WasmModule {
  Pictures: new () => WasmPictures;
  Matcher: { load(weights: Uint8Array): WasmMatcher };
  /** Solves by hand-made features. */
  Morph: Pick<WasmMatcher, 'solve'>;
  Group: Pick<WasmMatcher, 'group'>;
}
