import { RATE, excerpt } from 'soda-morph/sound';
import { say } from './strings.js';

/** Bytes of a file at most: browsers decode all of it at once. */
const MOST_BYTES = 8_000_000;

/** Why a sound is refused, in words for people. */
export class Refusal extends Error {}

/**
 * The part of a sound file that is made into a picture: one channel at 16 kHz. Anything that the
 * browser decodes; channels are averaged.
 *
 * @throws Refusal where it is empty, too large, no sound or silent; SodaError where the module of
 *   sounds does not come
 */
export async function readSound(file: Blob, name: string): Promise<Float32Array<ArrayBuffer>> {
  if (file.size === 0) throw new Refusal(say.trouble.empty(name));
  if (file.size > MOST_BYTES) throw new Refusal(say.trouble.large(name, file.size));
  // Decoding resamples to the rate of the context.
  const context = new OfflineAudioContext(1, 1, RATE);
  let decoded: AudioBuffer;
  try {
    decoded = await context.decodeAudioData(await file.arrayBuffer());
  } catch {
    throw new Refusal(say.trouble.noSound(name));
  }
  const mono = averaged(decoded);
  if (mono.length === 0 || mono.every((sample) => sample === 0))
    throw new Refusal(say.trouble.silent(name));
  return excerpt(mono);
}

function averaged(buffer: AudioBuffer): Float32Array<ArrayBuffer> {
  const { length, numberOfChannels } = buffer;
  const mono = new Float32Array(length);
  for (let channel = 0; channel < numberOfChannels; channel++)
    buffer.getChannelData(channel).forEach((sample, i) => {
      mono[i] = (mono[i] ?? 0) + sample / numberOfChannels;
    });
  return mono;
}
