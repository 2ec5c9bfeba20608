/** Where the network runs. */
export type Backend = 'webgpu' | 'cpu';

/** How far a long call has come. */
export interface Progress {
  stage: 'download' | 'compile' | 'warm-up' | 'encode' | 'decode' | 'train';
  /** In units of the stage: bytes for download, steps otherwise. `total` is 0 while unknown. */
  done: number;
  total: number;
}

/** What every long call takes. */
export interface CallOptions {
  /** Aborting rejects with a SodaError of code 'aborted' within one network step. */
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

/** Options of `Soda.load`. */
export interface LoadOptions extends CallOptions {
  /**
   * 'auto' takes WebGPU where an adapter exists and falls back to the CPU; `Soda.backend` says
   * which it was.
   */
  backend?: 'auto' | Backend;
  /**
   * The folder that holds `cpu/` and `webgpu/`, when the bundler did not place them beside the
   * module.
   */
  wasmUrl?: string | URL;
  /** The worker script, when the bundler did not place it beside the module. */
  workerUrl?: string | URL;
  /**
   * Keep the model in the Cache API (default true), for the next visit and for use without a
   * network.
   */
  cache?: boolean;
}

/** Model files as users keep them: config.json and model.safetensors. */
export interface ModelFiles {
  config: Blob | object;
  weights: Blob | ArrayBuffer;
}

/** What `Soda.save` gives; `Soda.load` takes it. */
export interface SavedModel extends ModelFiles {
  config: Blob;
  weights: Blob;
}

/**
 * A picture's code. Plain data: it can be stored as JSON, posted to a worker, compared, averaged.
 * Whatever takes a latent takes one that `JSON.parse` gave, too.
 */
export interface Latent {
  /** Normalised latent, all groups in order, coarse to fine. */
  readonly values: Float32Array;
  /** Length of each group; they add up to values.length. */
  readonly groups: readonly number[];
  /** The stochastic code x_T, when the picture was inverted: [3, size, size] in one array. */
  readonly noise?: Float32Array;
}

/** Options of `Soda.encode`. */
export interface EncodeOptions extends CallOptions {
  /** Also find x_T, so that decoding gives this very picture back (slower). Default false. */
  invert?: boolean;
  /**
   * Correct latents by what is painted from them, as far as the model was found to gain by it: what
   * is decoded is nearer to the pictures, for about five times the time. `false` is for latents
   * that are only compared. Default true.
   */
  corrected?: boolean;
}

/** Options of `Soda.decode` and `Soda.interpolate`. */
export interface DecodeOptions extends CallOptions {
  /** Denoising steps. Default: the model's own. */
  steps?: number;
  sampler?: 'ddim' | 'dpm++2m';
  /** Classifier-free guidance; 0 is none. */
  guidance?: number;
  /**
   * Guidance of each latent group, coarse to fine, -1 to 20; 0 is none. Each number but 0 is one
   * more network call a step.
   */
  levelGuidance?: readonly number[];
  /** Seeds x_T where a latent brings none (default 0). Same seed, same picture, on one backend. */
  seed?: number;
  /** The view to paint (a vendor's style, a camera angle), one of config.views. */
  view?: string;
  /**
   * Side of the pictures in pixels: `config.size`, the default, or `config.renderedSize` where the
   * model has a renderer.
   */
  size?: number;
}

/** Options of `Soda.draw`. */
export interface DrawOptions extends CallOptions {
  /** New latents to draw. Default 1. */
  count?: number;
  /** The same seed gives the same latents on one backend, however many; default 0. */
  seed?: number;
  /**
   * Stretches latents about their mean, 0 to 2: below 1 pictures are more usual, above 1 more
   * unusual. Default 1.
   */
  temperature?: number;
  /**
   * How far drawing leads away from what a weaker prior would draw, 0 to 10: more gives clearer
   * pictures, nearer to what the model has seen, and fewer kinds. Default: the model's own; above 0
   * it needs `config.guide`.
   */
  autoguidance?: number;
}

/** Options of `Soda.sample`: those of `decode` and of `draw`, with one seed for both. */
export interface SampleOptions extends DecodeOptions, DrawOptions {}

/** Options of `Soda.fineTune`. */
export interface TrainOptions extends CallOptions {
  /** Steps of learning. Default 300. */
  steps?: number;
  /** Pictures a step (default 4). Where memory is short they are gone through in smaller parts. */
  batchSize?: number;
  /** Peak learning rate. Default 0.0005. */
  learningRate?: number;
  /** Seeds noise and order. Default 1. */
  seed?: number;
  /**
   * Which part learns. Default 'all', which also makes room in the latent for what the model cannot
   * hold yet.
   */
  train?: 'all' | 'decoder' | 'encoder';
  /**
   * Emit a reconstruction of the first pictures, four at most, every so many steps; 0, the default,
   * never.
   */
  previewEvery?: number;
}

/** What happens while a model learns. */
export type TrainEvent =
  /**
   * `secondsPerStep` is what a step takes now, previews included: times the steps left, it is the
   * time left. `atOnce` pictures of a batch are gone through at once; `short` where memory allows
   * fewer than usual, which only takes longer.
   */
  | {
      kind: 'step';
      step: number;
      steps: number;
      loss: number;
      secondsPerStep: number;
      atOnce: number;
      short: boolean;
    }
  | { kind: 'preview'; step: number; pictures: ImageData[] }
  | { kind: 'done'; step: number };

/** Options of `Soda.save`. Writing is one step, which no progress is told of. */
export interface SaveOptions extends CallOptions {
  /** 'f16', the default, is half as long, with no visible difference; 'f32' is exact. */
  dtype?: 'f16' | 'f32';
}

/** A new picture and its latent. */
export interface Sample {
  latent: Latent;
  picture: ImageData;
}

/** Directions in the space of latents that a model brings along, learnt from labelled pictures. */
export interface NamedDirections {
  /** The mean latent of each kind of picture, such as a style of drawing. */
  readonly kinds: readonly (readonly number[])[];
  /**
   * For each direction its name, what a picture is before and after a step of 1, and for each kind
   * what to add to a latent (empty: it cannot).
   */
  readonly named: readonly {
    readonly name: string;
    readonly ends: readonly [string, string];
    readonly vectors: readonly (readonly number[])[];
  }[];
}

/** How latents are interpolated; `interpolate` says what each does. */
export type Interpolation = 'linear' | 'spherical';

/** What a loaded model is. */
export interface ModelConfig {
  readonly name: string;
  /** Side of the pictures it paints, in pixels. */
  readonly size: number;
  /** Side of the pictures that its renderer makes of them, if it has one: four times `size`. */
  readonly renderedSize?: number;
  /** Length of a latent. */
  readonly latent: number;
  /** Length of each latent group, coarse to fine. */
  readonly groups: readonly number[];
  /** Whether it has a prior, so that `sample` can draw new latents. */
  readonly prior: boolean;
  /** Whether that prior has a guide, which `autoguidance` needs. */
  readonly guide: boolean;
  /** Views it can paint; may be empty. */
  readonly views: readonly string[];
  /** Sliders with names, if it has any; `namedDirection` gives their vectors. */
  readonly directions?: NamedDirections;
  /**
   * What `unfamiliarity` gives for 95 of 100 held-out pictures of the kind that it was trained on
   * is below this, if that has been measured: a picture above it is far from what it knows.
   */
  readonly unfamiliarityLimit?: number;
  readonly parameters: number;
  readonly licence: string;
  /** Denoising steps it uses unless told otherwise. */
  readonly steps: number;
  /** How its latents are interpolated. */
  readonly interpolation: Interpolation;
}
