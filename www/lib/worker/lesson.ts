import { SodaError } from '../shared/error.js';
import type { Jobs, Raster, Room, Taught } from '../shared/protocol.js';
import type { Tuning } from './engine.js';
import { type Context, concat, finish, turn } from './jobs.js';
import type { Loaded } from './load.js';

/** Previews show so many of the pictures. */
const MOST_PREVIEWS = 4;

/**
 * More pictures at once save a GPU time; the CPU takes as long for each and would only need more
 * memory.
 */
const MOST_AT_ONCE = { cpu: 2, webgpu: 16 } as const;

/**
 * A fine-tuning: the engine becomes what has been learnt after every step, or what it was before if
 * that goes wrong.
 */
export class Lesson {
  readonly #loaded: Loaded;
  readonly #tuning: Tuning;
  /** The pictures that previews show, as the networks see them. */
  readonly #shown: Float32Array[];
  readonly room: Room;

  private constructor(loaded: Loaded, tuning: Tuning, shown: Float32Array[], room: Room) {
    this.#loaded = loaded;
    this.#tuning = tuning;
    this.#shown = shown;
    this.room = room;
  }

  static async begin(
    loaded: Loaded,
    { pictures, options }: Jobs['teach']['request'],
    context: Context,
  ): Promise<Lesson> {
    await turn(context.signal);
    const { engine } = loaded;
    const most = MOST_AT_ONCE[loaded.backend];
    const parts = partsThatFit(options.batchSize, most, (pictures) => fits(loaded, pictures));
    const room = {
      atOnce: Math.ceil(options.batchSize / parts),
      short: parts > Math.ceil(options.batchSize / most),
    };
    const album = engine.album();
    for (const { data, width, height } of pictures) album.add(data, width, height);
    const shown = pictures
      .slice(0, MOST_PREVIEWS)
      .map(({ data, width, height }: Raster) => engine.prepare(data, width, height));
    return new Lesson(loaded, await engine.tuning(album, { ...options, parts }), shown, room);
  }

  async step(preview: boolean, context: Context): Promise<Taught> {
    await turn(context.signal);
    const begun = performance.now();
    const { engine } = this.#loaded;
    let loss: number;
    try {
      loss = await this.#tuning.step();
      engine.adopt(this.#tuning);
    } catch (thrown) {
      // A loss that is no number: what led there is no good either.
      engine.restore(this.#tuning);
      throw thrown;
    }
    const step = this.#tuning.done;
    const previews = preview ? await this.#preview(context) : [];
    return { step, loss, seconds: (performance.now() - begun) / 1000, previews };
  }

  end(): void {
    this.#tuning.free();
  }

  async #preview({ signal }: Context): Promise<Uint8ClampedArray[]> {
    const { engine } = this.#loaded;
    const values = await engine.encode(concat(this.#shown), true);
    const pixels = await finish(
      engine.decoding(values, new Float32Array(0), {}),
      signal,
      { step: () => undefined },
      (painted) => painted.pixels(),
    );
    const length = pixels.length / this.#shown.length;
    return this.#shown.map((_, i) => pixels.slice(i * length, (i + 1) * length));
  }
}

/**
 * How many parts a batch has to be gone through in, so that each fits. The gradient is that of the
 * whole batch. Throws 'out-of-memory' where not even one picture fits.
 */
export function partsThatFit(
  batch: number,
  most: number,
  fits: (pictures: number) => boolean,
): number {
  for (let each = Math.min(batch, most); each >= 1; each = Math.floor(each / 2)) {
    if (fits(each)) return Math.ceil(batch / each);
  }
  throw new SodaError(
    'out-of-memory',
    'there is no memory to learn even one picture at a time; close other tabs, or take a ' +
      'smaller model',
  );
}

/** Graphics memory cannot be asked for: a quarter of the device's memory is taken to be ours. */
function fits({ engine, backend }: Loaded, pictures: number): boolean {
  if (backend === 'cpu') return engine.hasRoom(pictures);
  const gigabytes = (navigator as { deviceMemory?: number }).deviceMemory ?? 4;
  return engine.bytes(pictures) < (gigabytes / 4) * 2 ** 30;
}
