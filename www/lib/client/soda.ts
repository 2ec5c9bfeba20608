/// <reference lib="esnext.disposable" preserve="true" />
import type {
  Backend,
  CallOptions,
  DecodeOptions,
  DrawOptions,
  EncodeOptions,
  Latent,
  LoadOptions,
  ModelConfig,
  ModelFiles,
  Sample,
  SampleOptions,
  SaveOptions,
  SavedModel,
  TrainEvent,
  TrainOptions,
} from '../shared/api.js';
import { SodaError, aborted } from '../shared/error.js';
import type { Jobs, PaintOptions } from '../shared/protocol.js';
import { Channel } from './channel.js';
import {
  checkFrames,
  checkOptions,
  checkPictures,
  checkTraining,
  toCode,
  toDrawing,
} from './checks.js';
import { clearCache, configuration, modelFolder } from './configuration.js';
import { engineUrls } from './engine-urls.js';
import type { Morph, MorphOptions } from '../morph.js';
import { fetchForWorker } from './page-fetch.js';
import { type Picture, readPicture, readPictures } from './picture.js';
import { save, teach } from './teaching.js';
import { startWorker } from './worker-script.js';

const DEFAULT_FRAMES = 9;
/** Longer side of the originals of a morph, at most. */
const MORPHED_SIDE = 2048;

/** A loaded model in a worker of its own. */
export class Soda {
  readonly backend: Backend;
  readonly config: ModelConfig;
  /** Why backend 'auto' took the CPU; absent on WebGPU, and where the CPU was asked for. */
  readonly fallback?: string;
  /**
   * Settles when the engine is gone for another reason than `dispose`: its device was lost, or its
   * worker failed. Load again then. It never rejects.
   */
  readonly lost: Promise<SodaError>;
  /** `using soda = await Soda.load(…)` disposes of it at the end of the block. */
  declare [Symbol.dispose]: () => void;
  readonly #channel: Channel;

  private constructor(channel: Channel, loaded: Jobs['load']['result']) {
    this.#channel = channel;
    this.backend = loaded.backend;
    this.config = loaded.config;
    if (loaded.fallback !== undefined) this.fallback = loaded.fallback;
    this.lost = new Promise((resolve) => {
      void channel.ended.then((reason) => {
        if (reason.code !== 'disposed') resolve(reason);
      });
    });
  }

  static {
    // The well-known symbol is younger than the browsers that this runs in.
    const { dispose } = Symbol as { dispose?: symbol };
    const value = function (this: Soda): void {
      this.dispose();
    };
    if (dispose !== undefined)
      Object.defineProperty(Soda.prototype, dispose, { value, configurable: true, writable: true });
  }

  /**
   * Removes kept models of this and of older versions of the library. Models in use go on working.
   */
  static clearCache(): Promise<void> {
    return clearCache();
  }

  /**
   * Starts a worker, downloads the model and the engine, and makes the engine ready.
   *
   * @param model the name of a published model ('emoji64'), the folder URL that holds config.json
   *   and model.safetensors (a query is kept), or the files themselves. A folder beside the page
   *   needs a slash or a dot: './emoji64'.
   * @throws SodaError 'unsupported' (no such backend here), 'network', 'weights' (not a model, or a
   *   broken one), 'input', 'aborted'
   */
  static async load(model: string | URL | ModelFiles, options: LoadOptions = {}): Promise<Soda> {
    const { backend = 'auto', signal, onProgress, cache = true } = options;
    if (!['auto', 'webgpu', 'cpu'].includes(backend)) {
      throw new SodaError('input', `backend is '${backend}'; it must be 'auto', 'webgpu' or 'cpu'`);
    }
    if (signal?.aborted) throw aborted();
    const page = configuration();
    const wasmUrl = options.wasmUrl ?? page.wasmUrl;
    const worker = startWorker(options.workerUrl ?? page.workerUrl);
    const channel = new Channel(worker);
    // Ending the worker also ends its downloads.
    const onAbort = (): void => {
      channel.close(aborted());
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const request = {
        model: await modelSource(model),
        backend,
        engines: engineUrls(wasmUrl),
        cache,
        pageFetch: page.fetch !== undefined,
      };
      if (page.fetch) {
        const ended = new AbortController();
        void channel.ended.then(() => {
          ended.abort();
        });
        fetchForWorker(worker, page.fetch, ended.signal);
      }
      return new Soda(channel, await channel.call('load', request, { signal, onProgress }));
    } catch (error) {
      const reason = SodaError.from(error);
      channel.close(reason);
      throw reason;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /**
   * The pictures as the networks see them, `config.size` pixels square: the centre square, made
   * smaller, over the model's background. What `decode` paints is to be compared with these.
   */
  async prepare(
    pictures: Picture | readonly Picture[],
    options: CallOptions = {},
  ): Promise<ImageData[]> {
    this.#checkAlive();
    const { signal, onProgress } = options;
    const rasters = await readPictures(
      Array.isArray(pictures) ? (pictures as readonly Picture[]) : [pictures as Picture],
      signal,
    );
    const transfer = rasters.map((raster) => raster.data.buffer);
    const prepared: ImageData[] = [];
    await this.#channel.call(
      'prepare',
      { pictures: rasters },
      { signal, onProgress, transfer, onPart: (pixels) => prepared.push(this.#toImage(pixels)) },
    );
    return prepared;
  }

  /**
   * One latent a picture, in order. With `invert` also x_T, so that decoding gives that very
   * picture back.
   */
  async encode(
    pictures: Picture | readonly Picture[],
    options: EncodeOptions = {},
  ): Promise<Latent[]> {
    this.#checkAlive();
    const { invert = false, corrected = true, signal, onProgress } = options;
    const list = Array.isArray(pictures) ? (pictures as readonly Picture[]) : [pictures as Picture];
    if (list.length === 0) return [];
    const rasters = await readPictures(list, signal);
    const transfer = rasters.map((raster) => raster.data.buffer);
    const codes = await this.#channel.call(
      'encode',
      { pictures: rasters, invert, corrected },
      { signal, onProgress, transfer },
    );
    return codes.map((code) => ({ ...code, groups: [...this.config.groups] }));
  }

  /** One picture a latent, in order, `config.size` pixels square or as large as `size` says. */
  async decode(
    latents: Latent | readonly Latent[],
    options: DecodeOptions = {},
  ): Promise<ImageData[]> {
    this.#checkAlive();
    const list = Array.isArray(latents) ? (latents as readonly Latent[]) : [latents as Latent];
    checkOptions(options, this.config);
    const codes = list.map((latent, i) =>
      toCode(latent, list.length === 1 ? 'the latent' : `latent ${String(i + 1)}`, this.config),
    );
    if (list.length === 0) return [];
    const pictures: ImageData[] = [];
    await this.#channel.call(
      'paint',
      { codes, options: toPaintOptions(options) },
      {
        signal: options.signal,
        onProgress: options.onProgress,
        onPart: (pixels) => pictures.push(this.#toImage(pixels)),
      },
    );
    return pictures;
  }

  /**
   * Frames from `a` to `b`, both included, each as soon as it is painted. Default 9 frames. Leaving
   * the loop stops the work. z goes as `config.interpolation` says; x_T goes along the sphere where
   * both ends have it. Where one has it, all frames keep it; where neither has it, all frames share
   * the one that the seed gives.
   */
  async *interpolate(
    a: Latent,
    b: Latent,
    options: DecodeOptions & { frames?: number } = {},
  ): AsyncGenerator<ImageData, void, undefined> {
    this.#checkAlive();
    const { frames = DEFAULT_FRAMES, signal, onProgress } = options;
    checkOptions(options, this.config);
    checkFrames(frames);
    const [from, to] = [
      toCode(a, 'the first latent', this.config),
      toCode(b, 'the second latent', this.config),
    ];

    const painted: ImageData[] = [];
    let wake: () => void = () => undefined;
    let ended: { error?: SodaError } | undefined;
    const stop = new AbortController();
    const unlink = forwardAbort(signal, stop);
    const request = { from, to, frames, options: toPaintOptions(options) };
    const work: CallOptions & { onPart: (pixels: Uint8ClampedArray) => void } = {
      signal: stop.signal,
      onProgress,
      onPart: (pixels) => {
        painted.push(this.#toImage(pixels));
        wake();
      },
    };
    this.#channel.call('morph', request, work).then(
      () => {
        ended = {};
        wake();
      },
      (error: unknown) => {
        ended = { error: SodaError.from(error) };
        wake();
      },
    );
    try {
      for (;;) {
        // An abort is heard before frames that were painted earlier.
        if (ended?.error) throw ended.error;
        const frame = painted.shift();
        if (frame) yield frame;
        else if (ended) return;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    } finally {
      unlink();
      stop.abort();
    }
  }

  /**
   * The morph of the two originals with this model in it: `painted` in `frame` and `draw` goes from
   * 0, the originals, to 1, the model's painting of the way. Both are made square first, by `fit`,
   * and transparent ones are put on white. `size` is that of the frames; the model paints as large
   * as it can, at 17 times of the way, before this resolves. Disposing of the Soda leaves the morph
   * as it is, but pins cannot be set any more.
   *
   * @throws SodaError 'input', 'network' (the matcher, where 'semantic' was asked for), 'aborted'
   */
  async morph(
    a: Picture,
    b: Picture,
    options: MorphOptions & Omit<DecodeOptions, 'size'> = {},
  ): Promise<Morph> {
    this.#checkAlive();
    const { size: _, ...how } = options;
    checkOptions(how, this.config);
    // Most pages never paint a morph.
    const { paintedMorph } = await import('../painted.js');
    const rasters = await Promise.all([
      readPicture(a, 'the first picture', options.signal, MORPHED_SIDE),
      readPicture(b, 'the second picture', options.signal, MORPHED_SIDE),
    ]);
    return paintedMorph(this, rasters, options);
  }

  /**
   * New latents drawn from the prior, not painted: for choosing among many, or for measuring what
   * the model knows.
   */
  async draw(options: DrawOptions = {}): Promise<Latent[]> {
    this.#checkAlive();
    const { seed, signal, onProgress } = options;
    checkOptions({ seed }, this.config);
    const codes = await this.#channel.call(
      'sample',
      { ...toDrawing(options, this.config), paint: false, options: { seed } },
      { signal, onProgress },
    );
    return codes.map((code) => ({ ...code, groups: [...this.config.groups] }));
  }

  /**
   * New pictures: latents drawn from the prior, and what they decode to. The same seed gives the
   * same pictures on one backend.
   */
  async sample(options: SampleOptions = {}): Promise<Sample[]> {
    this.#checkAlive();
    const { signal, onProgress } = options;
    checkOptions(options, this.config);
    const drawing = toDrawing(options, this.config);
    const pictures: ImageData[] = [];
    const codes = await this.#channel.call(
      'sample',
      { ...drawing, paint: true, options: toPaintOptions(options) },
      {
        signal,
        onProgress,
        onPart: (pixels) => pictures.push(this.#toImage(pixels)),
      },
    );
    return codes.map((code, i) => {
      const picture = pictures[i];
      if (!picture)
        throw new SodaError(
          'internal',
          `picture ${String(i + 1)} of ${String(drawing.count)} did not come`,
        );
      return { latent: { ...code, groups: [...this.config.groups] }, picture };
    });
  }

  /**
   * Learns these pictures, here. Each event is worked for when it is asked for: not asking is
   * pausing. Leaving the loop (break, return, abort) stops; what was learnt stays, and calls
   * between two events see what has been learnt so far. Where the loss runs away it throws 'input',
   * and the model is what it was before.
   *
   * @param pictures 1 to 1000
   */
  async *fineTune(
    pictures: readonly Picture[],
    options: TrainOptions = {},
  ): AsyncGenerator<TrainEvent, void, undefined> {
    this.#checkAlive();
    const { previewEvery = 0, signal, onProgress } = options;
    checkPictures(pictures);
    const settings = checkTraining(options);
    // What is learnt is the model's size: two hundred photographs need not cross to the worker
    // whole.
    const rasters = await readPictures(pictures, signal, 4 * this.config.size);
    yield* teach(
      this.#channel,
      rasters,
      settings,
      previewEvery,
      (pixels) => this.#toImage(pixels),
      { signal, onProgress },
    );
  }

  /** The model as it is now, fine-tuning included, as the two files that `Soda.load` takes. */
  async save(options: SaveOptions = {}): Promise<SavedModel> {
    this.#checkAlive();
    return save(this.#channel, options);
  }

  /** Frees the worker and the device. Idempotent; every later call rejects with code 'disposed'. */
  dispose(): void {
    this.#channel.close(new SodaError('disposed', 'this Soda was disposed; load a new one'));
  }

  #checkAlive(): void {
    if (this.#channel.end) throw this.#channel.end;
  }

  /** RGBA of a square picture. */
  #toImage(pixels: Uint8ClampedArray): ImageData {
    const side = Math.sqrt(pixels.length / 4);
    return new ImageData(pixels as Uint8ClampedArray<ArrayBuffer>, side, side);
  }
}

function toPaintOptions({
  steps,
  sampler,
  guidance,
  levelGuidance,
  seed,
  view,
  size,
}: DecodeOptions): PaintOptions {
  return { steps, sampler, guidance, levelGuidance, seed, view, size };
}

function forwardAbort(signal: AbortSignal | undefined, to: AbortController): () => void {
  const onAbort = (): void => {
    to.abort();
  };
  if (signal?.aborted) to.abort();
  signal?.addEventListener('abort', onAbort, { once: true });
  return () => {
    signal?.removeEventListener('abort', onAbort);
  };
}

async function modelSource(
  model: string | URL | ModelFiles,
): Promise<Jobs['load']['request']['model']> {
  if (typeof model === 'string' || model instanceof URL) {
    return { url: modelFolder(model).href };
  }
  const { config, weights } = model as Partial<ModelFiles>;
  if (typeof config !== 'object' || !(weights instanceof Blob || weights instanceof ArrayBuffer)) {
    throw new SodaError(
      'input',
      'the model is neither a folder URL nor { config: Blob or object, weights: Blob or ' +
        'ArrayBuffer }',
    );
  }
  return { config: config instanceof Blob ? await config.text() : JSON.stringify(config), weights };
}
