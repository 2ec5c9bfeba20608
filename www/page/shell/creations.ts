import { type UseStore, createStore, del, entries, set, update } from 'idb-keyval';
import { newId } from '../parts/picture-store.js';

/**
 * A morph, an edit or a drawn picture that a person kept: how it looks, and the address that brings
 * it back.
 */
export interface Creation {
  readonly id: string;
  readonly name: string;
  readonly panel: string;
  /** The part of the address behind `#`. */
  readonly hash: string;
  readonly picture: Blob;
  /** When it was kept, in milliseconds since 1970. */
  readonly kept: number;
}

/** Things that a person kept, in the browser's database. */
export class Creations {
  #opened: UseStore | undefined;

  /** The newest first. Rejects where the browser stores nothing. */
  async all(): Promise<Creation[]> {
    const kept = (await entries<string, Creation>(this.#store)).map(([, creation]) => creation);
    return kept.sort((a, b) => b.kept - a.kept);
  }

  /** Rejects where the storage is full or refused. */
  async add(creation: Omit<Creation, 'id' | 'kept'>): Promise<Creation> {
    const whole = { ...creation, id: newId('kept'), kept: Date.now() };
    await set(whole.id, whole, this.#store);
    return whole;
  }

  rename(id: string, name: string): Promise<void> {
    return update<Creation>(
      id,
      (creation) => {
        if (!creation) throw new Error('this browser does not keep that any more');
        return { ...creation, name };
      },
      this.#store,
    );
  }

  remove(id: string): Promise<void> {
    return del(id, this.#store);
  }

  get #store(): UseStore {
    return (this.#opened ??= createStore('soda-creations', 'kept'));
  }
}
