import type {
  CallOptions,
  DecodeOptions,
  EncodeOptions,
  Latent,
  ModelConfig,
} from '../../shared/api.js';
import { morph } from '../../morph.js';
import { SodaError } from '../../shared/error.js';
import { interpolate } from '../../shared/latent.js';
import type { Raster } from '../../shared/protocol.js';
import type { Picture } from '../picture.js';
import type { FrameOptions, Morph, MorphOptions, Pin, RepaintableMorph } from './api.js';
import { Canvases, contextOf, shown } from './canvases.js';
import { combined, difference, enlargedInto, square } from './painting.js';

/** Times that the model paints; between two of them its painting is interpolated. */
const KEYS = 17;

/** What paints: a loaded model. */
export interface PaintingModel {
  readonly config: ModelConfig;
  encode(pictures: readonly Picture[], options?: EncodeOptions): Promise<Latent[]>;
  decode(latents: readonly Latent[], options?: DecodeOptions): Promise<ImageData[]>;
}

/**
 * The morph of two originals with a model in it. At a time `t` the model paints the latent
 * `(1 − t)·E(A warped) + t·E(B warped)`: `P`. With `M`, the morph of its reconstructions of A and B
 * along the same field, and `F`, that of the originals, `painted` goes from `F` by `F + P − M`, the
 * painting with the originals' detail, to `P`.
 */
export async function paintedMorph(
  model: PaintingModel,
  [a, b]: readonly [Raster, Raster],
  options: MorphOptions & DecodeOptions,
): Promise<Morph> {
  const { signal, fit = 'cover', onProgress } = options;
  const [first, second] = [square(a, fit), square(b, fit)];
  // Every morph is one, and only the library sees what it can do besides.
  const originals = (await morph(first, second, options)) as RepaintableMorph;
  const { steps, sampler, guidance, levelGuidance, seed, view } = options;
  const how: DecodeOptions = {
    ...(steps !== undefined && { steps }),
    ...(sampler !== undefined && { sampler }),
    ...(guidance !== undefined && { guidance }),
    ...(levelGuidance !== undefined && { levelGuidance }),
    ...(seed !== undefined && { seed }),
    ...(view !== undefined && { view }),
    size: model.config.renderedSize ?? model.config.size,
  };
  try {
    const calls: CallOptions = {
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
    };
    const latents = await model.encode([first, second], calls);
    const [paintedA, paintedB] = await model.decode(latents, { ...how, ...calls });
    if (!paintedA || !paintedB) throw new SodaError('internal', 'no paintings came back');
    const repainted = await originals.repainted([paintedA, paintedB], calls);
    const painting = new PaintedMorph(model, originals, repainted, how);
    try {
      await painting.paint(calls);
    } catch (error) {
      repainted.dispose();
      throw error;
    }
    return painting;
  } catch (error) {
    originals.dispose();
    throw SodaError.from(error);
  }
}

class PaintedMorph implements Morph {
  readonly width: number;
  readonly height: number;
  readonly features: 'semantic' | 'plain';
  readonly renderer: 'webgl2' | 'cpu';
  readonly #model: PaintingModel;
  readonly #originals: RepaintableMorph;
  readonly #repainted: RepaintableMorph;
  readonly #how: DecodeOptions;
  /** `P − M` at each key time, RGB, as large as the model paints. */
  #differences: Float32Array[] = [];
  readonly #canvases = new Canvases();

  constructor(
    model: PaintingModel,
    originals: RepaintableMorph,
    repainted: RepaintableMorph,
    how: DecodeOptions,
  ) {
    this.#model = model;
    this.#originals = originals;
    this.#repainted = repainted;
    this.#how = how;
    this.width = originals.width;
    this.height = originals.height;
    this.features = originals.features;
    this.renderer = originals.renderer;
  }

  get confidence(): number {
    return this.#originals.confidence;
  }

  get accelerated(): boolean {
    return this.#originals.accelerated;
  }

  get pins(): readonly Pin[] {
    return this.#originals.pins;
  }

  /** Paints the way anew. */
  async paint(calls: CallOptions): Promise<void> {
    const times = Array.from({ length: KEYS - 2 }, (_, i) => (i + 1) / (KEYS - 1));
    const warped: ImageData[] = [];
    for (const t of times) {
      for (const colour of [0, 1])
        warped.push(await pixels(this.#originals, t, { shape: t, colour }));
    }
    const latents = await this.#model.encode(warped, calls);
    const between = times.map((t, i) => {
      const [a, b] = latents.slice(2 * i, 2 * i + 2);
      if (!a || !b) throw new SodaError('internal', 'no latents came back');
      return interpolate([a, b], [1 - t, t], this.#model.config.interpolation);
    });
    const painted = await this.#model.decode(between, { ...this.#how, ...calls });
    const inner: Float32Array[] = [];
    for (const [i, t] of times.entries()) {
      const picture = painted[i];
      if (!picture) throw new SodaError('internal', 'no paintings came back');
      inner.push(difference(picture, await pixels(this.#repainted, t)));
    }
    // At both ends the painting is the reconstruction.
    const none = new Float32Array(inner[0]?.length ?? 0);
    this.#differences = [none, ...inner, none];
  }

  async setPins(pins: readonly Pin[], options: CallOptions = {}): Promise<void> {
    await this.#originals.setPins(pins, options);
    await this.#repainted.setPins(pins, options);
    await this.paint(options);
  }

  async frame(t: number, options: FrameOptions = {}): Promise<ImageData> {
    const { painted, plain } = split(options);
    const original = await this.#originals.frame(t, plain);
    if (painted === 0) return original;
    const repainted = await this.#repainted.frame(t, plain);
    return this.#together(original, repainted, plain.shape ?? t, painted);
  }

  draw(canvas: HTMLCanvasElement | OffscreenCanvas, t: number, options: FrameOptions = {}): void {
    const { painted, plain } = split(options);
    if (painted === 0) {
      this.#originals.draw(canvas, t, plain);
      return;
    }
    contextOf(canvas);
    const original = this.#originals.snapshot(t, plain);
    const repainted = this.#repainted.snapshot(t, plain);
    if (!original || !repainted) {
      void this.#canvases.draw(canvas, async () => shown(await this.frame(t, options)));
      return;
    }
    shown(this.#together(original, repainted, plain.shape ?? t, painted))(canvas);
  }

  dispose(): void {
    this.#canvases.close();
    this.#originals.dispose();
    this.#repainted.dispose();
    this.#differences = [];
  }

  #together(original: ImageData, repainted: ImageData, t: number, painted: number): ImageData {
    const place = t * (KEYS - 1);
    const key = Math.min(Math.floor(place), KEYS - 2);
    const [before, after] = this.#differences.slice(key, key + 2);
    if (!before || !after) throw new SodaError('disposed', 'this morph was disposed of');
    const part = place - key;
    const change = new Float32Array(3 * this.width * this.height);
    enlargedInto(
      change,
      before.map((value, i) => value + part * ((after[i] ?? 0) - value)),
      this.width,
      this.height,
    );
    return combined(original, repainted, change, painted);
  }
}

/** One frame of many, by what is quicker; the page has its turn between two of them. */
async function pixels(
  morph: RepaintableMorph,
  t: number,
  options?: FrameOptions,
): Promise<ImageData> {
  if (!morph.accelerated) return morph.frame(t, options);
  await new Promise((resolve) => setTimeout(resolve));
  return morph.snapshot(t, options) ?? (await morph.frame(t, options));
}

function split({ painted = 0, ...plain }: FrameOptions): {
  painted: number;
  plain: FrameOptions;
} {
  if (!(painted >= 0 && painted <= 1)) {
    throw new SodaError('input', `painted is ${String(painted)}; it must be a number from 0 to 1`);
  }
  return { painted, plain };
}
