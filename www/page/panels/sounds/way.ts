import { type Latent, type Soda, interpolate } from 'soda-morph';
import { SAMPLES, sound, spectrogram } from 'soda-morph/sound';
import { type Sound, toSide } from './shelf.js';

/** What is heard between two sounds: the model's morph, or both mixed. */
export type Kind = 'morph' | 'mix';

/** Places of the slider, and every how many of them there is a step of the way. */
export const LAST_PLACE = 40;
export const STEP = 5;
export const PLACES: readonly number[] = Array.from(
  { length: LAST_PLACE / STEP + 1 },
  (_, i) => i * STEP,
);

/** The way from one sound to another; what was made of it is kept. */
export class Way {
  readonly from: Sound;
  readonly to: Sound;
  readonly #pictures = new Map<string, ImageData>();
  /** Made, or being made. */
  readonly #sounds = new Map<string, Promise<Float32Array<ArrayBuffer>>>();
  #ends: { soda: Soda; latents: readonly [Latent, Latent] } | undefined;

  constructor(from: Sound, to: Sound) {
    this.from = from;
    this.to = to;
  }

  /** A picture that was made before. */
  known(kind: Kind, place: number): ImageData | undefined {
    return this.#pictures.get(key(kind, place));
  }

  /** The spectrogram at a place; `soda` paints it where it is the morph's. */
  async picture(
    kind: Kind,
    place: number,
    soda: Soda | undefined,
    signal: AbortSignal,
  ): Promise<ImageData> {
    const known = this.known(kind, place);
    if (known) return known;
    const picture =
      kind === 'mix'
        ? await spectrogram(this.#mixed(place), { signal })
        : await this.#painted(place, soda, signal);
    this.#pictures.set(key(kind, place), picture);
    return picture;
  }

  /** The sound at a place, at 16 kHz. */
  sound(
    kind: Kind,
    place: number,
    soda: Soda | undefined,
    signal: AbortSignal,
  ): Promise<Float32Array<ArrayBuffer>> {
    const name = key(kind, place);
    const known = this.#sounds.get(name);
    if (known) return known;
    const made =
      kind === 'mix'
        ? Promise.resolve(this.#mixed(place))
        : this.picture(kind, place, soda, signal).then((picture) => sound(picture, { signal }));
    this.#sounds.set(name, made);
    // What failed, or was ended, may be made the next time.
    made.catch(() => this.#sounds.delete(name));
    return made;
  }

  async #painted(place: number, soda: Soda | undefined, signal: AbortSignal): Promise<ImageData> {
    if (!soda) throw new Error('there is no model to paint with');
    if (this.#ends?.soda !== soda) {
      const [a, b] = await soda.encode([this.from.picture, this.to.picture], { signal });
      if (!a || !b) throw new Error('a sound has no latent');
      this.#ends = { soda, latents: [a, b] };
    }
    const [a, b] = this.#ends.latents;
    const t = place / LAST_PLACE;
    const between = interpolate([a, b], [1 - t, t], soda.config.interpolation);
    const [painted] = await soda.decode(between, { signal });
    if (!painted) throw new Error('nothing was painted');
    return toSide(painted);
  }

  /** Both sounds at once. */
  #mixed(place: number): Float32Array<ArrayBuffer> {
    const share = place / LAST_PLACE;
    const [a, b] = [this.from.samples, this.to.samples];
    return Float32Array.from(
      { length: SAMPLES },
      (_, i) => (1 - share) * (a[i] ?? 0) + share * (b[i] ?? 0),
    );
  }
}

/** Sounds one after another. */
export function joined(sounds: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const all = new Float32Array(sounds.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const each of sounds) {
    all.set(each, start);
    start += each.length;
  }
  return all;
}

function key(kind: Kind, place: number): string {
  return `${kind} ${String(place)}`;
}
