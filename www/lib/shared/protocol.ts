import type { Backend, DecodeOptions, ModelConfig, Progress, TrainOptions } from './api.js';
import type { SodaErrorCode } from './error.js';

/** RGBA, 8 bits a channel, alpha not premultiplied. */
export interface Raster {
  data: Uint8ClampedArray;
  width: number;
  height: number;
}

/** z of one picture, and x_T where it is known. */
export interface Code {
  values: Float32Array;
  noise?: Float32Array;
}

/** The two files of one wasm build. */
export interface EngineUrls {
  module: string;
  wasm: string;
}

/**
 * A build of the engine. The CPU has two: with and without relaxed SIMD, whose fused multiply-add
 * is faster.
 */
export type Build = Backend | 'cpu-relaxed';

/** The settings of the sampler, as the engine takes them. */
export type PaintOptions = Pick<
  DecodeOptions,
  'steps' | 'sampler' | 'guidance' | 'levelGuidance' | 'seed' | 'view' | 'size'
>;

/** The settings of training, none left out. */
export type TeachOptions = Required<
  Pick<TrainOptions, 'steps' | 'batchSize' | 'learningRate' | 'seed' | 'train'>
>;

/**
 * How many pictures of a batch are gone through at once, and whether memory allows only fewer than
 * usual.
 */
export interface Room {
  atOnce: number;
  short: boolean;
}

/** What a step of training came to; `previews` are RGBA, size × size. */
export interface Taught {
  step: number;
  loss: number;
  seconds: number;
  previews: Uint8ClampedArray[];
}

/** What the worker can be asked, what it answers, and what it sends on the way. */
export interface Jobs {
  load: {
    request: {
      model: { url: string } | { config: string; weights: Blob | ArrayBuffer };
      backend: 'auto' | Backend;
      engines: Record<Build, EngineUrls>;
      cache: boolean;
      /** Downloads are the page's to do. */
      pageFetch: boolean;
    };
    result: { backend: Backend; config: ModelConfig; fallback?: string };
    part: never;
  };
  /** Each picture as the networks see it is a part: RGBA, size × size. */
  prepare: { request: { pictures: Raster[] }; result: null; part: Uint8ClampedArray };
  encode: {
    request: { pictures: Raster[]; invert: boolean; corrected: boolean };
    result: Code[];
    part: never;
  };
  /** Each painted picture is a part: RGBA, a square of the side asked for. */
  paint: {
    request: { codes: Code[]; options: PaintOptions };
    result: null;
    part: Uint8ClampedArray;
  };
  /** Each new picture is a part, in the order of the codes; with `paint` off there are none. */
  sample: {
    request: {
      count: number;
      temperature: number;
      /** Absent: the model's own. */
      autoguidance?: number | undefined;
      paint: boolean;
      options: PaintOptions;
    };
    result: Code[];
    part: Uint8ClampedArray;
  };
  morph: {
    request: { from: Code; to: Code; frames: number; options: PaintOptions };
    result: null;
    part: Uint8ClampedArray;
  };
  /**
   * Gets ready to learn. Steps are asked for one by one, so that other jobs get their turn between
   * them.
   */
  teach: {
    request: { lesson: number; pictures: Raster[]; options: TeachOptions };
    result: Room;
    part: never;
  };
  teachStep: { request: { lesson: number; preview: boolean }; result: Taught; part: never };
  /** Ends this lesson, where it is the one under way. */
  teachEnd: { request: { lesson: number }; result: null; part: never };
  save: {
    request: { half: boolean };
    result: { config: string; weights: Uint8Array<ArrayBuffer> };
    part: never;
  };
}

export type JobKind = keyof Jobs;

/** To the worker. */
export type ToWorker =
  | { [K in JobKind]: { kind: K; id: number; request: Jobs[K]['request'] } }[JobKind]
  | { kind: 'abort'; id: number }
  | { kind: 'fetched'; id: number; status: number; headers: [string, string][] }
  /** The next piece of a body; null ends it. */
  | { kind: 'fetchPart'; id: number; chunk: Uint8Array<ArrayBuffer> | null }
  | { kind: 'fetchFailed'; id: number; message: string };

/**
 * From the worker. `dead` says that the engine cannot be used again; `fetch` is numbered apart from
 * the calls.
 */
export type FromWorker =
  | { kind: 'fetch'; id: number; url: string; cache: RequestCache }
  | { kind: 'progress'; id: number; progress: Progress }
  | { kind: 'part'; id: number; part: Jobs[JobKind]['part'] }
  | { kind: 'done'; id: number; result: Jobs[JobKind]['result'] }
  | { kind: 'failed'; id: number; code: SodaErrorCode; message: string }
  | { kind: 'dead'; code: SodaErrorCode; message: string };
