import { type EncodeOptions, type Latent, type Soda, SodaError } from 'soda-morph';
import type { Frame, Size } from './crop-frame.js';
import type { Gallery } from './gallery.js';
import type { Pick } from './pick.js';
import { PictureStore, type StoredPicture, newId } from './picture-store.js';

export type { Pick } from './pick.js';

/** What is done about pictures that the model does not know. */
export interface Stranger {
  /** Whether a picture is far from what the model in use knows. */
  isStrange: (pick: Pick) => Promise<boolean>;
  /** Goes where it can be taught. */
  teach: (pick: Pick) => void;
}

/**
 * Pictures longer than this are shown by a smaller copy: two hundred photographs would fill the
 * memory.
 */
const LONGEST_SHOWN = 640;

/** Files larger than this, in bytes, are kept as a smaller copy. */
const LARGEST_KEPT = 4_000_000;
/** The longer side of that copy: no morph is larger. */
const LONGEST_KEPT = 2048;

/** All pictures in use: the gallery's, and a person's own, which this browser keeps. */
export class Pictures {
  gallery: Gallery | undefined;
  stranger: Stranger | undefined;
  readonly #own = new Map<string, Pick>();
  /** Those that an address carries. */
  readonly #coded = new Map<string, Pick>();
  readonly #store = new PictureStore();
  readonly #changes = new Set<() => void>();
  /** Hears of a picture that could not be kept, once a visit. */
  notKept: (name: string, reason: string) => void = () => undefined;
  #refused = false;
  #latents = new WeakMap<Soda, Map<string, Latent>>();
  readonly #onModel: (() => void)[] = [];
  #age = 0;
  #restoring: Promise<void> | undefined;

  /** Counts what the model has learnt: latents of another age no longer hold. */
  get age(): number {
    return this.#age;
  }

  /** Takes in a picture of the person's own. */
  add(source: Blob, name: string, size?: Size, shown = source): Pick {
    const pick: Pick = {
      id: newId('own'),
      name,
      source,
      url: URL.createObjectURL(shown),
      ...(size && { size }),
    };
    this.#own.set(pick.id, pick);
    void this.#keep(pick);
    this.#changed();
    return pick;
  }

  /** Finds the pictures of earlier visits, once. Without storage there are none. */
  restore(): Promise<void> {
    return (this.#restoring ??= this.#restore());
  }

  async #restore(): Promise<void> {
    const stored = await this.#store.all().catch(() => []);
    for (const picture of stored)
      if (!this.#own.has(picture.id)) this.#own.set(picture.id, this.#restored(picture));
    // They come before those of this visit, as they did in time.
    const order = new Map(stored.map(({ id }, i) => [id, i]));
    const sorted = [...this.#own].sort(
      ([a], [b]) => (order.get(a) ?? Infinity) - (order.get(b) ?? Infinity),
    );
    this.#own.clear();
    for (const [id, pick] of sorted) this.#own.set(id, pick);
    this.#changed();
  }

  /** Calls back whenever the own pictures change; what it gives ends that. */
  onChange(listener: () => void): () => void {
    this.#changes.add(listener);
    return () => {
      this.#changes.delete(listener);
    };
  }

  async rename(id: string, name: string): Promise<void> {
    const pick = this.#own.get(id);
    if (pick) this.#own.set(id, { ...pick, name });
    this.#changed();
    await this.#store.rename(id, name);
  }

  /** Deletes an own picture for good. */
  async remove(id: string): Promise<void> {
    const pick = this.#own.get(id);
    this.#own.delete(id);
    if (pick) URL.revokeObjectURL(pick.url);
    this.#changed();
    await this.#store.remove(id);
  }

  #restored({ id, name, blob, size, cropped }: StoredPicture): Pick {
    const from = cropped && this.#own.get(cropped.from);
    return {
      id,
      name,
      source: blob,
      url: URL.createObjectURL(blob),
      ...(size && { size }),
      ...(cropped && from && { cropped: { from, frame: cropped.frame } }),
    };
  }

  async #keep({ id, name, source, size, cropped }: Pick): Promise<void> {
    if (typeof source === 'string') return;
    try {
      const blob = source.size > LARGEST_KEPT ? await reduced(source) : source;
      await this.#store.add({
        id,
        name,
        blob,
        ...(size && { size }),
        added: Date.now(),
        ...(cropped && { cropped: { from: cropped.from.id, frame: cropped.frame } }),
      });
    } catch (thrown) {
      if (this.#refused) return;
      this.#refused = true;
      this.notKept(
        name,
        thrown instanceof Error && thrown.message !== '' ? thrown.message : String(thrown),
      );
    }
  }

  #changed(): void {
    for (const listener of this.#changes) listener();
  }

  /**
   * Takes in a picture that the model has painted, whose latent is known: it need not be encoded.
   */
  async painted(soda: Soda, picture: ImageData, name: string, latent: Latent): Promise<Pick> {
    const pick = this.add(await toBlob(picture), name);
    this.#known(soda).set(keyOf(pick, 'plain'), latent);
    if (latent.noise) this.#known(soda).set(keyOf(pick, 'exact'), latent);
    return pick;
  }

  /** The person's own pictures, and those that the model has painted, in the order they came. */
  get own(): Pick[] {
    return [...this.#own.values()];
  }

  /** Takes in a part of a picture. */
  crop(from: Pick, frame: Frame, picture: Blob): Pick {
    const side = Math.round(frame.side);
    const pick: Pick = {
      ...this.add(picture, from.name, { width: side, height: side }),
      cropped: { from, frame },
    };
    this.#own.set(pick.id, pick);
    void this.#keep(pick);
    return pick;
  }

  /** Calls back whenever another model is ready: what it knows is something else. */
  onModel(listener: () => void): void {
    this.#onModel.push(listener);
  }

  /** Another model is ready. */
  modelReady(): void {
    for (const listener of this.#onModel) listener();
  }

  /** As `add`, after checking that it is a picture the browser can read; undefined if not. */
  async read(source: Blob, name: string): Promise<Pick | undefined> {
    const url = URL.createObjectURL(source);
    try {
      const probe = new Image();
      probe.src = url;
      await probe.decode();
      const size = { width: probe.naturalWidth, height: probe.naturalHeight };
      return this.add(source, name, size, await smaller(probe, size));
    } catch {
      return undefined;
    } finally {
      URL.revokeObjectURL(url);
    }
  }

  /**
   * Stands in for a picture that an address carries as its latent, until the model has painted it.
   */
  expect(id: string, name: string): Pick {
    const known = this.#coded.get(id);
    if (known) return known;
    const nothing =
      '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8" width="64" height="64"/>';
    const pick: Pick = {
      id,
      name,
      source: new Blob([nothing], { type: 'image/svg+xml' }),
      url: `data:image/svg+xml,${encodeURIComponent(nothing)}`,
    };
    this.#coded.set(id, pick);
    return pick;
  }

  /** The model has painted such a picture. */
  async arrived(soda: Soda, id: string, picture: ImageData, latent: Latent): Promise<void> {
    const source = await toBlob(picture);
    const before = this.#coded.get(id);
    if (!before) return;
    const pick: Pick = { ...before, source, url: URL.createObjectURL(source) };
    if (before.url.startsWith('blob:')) URL.revokeObjectURL(before.url);
    this.#coded.set(id, pick);
    this.#known(soda).set(keyOf(pick, 'plain'), latent);
  }

  /** The picture with this id; undefined where there is none (any more). */
  find(id: string | undefined): Pick | undefined {
    if (id === undefined) return undefined;
    const coded = this.#coded.get(id);
    if (coded) return coded;
    const own = this.#own.get(id);
    if (own) return own;
    const entry = this.gallery?.find(id);
    return entry && this.gallery ? this.gallery.pick(entry) : undefined;
  }

  /**
   * Its latent: as painted, from the last time, or encoded now. With `invert` also the noise that
   * gives this very picture back; without `corrected` as it is compared, sooner.
   */
  async encode(
    soda: Soda,
    pick: Pick,
    { invert = false, corrected = true, signal, onProgress }: EncodeOptions = {},
  ): Promise<Latent> {
    const known = this.#known(soda);
    const key = keyOf(pick, invert ? 'exact' : corrected ? 'plain' : 'compared');
    const latent =
      known.get(key) ??
      (
        await soda.encode(pick.source, {
          invert,
          corrected,
          ...(signal && { signal }),
          ...(onProgress && { onProgress }),
        })
      )[0];
    if (!latent) throw new SodaError('internal', 'no latent came back');
    known.set(key, latent);
    return latent;
  }

  /** The model has learnt: latents from before no longer hold. */
  forgetLatents(): void {
    this.#latents = new WeakMap();
    this.#age++;
  }

  #known(soda: Soda): Map<string, Latent> {
    const known = this.#latents.get(soda) ?? new Map<string, Latent>();
    this.#latents.set(soda, known);
    return known;
  }
}

function keyOf(pick: Pick, kind: 'exact' | 'plain' | 'compared'): string {
  return `${kind} ${pick.id}`;
}

/** A copy for showing, where the picture is large. */
async function smaller(
  image: HTMLImageElement,
  { width, height }: Size,
): Promise<Blob | undefined> {
  const scale = LONGEST_SHOWN / Math.max(width, height);
  if (scale >= 1) return undefined;
  const canvas = new OffscreenCanvas(
    Math.max(1, Math.round(width * scale)),
    Math.max(1, Math.round(height * scale)),
  );
  const context = canvas.getContext('2d');
  if (!context) return undefined;
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob();
}

/** A copy that takes less room. */
async function reduced(source: Blob): Promise<Blob> {
  const bitmap = await createImageBitmap(source);
  try {
    const scale = Math.min(1, LONGEST_KEPT / Math.max(bitmap.width, bitmap.height));
    const canvas = new OffscreenCanvas(
      Math.max(1, Math.round(bitmap.width * scale)),
      Math.max(1, Math.round(bitmap.height * scale)),
    );
    const context = canvas.getContext('2d');
    if (!context) return source;
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return await canvas.convertToBlob({ type: 'image/webp', quality: 0.92 });
  } finally {
    bitmap.close();
  }
}

/** Pixels as a file, for keeping what the model painted. */
export async function toBlob(picture: ImageData): Promise<Blob> {
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  canvas.getContext('2d')?.putImageData(picture, 0, 0);
  return canvas.convertToBlob({ type: 'image/png' });
}
