import type { Latent, Soda } from 'soda-morph';
import type { Pick } from '../parts/pictures.js';
import { say } from '../parts/strings/common.js';
import { asSodaError } from './engine.js';
import type { App } from './panel.js';

/** What comes of work on a picture; undefined where the picture is refused, and `refused` told. */
export async function unlessRefused<T>(
  work: Promise<T>,
  refused: (message: string) => void,
): Promise<T | undefined> {
  try {
    return await work;
  } catch (thrown) {
    const error = asSodaError(thrown);
    if (error.code !== 'input') throw error;
    refused(error.message);
    return undefined;
  }
}

/**
 * The latent of a picture, with the progress on show; with `invert` also the noise that gives this
 * very picture back. Undefined where the picture is refused, and `refused` told.
 */
export function encodePick(
  { report, pictures }: App,
  soda: Soda,
  pick: Pick,
  { invert, signal }: { invert: boolean; signal: AbortSignal },
  refused: (message: string) => void,
): Promise<Latent | undefined> {
  const encoding = pictures.encode(soda, pick, {
    invert,
    signal,
    onProgress: (progress) => {
      report.progress(say.progress(progress), progress);
    },
  });
  return unlessRefused(encoding, refused);
}
