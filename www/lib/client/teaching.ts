import type { CallOptions, SaveOptions, SavedModel, TrainEvent } from '../shared/api.js';
import { SodaError } from '../shared/error.js';
import type { Raster, TeachOptions } from '../shared/protocol.js';
import type { Channel } from './channel.js';

/** Steps that the pace is averaged over. */
const PACE = 8;

/** Lessons of this page are numbered, so that each ends only itself. */
let lessons = 0;

/**
 * Asks for one step after another, as the consumer asks for events: not asking is pausing. Leaving
 * the loop ends the lesson; the engine keeps what it has learnt.
 */
export async function* teach(
  channel: Channel,
  pictures: Raster[],
  options: TeachOptions,
  previewEvery: number,
  toImage: (pixels: Uint8ClampedArray) => ImageData,
  { signal, onProgress }: CallOptions,
): AsyncGenerator<TrainEvent, void, undefined> {
  const { steps } = options;
  const lesson = ++lessons;
  const transfer = pictures.map(({ data }) => data.buffer);
  try {
    const room = await channel.call('teach', { lesson, pictures, options }, { signal, transfer });
    const pace = new Pace();
    for (let next = 1; next <= steps; next++) {
      const preview = previewEvery > 0 && next % previewEvery === 0;
      const { step, loss, seconds, previews } = await channel.call(
        'teachStep',
        { lesson, preview },
        { signal },
      );
      onProgress?.({ stage: 'train', done: step, total: steps });
      yield { kind: 'step', step, steps, loss, secondsPerStep: pace.after(seconds), ...room };
      if (preview) yield { kind: 'preview', step, pictures: previews.map(toImage) };
    }
    yield { kind: 'done', step: steps };
  } catch (thrown) {
    throw SodaError.from(thrown);
  } finally {
    // A step that an abort did not wait for ends first; a closed channel has ended everything.
    await channel.call('teachEnd', { lesson }).catch(() => undefined);
  }
}

/** The model's two files as they are now. */
export async function save(
  channel: Channel,
  { dtype = 'f16', signal }: SaveOptions,
): Promise<SavedModel> {
  // Callers without types may pass any string.
  if (!['f16', 'f32'].includes(dtype))
    throw new SodaError('input', `dtype is '${dtype}'; it must be 'f16' or 'f32'`);
  const { config, weights } = await channel.call('save', { half: dtype === 'f16' }, { signal });
  return {
    config: new Blob([config], { type: 'application/json' }),
    weights: new Blob([weights], { type: 'application/octet-stream' }),
  };
}

/**
 * What a step takes. The first one, which compiles shaders and warms up code, counts only until
 * there is a second.
 */
export class Pace {
  readonly #last: number[] = [];
  #steps = 0;

  /** Notes a step of so many seconds and gives the mean of the last ones. */
  after(seconds: number): number {
    if (this.#steps++ === 1) this.#last.pop();
    this.#last.push(seconds);
    if (this.#last.length > PACE) this.#last.shift();
    return this.#last.reduce((sum, each) => sum + each, 0) / this.#last.length;
  }
}
