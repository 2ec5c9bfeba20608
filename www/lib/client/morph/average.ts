import { SodaError, aborted } from '../../shared/error.js';
import type { Grouped } from '../../shared/morph-protocol.js';
import { type Picture, readPictures } from '../picture.js';
import type { Average, MorphOptions } from './api.js';
import { Canvases, contextOf } from './canvases.js';
import { LONGEST, checkOptions } from './checks.js';
import type { MorphChannel } from './morph-channel.js';
import { urlsOf } from './morph-urls.js';
import { nextNumber, sharedChannel } from './shared-channel.js';

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
  const { size = 512, fit = 'cover', features, signal, onProgress } = options;
  checkOptions(size, fit, features);
  if (pictures.length < 2 || pictures.length > MOST_PICTURES) {
    throw new SodaError(
      'input',
      `there are ${String(pictures.length)} pictures; an average takes 2 to ` +
        String(MOST_PICTURES),
    );
  }
  if (signal?.aborted) throw aborted();
  // Twice as large as needed is enough for a good fit, and many pictures take much memory.
  const rasters = await readPictures(pictures, signal, Math.min(2 * size, LONGEST));
  const channel = sharedChannel(options.workerUrl);
  const number = nextNumber();
  const request = {
    morph: number,
    urls: urlsOf(options, features === 'plain'),
    pictures: rasters,
    size,
    contain: fit === 'contain',
    mustMatch: features === 'semantic',
  };
  const transfer = rasters.map(({ data }) => data.buffer);
  try {
    const grouped = await channel.call('group', request, { signal, onProgress }, transfer);
    return new SolvedAverage(channel, number, grouped, pictures.length);
  } catch (error) {
    // An aborted job may still be solved.
    channel.call('free', { morph: number }).catch(() => undefined);
    throw SodaError.from(error);
  }
}

class SolvedAverage implements Average {
  readonly width: number;
  readonly height: number;
  readonly features: 'semantic' | 'plain';
  readonly confidence: number;
  readonly #channel: MorphChannel;
  readonly #number: number;
  readonly #count: number;
  readonly #canvases = new Canvases();
  #disposed = false;

  constructor(channel: MorphChannel, number: number, grouped: Grouped, count: number) {
    this.#channel = channel;
    this.#number = number;
    this.#count = count;
    this.width = grouped.width;
    this.height = grouped.height;
    this.features = grouped.features;
    this.confidence = grouped.confidence;
  }

  frame(weights: readonly number[]): Promise<ImageData> {
    try {
      this.#check(weights);
    } catch (error) {
      return Promise.reject(SodaError.from(error));
    }
    return this.#paint(weights);
  }

  draw(canvas: HTMLCanvasElement | OffscreenCanvas, weights: readonly number[]): void {
    this.#check(weights);
    contextOf(canvas);
    this.#canvases.draw(canvas, () => this.#paint(weights));
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#canvases.close();
    this.#channel.call('free', { morph: this.#number }).catch(() => undefined);
  }

  async #paint(weights: readonly number[]): Promise<ImageData> {
    const request = { morph: this.#number, weights: new Float32Array(weights) };
    const pixels = await this.#channel.call('average', request);
    return new ImageData(pixels, this.width, this.height);
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
