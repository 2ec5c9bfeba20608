import {
  type UseStore,
  createStore,
  del,
  delMany,
  get,
  getMany,
  keys,
  set,
  setMany,
} from 'idb-keyval';
import type { World } from '../parts/world.js';
import type { KeptFiles } from './kept.js';

/** A lesson that has not come to its end, as the list shows it. */
export interface Draft {
  readonly id: string;
  /** What the model will be called. */
  readonly name: string;
  /** When it was last kept, in milliseconds since 1970. */
  readonly kept: number;
  readonly done: number;
  readonly steps: number;
  /** Pictures a step, where memory asked for fewer than usual. */
  readonly batch?: number;
  readonly pictures: number;
  /** What it started from. */
  readonly model: { readonly id: string; readonly name: string; readonly world: World };
}

/** What a lesson is about, which does not change while it goes on. */
export interface DraftPicture {
  /** Of a gallery picture, found again by it; absent for a person's own. */
  id?: string;
  name: string;
  source: Blob | string;
  /** As the model painted it before the lesson. */
  before: ImageData;
}

/** What has been learnt so far. */
export interface DraftState {
  losses: readonly number[];
  files: KeptFiles;
}

/**
 * Lessons under way, kept now and then: a closed tab costs the steps since then and not the lesson.
 * Where the browser stores nothing there are none. A lesson that another tab is busy with is not
 * listed.
 */
export class Drafts {
  #opened: UseStore | undefined;
  /** Those whose pictures are stored already. */
  readonly #begun = new Set<string>();
  /** Writes come one after another: what is removed must not come back. */
  #written: Promise<unknown> = Promise.resolve();

  /** The latest first. */
  async list(): Promise<Draft[]> {
    const ids = (await keys<string>(this.#store)).filter((key) => key.startsWith('about:'));
    const busy = await locked();
    const drafts = (await getMany<Draft | undefined>(ids, this.#store)).filter(
      (draft) => draft !== undefined,
    );
    return drafts.filter(({ id }) => !busy.has(lockOf(id))).sort((a, b) => b.kept - a.kept);
  }

  /** Keeps what there is of a lesson now. `pictures` is asked for the first time only. */
  keep(draft: Draft, state: DraftState, pictures: () => readonly DraftPicture[]): Promise<void> {
    return this.#write(async () => {
      if (!this.#begun.has(draft.id)) await set(`pictures:${draft.id}`, pictures(), this.#store);
      this.#begun.add(draft.id);
      // Only what changes: a checkpoint has the pictures of before as well.
      const { losses, files } = state;
      await setMany(
        [
          [`state:${draft.id}`, { losses, files }],
          [`about:${draft.id}`, draft],
        ],
        this.#store,
      );
    });
  }

  /** What is kept of a lesson, if anything is. */
  async find(id: string): Promise<Draft | undefined> {
    await this.#written;
    return get<Draft>(`about:${id}`, this.#store);
  }

  async open(
    id: string,
  ): Promise<{ pictures: readonly DraftPicture[]; state: DraftState } | undefined> {
    const pictures = await get<DraftPicture[]>(`pictures:${id}`, this.#store);
    const state = await get<DraftState>(`state:${id}`, this.#store);
    if (!pictures || !state) return undefined;
    this.#begun.add(id);
    return { pictures, state };
  }

  remove(id: string): Promise<void> {
    return this.#write(async () => {
      this.#begun.delete(id);
      await del(`about:${id}`, this.#store);
      await delMany([`state:${id}`, `pictures:${id}`], this.#store);
    });
  }

  /**
   * Tells other tabs that this one is busy with it, until the function that comes back is called.
   */
  hold(id: string): () => void {
    let free: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      free = resolve;
    });
    void lockManager()
      ?.request(lockOf(id), () => held)
      .catch(() => undefined);
    return free;
  }

  #write(write: () => Promise<void>): Promise<void> {
    const written = this.#written.then(write);
    this.#written = written.catch(() => undefined);
    return written;
  }

  get #store(): UseStore {
    return (this.#opened ??= createStore('soda-lessons', 'drafts'));
  }
}

function lockOf(id: string): string {
  return `soda-lesson ${id}`;
}

async function locked(): Promise<ReadonlySet<string>> {
  const { held = [] } = (await lockManager()?.query()) ?? {};
  return new Set(held.map(({ name }) => name ?? ''));
}

/** Only pages that are served safely have one. */
function lockManager(): LockManager | undefined {
  return (navigator as { locks?: LockManager }).locks;
}
