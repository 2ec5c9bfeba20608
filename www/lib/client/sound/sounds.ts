import { SodaError } from '../../shared/error.js';
import type { SoundJobs } from '../../shared/sound-protocol.js';
import { sharedChannel, urlsOf } from './shared-channel.js';

/** Samples a second. */
export const RATE = 16_000;
/** Samples of a sound: 1.024 seconds. */
export const SAMPLES = 16_384;
/** Pixels of a spectrogram across and down. */
export const SIDE = 64;
/** What the synthesiser plays. */
export const NOTES = [
  'kick',
  'tom',
  'snare',
  'hat',
  'bell',
  'marimba',
  'string',
  'flute',
  'organ',
  'brass',
] as const;
/** Half a minute; `excerpt` looks at no more. */
const MOST_SAMPLES = 30 * RATE;

export type Note = (typeof NOTES)[number];

export interface SoundOptions {
  signal?: AbortSignal | undefined;
  /** The folder that holds `soda.js` and `soda_bg.wasm` of the sounds. */
  wasmUrl?: string | URL | undefined;
  /** The worker script `sound-worker.js`. */
  workerUrl?: string | URL | undefined;
}

/**
 * A note of the project's own synthesiser: `SAMPLES` at `RATE`.
 *
 * @throws SodaError 'input' (no such kind), 'network', 'unsupported', 'aborted'
 */
export async function note(
  kind: Note,
  options: SoundOptions = {},
): Promise<Float32Array<ArrayBuffer>> {
  if (!NOTES.includes(kind))
    throw new SodaError('input', `there is no note '${kind}'; there are ${NOTES.join(', ')}`);
  return call('note', { kind }, options);
}

/**
 * What is made into a picture: up to `SAMPLES`, of more those that follow the first sound. Half a
 * minute is looked at.
 *
 * @param samples one channel at `RATE`
 * @throws SodaError 'input' (no samples, or not numbers), 'network', 'unsupported', 'aborted'
 */
export async function excerpt(
  samples: Float32Array,
  options: SoundOptions = {},
): Promise<Float32Array<ArrayBuffer>> {
  return call('excerpt', { samples: checked(samples).subarray(0, MOST_SAMPLES) }, options);
}

/**
 * The log-mel spectrogram of a sound's first `SAMPLES`, as the models of sounds see it: grey,
 * `SIDE` pixels square, time from left to right, 40 Hz at the bottom, 8 kHz at the top, black for
 * −80 dB and less, white for a sine of full amplitude.
 *
 * @param samples one channel at `RATE`; what is missing to `SAMPLES` is silence
 * @throws SodaError 'input' (no samples, or not numbers), 'network', 'unsupported', 'aborted'
 */
export async function spectrogram(
  samples: Float32Array,
  options: SoundOptions = {},
): Promise<ImageData> {
  const request = { samples: checked(samples).subarray(0, SAMPLES) };
  return new ImageData(await call('spectrogram', request, options), SIDE, SIDE);
}

/**
 * A sound of `SAMPLES` at `RATE` with about this spectrogram. Phases are found by the Griffin–Lim
 * algorithm; a picture always gives the same sound.
 *
 * @param picture `SIDE` pixels square; channels are averaged
 * @throws SodaError 'input' (of another size), 'network', 'unsupported', 'aborted'
 */
export async function sound(
  picture: ImageData,
  options: SoundOptions = {},
): Promise<Float32Array<ArrayBuffer>> {
  const { data, width, height } = picture;
  if (width !== SIDE || height !== SIDE) {
    throw new SodaError(
      'input',
      `the picture is ${String(width)} × ${String(height)} pixels; a spectrogram is ` +
        `${String(SIDE)} × ${String(SIDE)}`,
    );
  }
  return call('sound', { rgba: data }, options);
}

/**
 * A WAV file of samples at `RATE`: one channel of 16 bits. What is louder than 1 is cut off.
 *
 * @throws SodaError 'input' (no samples, or not numbers), 'network', 'unsupported', 'aborted'
 */
export async function wav(samples: Float32Array, options: SoundOptions = {}): Promise<Blob> {
  const bytes = await call('wav', { samples: checked(samples) }, options);
  return new Blob([bytes], { type: 'audio/wav' });
}

async function call<K extends keyof SoundJobs>(
  kind: K,
  rest: Omit<SoundJobs[K]['request'], 'urls'>,
  { signal, wasmUrl, workerUrl }: SoundOptions,
): Promise<SoundJobs[K]['result']> {
  const request = { ...rest, urls: urlsOf(wasmUrl) } as SoundJobs[K]['request'];
  try {
    return await sharedChannel(workerUrl).call(kind, request, { signal });
  } catch (error) {
    throw SodaError.from(error);
  }
}

function checked(samples: Float32Array): Float32Array {
  if (samples.length === 0) throw new SodaError('input', 'there is no sound: it has no samples');
  const at = samples.findIndex((sample) => !Number.isFinite(sample));
  if (at !== -1) throw new SodaError('input', `sample ${String(at)} of the sound is not a number`);
  return samples;
}
