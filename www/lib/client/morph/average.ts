import { SodaError } from '../../shared/error.js';
import type { Grouped } from '../../shared/morph-protocol.js';
import { type Picture, readPictures } from '../picture.js';
import type { Average, MorphOptions } from './api.js';
import {
  type AveragePainter,
  type PictureTextures,
  sharedAveragePainter,
} from './average-painter.js';
import { Canvases, contextOf, copied, shown } from './canvases.js';
import { LONGEST } from './checks.js';
import { DEFAULT_SIZE, type Kept, solveInWorker } from './solving.js';

const MOST_PICTURES = 32;

/**
 * Brings 2 to 32 pictures together at once, so that matching parts of all of them meet: averages,
 * and squares with a picture at each corner. No model is needed.
 *
 * @throws SodaError 'input', 'network' (the matcher, where 'semantic' was asked for),
 *   'unsupported', 'aborted'
 */
export async function average(
  pictures: readonly Picture[],
  options: Omit<MorphOptions, 'pins'> = {},
): Promise<Average> {
  if (pictures.length < 2 || pictures.length > MOST_PICTURES) {
    throw new SodaError(
      'input',
      `there are ${String(pictures.length)} pictures; an average takes 2 to ` +
        String(MOST_PICTURES),
    );
  }
  // Twice as large as needed is enough for a good fit, and many pictures take much memory.
  const longest = Math.min(2 * (options.size ?? DEFAULT_SIZE), LONGEST);
  const kept = await solveInWorker(
    'group',
    () => readPictures(pictures, options.signal, longest),
    {},
    options,
  );
  return new SolvedAverage(kept, pictures.length);
}

/** What a GPU has of an average. */
interface OnGpu {
  readonly painter: AveragePainter;
  readonly pictures: Promise<readonly PictureTextures[]>;
}

class SolvedAverage implements Average {
  readonly width: number;
  readonly height: number;
  readonly features: 'semantic' | 'plain';
  readonly confidence: number;
  readonly renderer: 'webgl2' | 'cpu';
  readonly #channel: Kept<Grouped>['channel'];
  readonly #number: number;
  readonly #count: number;
  readonly #canvases = new Canvases();
  #onGpu: OnGpu | undefined;
  #disposed = false;

  constructor({ channel, number, solved }: Kept<Grouped>, count: number) {
    this.#channel = channel;
    this.#number = number;
    this.#count = count;
    this.width = solved.width;
    this.height = solved.height;
    this.features = solved.features;
    this.confidence = solved.confidence;
    this.renderer = sharedAveragePainter(count, this) ? 'webgl2' : 'cpu';
  }

  frame(weights: readonly number[]): Promise<ImageData> {
    try {
      this.#check(weights);
    } catch (error) {
      return Promise.reject(SodaError.from(error));
    }
    return this.#paint(weights);
  }

  draw(canvas: HTMLCanvasElement | OffscreenCanvas, weights: readonly number[]): Promise<void> {
    this.#check(weights);
    contextOf(canvas);
    return this.#canvases.draw(
      canvas,
      async () => (await this.#drawn(weights)) ?? shown(await this.#paint(weights)),
    );
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#canvases.close();
    const { painter, pictures } = this.#onGpu ?? {};
    pictures?.then(
      (textures) => {
        painter?.free(textures);
      },
      () => undefined,
    );
    this.#channel.call('free', { morph: this.#number }).catch(() => undefined);
  }

  async #paint(weights: readonly number[]): Promise<ImageData> {
    const request = { morph: this.#number, weights: new Float32Array(weights) };
    const pixels = await this.#channel.call('average', request);
    return new ImageData(pixels, this.width, this.height);
  }

  /** A frame drawn by the GPU, once it is asked for; nothing where that is not what draws. */
  async #drawn(weights: readonly number[]): Promise<ReturnType<typeof copied> | undefined> {
    const onGpu = this.#upload();
    if (!onGpu) return undefined;
    const { painter } = onGpu;
    const pictures = await onGpu.pictures;
    const request = { morph: this.#number, weights: new Float32Array(weights) };
    const mesh = await this.#channel.call('mesh', request);
    if (painter.lost) return undefined;
    return (canvas) => {
      copied(painter.draw(pictures, mesh, this))(canvas);
    };
  }

  /** Brings the pictures to the GPU, unless they are there; again after a lost context. */
  #upload(): OnGpu | undefined {
    const painter = sharedAveragePainter(this.#count, this);
    if (painter && this.#onGpu?.painter !== painter)
      this.#onGpu = { painter, pictures: this.#bring(painter) };
    return painter && this.#onGpu;
  }

  /** One picture after the other: the copies on their way are large. */
  async #bring(painter: AveragePainter): Promise<readonly PictureTextures[]> {
    const pictures: PictureTextures[] = [];
    try {
      for (let index = 0; index < this.#count; index++) {
        const layers = await this.#channel.call('layers', { morph: this.#number, index });
        pictures.push(painter.upload(layers, this));
      }
      return pictures;
    } catch (error) {
      painter.free(pictures); // Disposed of meanwhile.
      throw error;
    }
  }

  #check(weights: readonly number[]): void {
    if (this.#disposed) throw new SodaError('disposed', 'this average was disposed of');
    if (weights.length !== this.#count) {
      throw new SodaError(
        'input',
        `there are ${String(weights.length)} weights for ${String(this.#count)} pictures`,
      );
    }
    const sum = weights.reduce((sum, weight) => sum + weight, 0);
    if (!weights.every((weight) => weight >= 0) || !(sum > 0 && sum < Infinity)) {
      throw new SodaError('input', 'weights must be numbers of 0 or more that are not all 0');
    }
  }
}
