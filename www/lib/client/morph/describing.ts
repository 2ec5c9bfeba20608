import type { CallOptions } from '../../shared/api.js';
import { SodaError } from '../../shared/error.js';
import { type Picture, readPictures } from '../picture.js';
import { type MorphPlaces, urlsOf } from './morph-urls.js';
import { sharedChannel } from './shared-channel.js';

/** Pictures in memory at a time. */
const AT_ONCE = 8;
/** The network looks at 128 pixels; four times as many are shrunk well. */
const LONGEST = 512;

export type DescribeOptions = CallOptions & MorphPlaces;

/**
 * What is in pictures: 1,344 numbers each, from the first eleven blocks of EfficientNet-Lite0,
 * which has learnt kinds of things from ImageNet's photographs: the means of the maps within blocks
 * 9 and 10, of the middle square at 128 pixels, on white. No model is needed. The numbers have
 * units of their own: standardise them, as `NearestMean` does.
 *
 * @throws SodaError 'input', 'network', 'weights', 'unsupported', 'aborted'
 */
export async function describe(
  pictures: Picture | readonly Picture[],
  options: DescribeOptions = {},
): Promise<Float32Array[]> {
  const { signal, onProgress } = options;
  const all: readonly Picture[] = Array.isArray(pictures)
    ? (pictures as readonly Picture[])
    : [pictures as Picture];
  const urls = urlsOf(options);
  const described: Float32Array[] = [];
  try {
    for (let start = 0; start < all.length; start += AT_ONCE) {
      const rasters = await readPictures(all.slice(start, start + AT_ONCE), signal, LONGEST);
      const channel = sharedChannel(options.workerUrl);
      const request = { urls, pictures: rasters };
      described.push(
        ...(await channel.call(
          'describe',
          request,
          { signal, onProgress },
          rasters.map(({ data }) => data.buffer),
        )),
      );
      onProgress?.({ stage: 'encode', done: described.length, total: all.length });
    }
    return described;
  } catch (error) {
    throw SodaError.from(error);
  }
}
