import type { ModelConfig } from '../shared/api.js';
import { SodaError } from '../shared/error.js';
import type { EngineUrls, PaintOptions, TeachOptions } from '../shared/protocol.js';

/** A loaded model. The face of `src/web`; one worker has one. */
export interface Engine {
  info(): ModelConfig;
  /**
   * RGBA of any size → centre square, area resize, composed over the model's background: [3, S, S]
   * in [−1, 1].
   */
  prepare(rgba: Uint8ClampedArray, width: number, height: number): Float32Array;
  /**
   * The first step, which compiles shaders. Fails where the picture is not the one of the model's
   * reference, or not finite.
   */
  warmUp(): Promise<void>;
  /** N prepared pictures, end to end → N latents, corrected by what is painted from them or not. */
  encode(pixels: Float32Array, corrected: boolean): Promise<Float32Array>;
  /** `frames` latents from one to the other, both included, end to end. */
  interpolate(a: Float32Array, b: Float32Array, frames: number): Float32Array;
  /** Starts painting N latents. With empty noise, the seed gives one x_T that all N share. */
  decoding(values: Float32Array, noise: Float32Array, options: PaintOptions): Sampling;
  /** Starts drawing new latents from the prior. */
  drawing(count: number, seed: number, autoguidance?: number): Sampling;
  /** Starts DDIM run backwards: N pictures with their latents → x_T. */
  inversion(pixels: Float32Array, values: Float32Array, options: { steps?: number }): Sampling;
  /** Starts an album of pictures to learn. */
  album(): Album;
  /**
   * Gets ready to learn an album, which is used up. `parts`: how many each batch is gone through
   * in.
   */
  tuning(album: Album, options: TeachOptions & { parts: number }): Promise<Tuning>;
  /** Becomes what has been learnt so far. */
  adopt(tuning: Tuning): void;
  /** Becomes what it was before the tuning. */
  restore(tuning: Tuning): void;
  /** Whether there is memory to learn so many pictures at once. */
  hasRoom(pictures: number): boolean;
  /** How much that takes. */
  bytes(pictures: number): number;
  /** config.json as it is now. */
  config(): string;
  /** model.safetensors as it is now. */
  weights(half: boolean): Promise<Uint8Array<ArrayBuffer>>;
  free(): void;
}

/** Pictures to learn. */
export interface Album {
  add(rgba: Uint8ClampedArray, width: number, height: number): void;
}

/** A fine-tuning under way. */
export interface Tuning {
  readonly steps: number;
  readonly done: number;
  /** One step → its loss. */
  step(): Promise<number>;
  free(): void;
}

/** A sampler under way. */
export interface Sampling {
  readonly steps: number;
  readonly done: number;
  /** One network step. */
  step(): Promise<void>;
  /** The state now: N × 3 × S × S, or N latents when drawing. */
  tensor(): Promise<Float32Array>;
  /**
   * The pictures now as RGBA: N squares of side S, and once they are done of the side asked for.
   */
  pixels(): Promise<Uint8ClampedArray>;
  free(): void;
}

/** The module that wasm-bindgen writes. */
export interface EngineModule {
  default: (input: { module_or_path: Response }) => Promise<unknown>;
  Engine: { load(config: string, weights: Uint8Array): Promise<Engine> };
  interpolate_noise(a: Float32Array, b: Float32Array, frames: number): Float32Array;
}

/**
 * Imports one build; the caller downloads its wasm, to count the bytes.
 *
 * @throws SodaError that says what to check, where either file is something else than the engine
 */
export async function startEngine(
  { module, wasm: wasmUrl }: EngineUrls,
  wasm: Response,
): Promise<EngineModule> {
  if (isPage(wasm)) throw notTheEngine(wasmUrl);
  let engine: EngineModule;
  try {
    engine = (await import(/* @vite-ignore */ /* webpackIgnore: true */ module)) as EngineModule;
  } catch (error) {
    // The reason of a failed import is the browser's secret, so the file is asked for.
    const answer = await fetch(module).catch(() => undefined);
    if (answer?.ok && isPage(answer)) throw notTheEngine(module);
    const why =
      answer === undefined
        ? 'cannot be reached'
        : answer.ok
          ? 'cannot be run'
          : `: the server answered ${String(answer.status)}`;
    throw new SodaError(
      'network',
      `${module} ${why}; check wasmUrl and the page's CSP (script-src)`,
      { cause: error },
    );
  }
  try {
    await engine.default({ module_or_path: wasm });
    return engine;
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error;
    if (/content.security.policy/i.test(error.message)) {
      throw new SodaError(
        'unsupported',
        "the page's CSP forbids WebAssembly; add 'wasm-unsafe-eval' to script-src",
        { cause: error },
      );
    }
    throw new SodaError(
      'network',
      `${wasmUrl} is not WebAssembly that runs here (${error.message}); check wasmUrl`,
      { cause: error },
    );
  }
}

/** Servers of single-page apps answer every address with their page, and with 200. */
function isPage({ headers }: Response): boolean {
  return /^text\/html\b/i.test(headers.get('content-type') ?? '');
}

function notTheEngine(url: string): SodaError {
  return new SodaError('network', `${url} is a page, not the engine; check wasmUrl`);
}
