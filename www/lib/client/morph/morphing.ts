import type { CallOptions } from '../../shared/api.js';
import { SodaError } from '../../shared/error.js';
import type { Solved } from '../../shared/morph-protocol.js';
import type { Raster } from '../../shared/protocol.js';
import { type Picture, readPicture } from '../picture.js';
import { Canvases, contextOf, copied, shown } from './canvases.js';
import { LONGEST } from './checks.js';
import type { FrameOptions, Morph, MorphOptions, Pin, RepaintableMorph } from './api.js';
import { type Painter, type Textures, sharedPainter } from './painter.js';
import { nextNumber } from './shared-channel.js';
import { type Kept, solveInWorker } from './solving.js';

const MOST_PINS = 100;

/**
 * Brings two pictures together, so that matching parts move into one another. No model is needed.
 *
 * @throws SodaError 'input', 'network' (the matcher, where 'semantic' was asked for),
 *   'unsupported', 'aborted'
 */
export async function morph(a: Picture, b: Picture, options: MorphOptions = {}): Promise<Morph> {
  const { pins = [], signal } = options;
  const read = (): Promise<Raster[]> =>
    Promise.all([
      readPicture(a, 'the first picture', signal, LONGEST),
      readPicture(b, 'the second picture', signal, LONGEST),
    ]);
  const kept = await solveInWorker('solve', read, { pins: pinNumbers(pins) }, options);
  return new SolvedMorph(kept, pins);
}

/** Two pictures brought together, in the worker and on the GPU. */
class SolvedMorph implements RepaintableMorph {
  readonly width: number;
  readonly height: number;
  readonly features: 'semantic' | 'plain';
  readonly renderer: 'webgl2' | 'cpu';
  readonly #channel: Kept<Solved>['channel'];
  readonly #number: number;
  #solved: Solved;
  #pins: readonly Pin[];
  #textures: Textures | undefined;
  #painter: Painter | undefined;
  #disposed = false;
  /** Where there is no WebGL2. */
  readonly #canvases = new Canvases();

  constructor({ channel, number, solved }: Kept<Solved>, pins: readonly Pin[]) {
    this.renderer = sharedPainter() ? 'webgl2' : 'cpu';
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

  get accelerated(): boolean {
    return this.renderer === 'webgl2' && sharedPainter()?.accelerated === true;
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

  /** Other pictures in the places of these two, along the same field. */
  async repainted(
    pictures: readonly [ImageData, ImageData],
    options: CallOptions,
  ): Promise<SolvedMorph> {
    this.#checkAlive();
    const number = nextNumber();
    const [a, b] = pictures.map(({ data, width, height }) => ({
      data: new Uint8ClampedArray(data),
      width,
      height,
    })) as [Raster, Raster];
    const request = { morph: number, of: this.#number, pictures: [a, b] as [Raster, Raster] };
    const transfer = [a.data.buffer, b.data.buffer];
    const solved = await this.#channel.call('repaint', request, options, transfer);
    return new SolvedMorph({ channel: this.#channel, number, solved }, this.#pins);
  }

  /** A frame at once, drawn by WebGL2; nothing where that is not what draws. */
  snapshot(t: number, options: FrameOptions = {}): ImageData | undefined {
    this.#checkAlive();
    const textures = this.#upload();
    if (!textures || !this.#painter) return undefined;
    const canvas = new OffscreenCanvas(this.width, this.height);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!context) return undefined;
    context.drawImage(this.#painter.draw(textures, times(t, options)), 0, 0);
    return context.getImageData(0, 0, this.width, this.height);
  }

  async frame(t: number, options: FrameOptions = {}): Promise<ImageData> {
    this.#checkAlive();
    const pixels = await this.#channel.call('frame', {
      morph: this.#number,
      ...times(t, options),
    });
    return new ImageData(pixels, this.width, this.height);
  }

  draw(canvas: HTMLCanvasElement | OffscreenCanvas, t: number, options: FrameOptions = {}): void {
    this.#checkAlive();
    const when = times(t, options);
    contextOf(canvas);
    const textures = this.#upload();
    if (textures && this.#painter) copied(this.#painter.draw(textures, when))(canvas);
    else void this.#canvases.draw(canvas, async () => shown(await this.frame(t, options)));
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#canvases.close();
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

function times(
  t: number,
  { shape = t, colour = t, path = 'straight', painted = 0 }: FrameOptions,
): { shape: number; colour: number; spiral: boolean } {
  for (const [name, value] of [
    ['t', t],
    ['shape', shape],
    ['colour', colour],
  ] as const) {
    if (!(value >= 0 && value <= 1))
      throw new SodaError('input', `${name} is ${String(value)}; it must be a number from 0 to 1`);
  }
  if (!['straight', 'spiral'].includes(path))
    throw new SodaError('input', `path is '${path}'; it must be 'straight' or 'spiral'`);
  if (painted !== 0)
    throw new SodaError('input', 'no model paints this morph; Soda.morph makes one that does');
  return { shape, colour, spiral: path === 'spiral' };
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
