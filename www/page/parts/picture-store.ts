import { type UseStore, createStore, del, entries, get, set, update } from 'idb-keyval';
import type { Frame, Size } from './crop-frame.js';

/** A person's own picture, as it stays in this browser. */
export interface StoredPicture {
  readonly id: string;
  readonly name: string;
  readonly blob: Blob;
  readonly size?: Size;
  /** When it came, in milliseconds since 1970. */
  readonly added: number;
  /** What it was cropped from, and where. */
  readonly cropped?: { readonly from: string; readonly frame: Frame };
}

/** A person's own pictures in the browser's database, by ids that are never used again. */
export class PictureStore {
  #opened: UseStore | undefined;

  /** All of them, oldest first. Rejects where the browser stores nothing. */
  async all(): Promise<StoredPicture[]> {
    const stored = await entries<string, StoredPicture>(this.#store);
    return stored.map(([, picture]) => picture).sort((a, b) => a.added - b.added);
  }

  find(id: string): Promise<StoredPicture | undefined> {
    return get<StoredPicture>(id, this.#store);
  }

  /** Rejects where the storage is full or refused. */
  add(picture: StoredPicture): Promise<void> {
    return set(picture.id, picture, this.#store);
  }

  rename(id: string, name: string): Promise<void> {
    return update<StoredPicture>(
      id,
      (picture) => {
        if (!picture) throw new Error('this browser does not keep that picture any more');
        return { ...picture, name };
      },
      this.#store,
    );
  }

  remove(id: string): Promise<void> {
    return del(id, this.#store);
  }

  get #store(): UseStore {
    return (this.#opened ??= createStore('soda-pictures', 'own'));
  }
}

/** Names a thing for good: not even another tab or another day uses it again. */
export function newId(prefix: string): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return `${prefix}-${[...bytes].map((byte) => byte.toString(36).padStart(2, '0')).join('')}`;
}
