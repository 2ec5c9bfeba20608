import {
  type CallOptions,
  type DecodeOptions,
  type Morph,
  type Picture,
  type Soda,
  SodaError,
  morph,
} from '../index.js';
import type { ReflectedElement } from './reflected-element.js';

const MOST_FRAMES = 1000;

// Whether the page has the matcher: a morph by it is solved at once then.
let matcherLoaded = false;

/** @throws SodaError 'input' where there cannot be so many */
export function checkFrames(frames: number): void {
  if (!Number.isInteger(frames) || frames < 2 || frames > MOST_FRAMES) {
    throw new SodaError(
      'input',
      `frames is ${String(frames)}; it must be a whole number from 2 to ${String(MOST_FRAMES)}`,
    );
  }
}

/**
 * The originals brought together; while the matcher is on its way, first by hand-made features, if
 * there is `nothingYet` to play with.
 */
export async function* originals(
  ends: readonly [Picture, Picture],
  nothingYet: boolean,
  { signal, onProgress }: CallOptions,
): AsyncGenerator<Morph> {
  if (!matcherLoaded && nothingYet) yield await morph(...ends, { signal, features: 'plain' });
  const best = await morph(...ends, { signal, onProgress });
  matcherLoaded = best.features === 'semantic';
  yield best;
}

/** The model's own way from one picture to the other, frame by frame, as an element wants it. */
export async function* paintedFrames(
  soda: Soda,
  ends: readonly [Picture, Picture],
  { steps, seed, view, frames, size = soda.config.renderedSize }: ReflectedElement,
  calls: CallOptions,
): AsyncGenerator<ImageData> {
  const [a, b] = await soda.encode([...ends], calls);
  if (!a || !b) throw new SodaError('internal', 'no latents came back');
  const options: DecodeOptions = {
    ...(steps !== undefined && { steps }),
    ...(seed !== undefined && { seed }),
    ...(view !== '' && { view }),
    ...(size !== undefined && { size }),
  };
  yield* soda.interpolate(a, b, { ...options, frames, ...calls });
}
