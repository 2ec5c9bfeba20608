import type { Entry, Gallery } from '../../parts/gallery.js';

/**
 * The pair the page opens with, and frames of its morph that were made ahead: they move before
 * anything is brought together.
 */
export interface Opening {
  from: Entry;
  to: Entry;
  frames: Ahead | undefined;
}

interface Pair {
  from: string;
  to: string;
}

const FOLDER = 'opening/';
let fetched: Promise<{ pair: Pair; frames: Ahead } | undefined> | undefined;

/**
 * Begins to fetch the frames, which need nothing else. `npm run opening` makes the files: two
 * gallery pictures by name, and the morph between them.
 */
export function fetchOpening(): typeof fetched {
  fetched ??= fetchFrames().catch(() => undefined);
  return fetched;
}

export async function loadOpening(gallery: Gallery | undefined): Promise<Opening | undefined> {
  if (!gallery) return undefined;
  const ahead = await fetchOpening();
  const from = gallery.find(ahead?.pair.from) ?? gallery.entries[0];
  const to = gallery.find(ahead?.pair.to) ?? gallery.entries[1];
  if (!from || !to) return undefined;
  return { from, to, frames: ahead?.frames };
}

/** Resolves once the first frames are there. */
async function fetchFrames(): Promise<{ pair: Pair; frames: Ahead }> {
  const [pair, first, rest] = ['opening.json', 'first.webp', 'rest.webp'].map(async (file) => {
    const response = await fetch(FOLDER + file);
    if (!response.ok) throw new Error(`${file}: ${String(response.status)}`);
    return response.blob();
  }) as [Promise<Blob>, Promise<Blob>, Promise<Blob>];
  rest.catch(() => undefined); // Without them only the first ones are shown.
  const frames = new Ahead(new Strip(await createImageBitmap(await first)), rest);
  return { pair: JSON.parse(await (await pair).text()) as Pair, frames };
}

/** The frames that were made ahead: the first few, decoded at once, and the rest. */
export class Ahead {
  readonly #first: Strip;
  #rest: Strip | undefined;
  /** When all are there; rejects where the rest cannot be had. */
  readonly whole: Promise<void>;

  constructor(first: Strip, rest: Promise<Blob>) {
    this.#first = first;
    this.whole = rest.then(createImageBitmap).then((strip) => {
      this.#rest = new Strip(strip);
    });
    this.whole.catch(() => undefined);
  }

  /** What shows a place of the way, from 0 to 1. */
  at(place: number): ImageData | undefined {
    const first = this.#first.length;
    // Until the rest is there, nobody knows how many they are: as many as an opening has.
    const length = first + (this.#rest?.length ?? 4 * first);
    const index = Math.round(place * (length - 1));
    return index < first ? this.#first.frame(index) : this.#rest?.frame(index - first);
  }
}

/**
 * Square frames side by side; each is read when it is first shown, since reading all takes long.
 */
class Strip {
  readonly length: number;
  readonly #strip: ImageBitmap;
  readonly #frames = new Map<number, ImageData>();
  readonly #context: OffscreenCanvasRenderingContext2D | null;

  constructor(strip: ImageBitmap) {
    this.length = Math.round(strip.width / strip.height);
    this.#strip = strip;
    this.#context = new OffscreenCanvas(strip.height, strip.height).getContext('2d', {
      willReadFrequently: true,
    });
  }

  /** @param index from 0 */
  frame(index: number): ImageData | undefined {
    const kept = this.#frames.get(index);
    if (kept || !this.#context) return kept;
    const side = this.#strip.height;
    this.#context.clearRect(0, 0, side, side);
    this.#context.drawImage(this.#strip, index * side, 0, side, side, 0, 0, side, side);
    const frame = this.#context.getImageData(0, 0, side, side);
    this.#frames.set(index, frame);
    return frame;
  }
}
