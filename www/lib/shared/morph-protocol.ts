import type { Raster } from './protocol.js';

/** Where the parts of the morph are. */
export interface MorphUrls {
  module: string;
  wasm: string;
  /** Absent where hand-made features are wanted. */
  matcher?: string;
}

/** A map of four numbers a cell. */
export interface NumberMap {
  width: number;
  height: number;
  values: Float32Array<ArrayBuffer>;
}

/** A picture in bands, as textures: premultiplied RGBA. */
export interface PictureLayers {
  sharp: Uint8Array<ArrayBuffer>;
  transparent: boolean;
  /** Three blurred copies, one after the other. */
  soft: Uint8Array<ArrayBuffer>;
  softWidth: number;
  softHeight: number;
  deviations: NumberMap;
}

/** What moving pins changes. */
export interface Solution {
  confidence: number;
  /** The field, and the margin around the frame that it covers. */
  field: NumberMap;
  padding: number;
  correlations: NumberMap;
  /** What a spiral path follows: real and imaginary part of α, then of β, in cells. */
  similarity: Float32Array<ArrayBuffer>;
}

/** A solved morph as a shader needs it. */
export interface Solved extends Solution {
  width: number;
  height: number;
  features: 'semantic' | 'plain';
  a: PictureLayers;
  b: PictureLayers;
  /** Cells of the mesh. */
  columns: number;
  rows: number;
}

/** Many pictures brought together. */
export interface Grouped {
  width: number;
  height: number;
  features: 'semantic' | 'plain';
  confidence: number;
}

/** Where a frame of an average shows each picture, at the corners of a mesh. */
export interface AverageMesh {
  /**
   * `[rows + 1, pictures + 1, columns + 1, 4]`: for each picture where it is seen, its share times
   * the first gain, and its share; in the last layer of a row the three gains.
   */
  corners: Float32Array<ArrayBuffer>;
  /** Cells of the mesh. */
  columns: number;
  rows: number;
}

export interface GroupRequest {
  urls: MorphUrls;
  pictures: Raster[];
  size: number;
  contain: boolean;
  /** Whether a matcher that cannot be had is an error. */
  mustMatch: boolean;
}

export interface SolveRequest extends GroupRequest {
  pictures: [Raster, Raster];
  pins: Float32Array<ArrayBuffer>;
}

/** Jobs of the worker, by kind. `morph` is the number a morph or a group was solved under. */
export interface MorphJobs {
  solve: { request: { morph: number } & SolveRequest; result: Solved };
  /** Other pictures in the places of those of the morph `of`. */
  repaint: { request: { morph: number; of: number; pictures: [Raster, Raster] }; result: Solved };
  pins: { request: { morph: number; pins: Float32Array<ArrayBuffer> }; result: Solution };
  frame: {
    request: { morph: number; shape: number; colour: number; spiral: boolean };
    result: Uint8ClampedArray<ArrayBuffer>;
  };
  group: { request: { morph: number } & GroupRequest; result: Grouped };
  average: {
    request: { morph: number; weights: Float32Array<ArrayBuffer> };
    result: Uint8ClampedArray<ArrayBuffer>;
  };
  /** The same frame for a shader. */
  mesh: {
    request: { morph: number; weights: Float32Array<ArrayBuffer> };
    result: AverageMesh;
  };
  /** A picture of an average for a shader. */
  layers: { request: { morph: number; index: number }; result: PictureLayers };
  free: { request: { morph: number }; result: null };
  describe: {
    request: { urls: MorphUrls; pictures: Raster[] };
    result: Float32Array<ArrayBuffer>[];
  };
}
