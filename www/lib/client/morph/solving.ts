import { SodaError, aborted } from '../../shared/error.js';
import type { MorphJobs } from '../../shared/morph-protocol.js';
import type { Raster } from '../../shared/protocol.js';
import type { MorphOptions } from './api.js';
import { checkOptions } from './checks.js';
import { urlsOf } from './morph-urls.js';
import { type MorphChannel, nextNumber, sharedChannel } from './shared-channel.js';

/** The longer side of a frame unless it is given, in pixels. */
export const DEFAULT_SIZE = 512;

/** Pictures that the worker has brought together and keeps under a number. */
export interface Kept<T> {
  readonly channel: MorphChannel;
  readonly number: number;
  readonly solved: T;
}

/**
 * Has pictures read and brought together by the worker, by a job of this kind. `rest` is what that
 * job takes besides.
 *
 * @throws SodaError 'input', 'network', 'unsupported', 'aborted'
 */
export async function solveInWorker<K extends 'solve' | 'group'>(
  kind: K,
  read: () => Promise<Raster[]>,
  rest: Omit<MorphJobs[K]['request'], keyof MorphJobs['group']['request']>,
  options: MorphOptions,
): Promise<Kept<MorphJobs[K]['result']>> {
  const { size = DEFAULT_SIZE, fit = 'cover', features, signal, onProgress } = options;
  checkOptions(size, fit, features);
  if (signal?.aborted) throw aborted();
  const pictures = await read();
  const channel = sharedChannel(options.workerUrl);
  const number = nextNumber();
  const request = {
    ...rest,
    morph: number,
    urls: urlsOf(options, features === 'plain'),
    pictures,
    size,
    contain: fit === 'contain',
    mustMatch: features === 'semantic',
  } as MorphJobs[K]['request'];
  const transfer = pictures.map(({ data }) => data.buffer);
  try {
    const solved = await channel.call(kind, request, { signal, onProgress }, transfer);
    return { channel, number, solved };
  } catch (error) {
    // An aborted job may still be solved.
    channel.call('free', { morph: number }).catch(() => undefined);
    throw SodaError.from(error);
  }
}
