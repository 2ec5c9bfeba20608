import type { Latent, Soda } from 'soda-morph';
import { describe } from 'soda-morph/recognition';
import type { Pick, Pictures } from '../../parts/pictures.js';
import { asSodaError } from '../../shell/engine.js';
import { Atlas } from './atlas.js';
import type { Source } from './sources.js';

/** Pictures read and encoded at a time. */
const AT_ONCE = 16;
/**
 * Pictures decoded at a time: each is whole in memory for a moment, 200 MB where it has 48
 * megapixels.
 */
const DECODED_AT_ONCE = 4;
/** Pixels of the shorter side that are kept of a picture while it is read. */
const KEPT_SIDE = 512;
/**
 * What the model is given is at most this many times its size: photographs need not be kept whole.
 */
const OVERSIZE = 4;

/** A picture that could be read. */
export interface Item {
  /** Within its source, for addresses. */
  readonly id: string;
  readonly name: string;
  readonly from: Blob | string;
  latent: Latent | undefined;
  /** What the matcher sees in it, whatever the model; absent where the matcher cannot be had. */
  described: Float32Array | undefined;
}

/** The pictures of one source, read bit by bit. */
export class Collection {
  readonly source: Source;
  readonly items: Item[] = [];
  readonly refused: string[] = [];
  readonly atlas: Atlas;
  readonly #pictures: Pictures;
  readonly #owned = new Map<string, Pick>();
  /** Entries looked at so far. */
  #read = 0;
  #noMatcher = false;

  constructor(source: Source, pictures: Pictures) {
    this.source = source;
    this.#pictures = pictures;
    this.atlas = new Atlas(source.entries.length);
  }

  get isRead(): boolean {
    return this.#read === this.source.entries.length;
  }

  find(id: string | undefined): number {
    return id === undefined ? -1 : this.items.findIndex((item) => item.id === id);
  }

  /** A picture for the other panels to work with. */
  pick(item: Item): Pick {
    const shared =
      this.source.id === undefined ? this.#pictures.find(item.id) : this.#owned.get(item.id);
    if (shared) return shared;
    if (typeof item.from === 'string') throw new Error(`${item.name} is no longer in the gallery`);
    const pick = this.#pictures.add(item.from, item.name);
    this.#owned.set(item.id, pick);
    return pick;
  }

  /** What has not been read never will be. */
  leaveRest(): void {
    this.#read = this.source.entries.length;
  }

  /** The model is another one, or has learnt. */
  forgetLatents(): void {
    for (const item of this.items) item.latent = undefined;
  }

  /**
   * Reads and encodes whatever has not been; after an abort it can be called again, and goes on.
   * Without a model pictures are only read, to be looked at. `tick` hears of every few pictures.
   */
  async load(soda: Soda | undefined, signal: AbortSignal, tick: () => void): Promise<void> {
    const { entries } = this.source;
    const waiting = soda ? this.items.filter(({ latent }) => !latent) : [];
    for (let start = 0; start < waiting.length && soda; start += AT_ONCE) {
      const some = waiting.slice(start, start + AT_ONCE);
      const rasters = await fewAtATime(some, async ({ from }) => {
        const picture = await raster(from);
        const squares = picture?.for(soda.config.size);
        picture?.bitmap.close();
        return squares;
      });
      if (signal.aborted) return;
      await this.#encode(soda, some, rasters, signal);
      tick();
    }
    while (!this.isRead) {
      const start = this.#read;
      const some = entries.slice(start, start + AT_ONCE);
      const read = await fewAtATime(some, ({ from }) => raster(from));
      if (signal.aborted) return;
      const added: Item[] = [];
      const rasters: (Squares | undefined)[] = [];
      for (const [i, { id, name, from }] of some.entries()) {
        const picture = read[i];
        if (!picture) {
          this.refused.push(name);
          continue;
        }
        const item: Item = { id, name, from, latent: undefined, described: undefined };
        this.atlas.put(this.items.length + added.length, picture.bitmap);
        added.push(item);
        rasters.push(soda ? picture.for(soda.config.size) : undefined);
        picture.bitmap.close();
      }
      this.items.push(...added);
      this.#read += some.length;
      if (soda) await this.#encode(soda, added, rasters, signal);
      tick();
    }
  }

  async #encode(
    soda: Soda,
    items: readonly Item[],
    rasters: readonly (Squares | undefined)[],
    signal: AbortSignal,
  ): Promise<void> {
    const pairs = items.flatMap((item, i) => (rasters[i] ? [{ item, raster: rasters[i] }] : []));
    const [small, large] = [
      pairs.map(({ raster }) => raster.small),
      pairs.map(({ raster }) => raster.large),
    ];
    try {
      const [latents, described] = await Promise.all([
        soda.encode(small, { corrected: false, signal }),
        this.#describe(large, signal),
      ]);
      pairs.forEach(({ item }, i) => {
        item.latent = latents[i];
        item.described = described[i];
      });
    } catch (thrown) {
      if (asSodaError(thrown).code !== 'aborted') throw thrown;
    }
  }

  /** None where the matcher cannot be had: pictures are compared by their latents then. */
  async #describe(
    pixels: readonly ImageData[],
    signal: AbortSignal,
  ): Promise<readonly Float32Array[]> {
    if (this.#noMatcher) return [];
    try {
      return await describe(pixels, { signal });
    } catch (thrown) {
      const { code } = asSodaError(thrown);
      if (code !== 'network' && code !== 'weights') throw thrown;
      this.#noMatcher = true;
      return [];
    }
  }
}

/** The middle square of a picture: for the model, and for the matcher. */
interface Squares {
  small: ImageData;
  large: ImageData;
}

interface Raster {
  bitmap: ImageBitmap;
  /** For a model of this size. */
  for: (size: number) => Squares;
}

/** A picture read once, for the map and for the model; undefined where it is none. */
async function raster(from: Blob | string): Promise<Raster | undefined> {
  try {
    const blob = typeof from === 'string' ? await (await fetch(from)).blob() : from;
    const bitmap = /^image\/svg\+xml\b/i.test(blob.type)
      ? await drawing(blob)
      : await reduced(await createImageBitmap(blob));
    return {
      bitmap,
      for: (size) => ({ small: square(bitmap, OVERSIZE * size), large: square(bitmap, KEPT_SIDE) }),
    };
  } catch {
    return undefined;
  }
}

/** The middle square, of at most so many pixels. */
function square(bitmap: ImageBitmap, most: number): ImageData {
  const edge = Math.min(bitmap.width, bitmap.height);
  const side = Math.min(edge, most);
  const context = new OffscreenCanvas(side, side).getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('no canvas to read pictures with');
  context.imageSmoothingQuality = 'high';
  context.drawImage(
    bitmap,
    (bitmap.width - edge) / 2,
    (bitmap.height - edge) / 2,
    edge,
    edge,
    0,
    0,
    side,
    side,
  );
  return context.getImageData(0, 0, side, side);
}

/** A picture whose shorter side is at most KEPT_SIDE. */
async function reduced(bitmap: ImageBitmap): Promise<ImageBitmap> {
  const scale = KEPT_SIDE / Math.min(bitmap.width, bitmap.height);
  if (scale >= 1) return bitmap;
  try {
    const [resizeWidth, resizeHeight] = [
      Math.round(bitmap.width * scale),
      Math.round(bitmap.height * scale),
    ];
    return await createImageBitmap(bitmap, { resizeWidth, resizeHeight, resizeQuality: 'high' });
  } finally {
    bitmap.close();
  }
}

/** Results in the order of `all`, with few of them under way at any time. */
async function fewAtATime<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = all.entries();
  const next = async (): Promise<void> => {
    for (const [i, one] of waiting) results[i] = await work(one);
  };
  await Promise.all(Array.from({ length: DECODED_AT_ONCE }, next));
  return results;
}

/** createImageBitmap takes no SVG file. */
async function drawing(blob: Blob): Promise<ImageBitmap> {
  const url = URL.createObjectURL(blob);
  try {
    const image = new Image(256, 256);
    image.src = url;
    await image.decode();
    return await createImageBitmap(image, { resizeWidth: 256, resizeHeight: 256 });
  } finally {
    URL.revokeObjectURL(url);
  }
}
