import type { Soda } from 'soda-morph';
import { NOTES, SIDE, type Note, note, sound, spectrogram } from 'soda-morph/sound';
import { enlarge } from '../../parts/enlarge.js';
import { say } from './strings.js';

/** A sound with its picture. */
export interface Sound {
  /** Names it in a state: `note-bell`, `new-17`, or `mine-…`, which only this tab knows. */
  readonly id: string;
  readonly name: string;
  /** At 16 kHz. */
  readonly samples: Float32Array<ArrayBuffer>;
  /** What the model sees. */
  readonly picture: ImageData;
}

const [NOTE, FRESH, MINE] = ['note-', 'new-', 'mine-'] as const;

/** The sounds that there are: notes, what a model has drawn, and a person's own of this tab. */
export class Shelf {
  readonly #sounds = new Map<string, Sound>();

  /** The sound of an id; undefined where there is none, or not before a model draws it. */
  async find(id: string): Promise<Sound | undefined> {
    const known = this.#sounds.get(id);
    if (known) return known;
    const kind = noteOf(id);
    if (!kind) return undefined;
    const samples = await note(kind);
    return this.#keep({ id, name: say.notes[kind], samples, picture: await spectrogram(samples) });
  }

  /** A person's own. */
  async add(name: string, samples: Float32Array<ArrayBuffer>): Promise<Sound> {
    const id = MINE + crypto.randomUUID().slice(0, 8);
    return this.#keep({ id, name, samples, picture: await spectrogram(samples) });
  }

  /** Has a model draw the new sound of an id; undefined where it has no prior. */
  async draw(soda: Soda, id: string, signal: AbortSignal): Promise<Sound | undefined> {
    const known = this.#sounds.get(id);
    if (known) return known;
    const seed = seedOf(id);
    if (seed === undefined || !soda.config.prior) return undefined;
    const [drawn] = await soda.sample({ seed, signal });
    if (!drawn) return undefined;
    const picture = toSide(drawn.picture);
    return this.#keep({ id, name: say.fresh(seed), samples: await sound(picture), picture });
  }

  #keep(kept: Sound): Sound {
    this.#sounds.set(kept.id, kept);
    return kept;
  }
}

/** The id of a note. */
export function noteId(kind: Note): string {
  return NOTE + kind;
}

/** The id of the new sound of a seed. */
export function freshId(seed: number): string {
  return FRESH + String(seed);
}

/** The seed of a new sound; undefined for other ids. */
export function seedOf(id: string): number | undefined {
  const [, digits] = /^new-(\d{1,10})$/.exec(id) ?? [];
  const seed = Number(digits);
  return digits !== undefined && seed <= 0xffff_ffff ? seed : undefined;
}

/** Whether an id means something in this tab only. */
export function isMine(id: string): boolean {
  return id.startsWith(MINE);
}

/** A painted spectrogram as one of 64 × 64. */
export function toSide(picture: ImageData): ImageData {
  if (picture.width === SIDE) return picture;
  const canvas = enlarge(picture, SIDE);
  return canvas.getContext('2d')?.getImageData(0, 0, SIDE, SIDE) ?? new ImageData(SIDE, SIDE);
}

function noteOf(id: string): Note | undefined {
  return NOTES.find((kind) => noteId(kind) === id);
}
