import type { CallOptions } from '../../shared/api.js';
import { SodaError, aborted } from '../../shared/error.js';
import type { Solved } from '../../shared/morph-protocol.js';
import { type Picture, readPicture } from '../picture.js';
import type { FrameOptions, Morph, MorphOptions, Pin } from './api.js';
import type { MorphChannel } from './morph-channel.js';
import { urlsOf } from './morph-urls.js';
import { Painter, type Textures } from './painter.js';
import { sharedChannel } from './shared-channel.js';

const LONGEST = 2048;
const MOST_PINS = 100;

// One WebGL context for all morphs of the page.
let painter: Painter | undefined;
let triedToPaint = false;
let morphs = 0;

/**
 * Brings two pictures together, so that matching parts move into one another. No model is needed.
 *
 * @throws SodaError 'input', 'network' (the matcher, where 'semantic' was asked for),
 *   'unsupported', 'aborted'
 */
export async function morph(a: Picture, b: Picture, options: MorphOptions = {}): Promise<Morph> {
  const { size = 512, fit = 'cover', pins = [], features, signal, onProgress } = options;
  check(size, fit, features);
  const numbers = pinNumbers(pins);
  if (signal?.aborted) throw aborted();
  const pictures = await Promise.all([
    readPicture(a, 'the first picture', signal, LONGEST),
    readPicture(b, 'the second picture', signal, LONGEST),
  ]);
  const channel = sharedChannel(options.workerUrl);
  const number = morphs++;
  const request = {
    morph: number,
    urls: urlsOf(options, features === 'plain'),
    pictures,
    size,
    contain: fit === 'contain',
    pins: numbers,
    mustMatch: features === 'semantic',
  };
  const transfer = pictures.map(({ data }) => data.buffer);
  try {
    const solved = await channel.call('solve', request, { signal, onProgress }, transfer);
    return new SolvedMorph(channel, number, solved, pins);
  } catch (error) {
    // An aborted job may still be solved.
    channel.call('free', { morph: number }).catch(() => undefined);
    throw SodaError.from(error);
  }
}

class SolvedMorph implements Morph {
  readonly width: number;
  readonly height: number;
  readonly features: 'semantic' | 'plain';
  readonly #channel: MorphChannel;
  readonly #number: number;
  #solved: Solved;
  #pins: readonly Pin[];
  #textures: Textures | undefined;
  #painter: Painter | undefined;
  #disposed = false;
  /** What each canvas is waiting for, where there is no WebGL2. */
  readonly #waiting = new WeakMap<object, number>();
  #asked = 0;

  constructor(channel: MorphChannel, number: number, solved: Solved, pins: readonly Pin[]) {
    this.#channel = channel;
    this.#number = number;
    this.#solved = solved;
    this.#pins = pins.map(copyOf);
    this.width = solved.width;
    this.height = solved.height;
    this.features = solved.features;
  }

  get confidence(): number {
    return this.#solved.confidence;
  }

  get pins(): readonly Pin[] {
    return this.#pins;
  }

  async setPins(pins: readonly Pin[], options: CallOptions = {}): Promise<void> {
    this.#checkAlive();
    const solution = await this.#channel.call(
      'pins',
      { morph: this.#number, pins: pinNumbers(pins) },
      options,
    );
    if (this.#disposed) return;
    this.#solved = { ...this.#solved, ...solution };
    this.#pins = pins.map(copyOf);
    if (this.#textures && this.#painter && !this.#painter.lost) {
      this.#painter.update(this.#textures, solution);
      this.#textures = { ...this.#textures, solved: this.#solved };
    }
  }

  async frame(t: number, options: FrameOptions = {}): Promise<ImageData> {
    this.#checkAlive();
    const [shape, colour] = times(t, options);
    const pixels = await this.#channel.call('frame', { morph: this.#number, shape, colour });
    return new ImageData(pixels, this.width, this.height);
  }

  draw(canvas: HTMLCanvasElement | OffscreenCanvas, t: number, options: FrameOptions = {}): void {
    this.#checkAlive();
    const [shape, colour] = times(t, options);
    const context =
      canvas instanceof OffscreenCanvas ? canvas.getContext('2d') : canvas.getContext('2d');
    if (!context)
      throw new SodaError(
        'input',
        'the canvas has a context of another kind; give draw a canvas of its own',
      );
    const textures = this.#upload();
    if (textures && this.#painter) {
      fitCanvas(canvas, this.width, this.height);
      context.globalCompositeOperation = 'copy';
      context.drawImage(this.#painter.draw(textures, shape, colour), 0, 0);
      return;
    }
    const asked = ++this.#asked;
    this.#waiting.set(canvas, asked);
    this.frame(t, options).then(
      (image) => {
        if (this.#waiting.get(canvas) !== asked || this.#disposed) return;
        fitCanvas(canvas, this.width, this.height);
        context.putImageData(image, 0, 0);
      },
      () => undefined, // Disposed of meanwhile.
    );
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    if (this.#textures && this.#painter && !this.#painter.lost) this.#painter.free(this.#textures);
    this.#textures = undefined;
    this.#channel.call('free', { morph: this.#number }).catch(() => undefined);
  }

  /** The morph's textures, where there is WebGL2; again after a lost context. */
  #upload(): Textures | undefined {
    if (this.#textures && this.#painter && !this.#painter.lost) return this.#textures;
    this.#painter = sharedPainter();
    this.#textures = this.#painter?.upload(this.#solved);
    return this.#textures;
  }

  #checkAlive(): void {
    if (this.#disposed) throw new SodaError('disposed', 'this morph was disposed of');
  }
}

function sharedPainter(): Painter | undefined {
  if (painter?.lost) {
    painter = undefined;
    triedToPaint = false;
  }
  if (!triedToPaint) painter = Painter.create();
  triedToPaint = true;
  return painter;
}

function fitCanvas(
  canvas: HTMLCanvasElement | OffscreenCanvas,
  width: number,
  height: number,
): void {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}

function times(t: number, { shape = t, colour = t }: FrameOptions): [number, number] {
  for (const [name, value] of [
    ['t', t],
    ['shape', shape],
    ['colour', colour],
  ] as const) {
    if (!(value >= 0 && value <= 1))
      throw new SodaError('input', `${name} is ${String(value)}; it must be a number from 0 to 1`);
  }
  return [shape, colour];
}

function pinNumbers(pins: readonly Pin[]): Float32Array<ArrayBuffer> {
  if (pins.length > MOST_PINS)
    throw new SodaError(
      'input',
      `there are ${String(pins.length)} pins; at most ${String(MOST_PINS)} are taken`,
    );
  const numbers = pins.flatMap(({ a, b }) => [...a, ...b]);
  if (numbers.length !== 4 * pins.length || !numbers.every((x) => x >= 0 && x <= 1)) {
    throw new SodaError(
      'input',
      'a pin has a point in each picture, two numbers from 0 to 1: { a: [0.4, 0.5], b: [0.6, ' +
        '0.5] }',
    );
  }
  return new Float32Array(numbers);
}

function copyOf({ a, b }: Pin): Pin {
  return { a: [a[0], a[1]], b: [b[0], b[1]] };
}

function check(size: number, fit: string, features: string | undefined): void {
  if (!Number.isInteger(size) || size < 16 || size > LONGEST) {
    throw new SodaError(
      'input',
      `size is ${String(size)}; it must be a whole number from 16 to ${String(LONGEST)}`,
    );
  }
  if (!['cover', 'contain'].includes(fit))
    throw new SodaError('input', `fit is '${fit}'; it must be 'cover' or 'contain'`);
  if (features !== undefined && !['semantic', 'plain'].includes(features)) {
    throw new SodaError('input', `features is '${features}'; it must be 'semantic' or 'plain'`);
  }
}
