import {
  type UseStore,
  createStore,
  del,
  delMany,
  get,
  getMany,
  keys,
  setMany,
  update,
} from 'idb-keyval';
import type { World } from '../parts/world.js';

/** A model that stays in this browser: what is known of it without opening its files. */
export interface KeptModel {
  /** `own-…`, for addresses. */
  readonly id: string;
  readonly name: string;
  /** When it was kept, in milliseconds since 1970. */
  readonly kept: number;
  /** The gallery that suits it. */
  readonly world: World;
  /** The name of the model it was taught from; absent where it came from files. */
  readonly base?: string;
  /** The lesson that made it: mean PSNR over its pictures before and after, in dB. */
  readonly lesson?: {
    readonly pictures: number;
    readonly steps: number;
    readonly before: number;
    readonly after: number;
  };
  /** Why the browser would not store it, where it would not: it then lasts as long as the page. */
  readonly held?: string;
}

/** The two files of a model. */
export interface KeptFiles {
  config: Blob;
  weights: Blob;
}

/**
 * A picture of a lesson: as the networks see it, and as it was painted before and after. PSNR in
 * dB.
 */
export interface Compared {
  name: string;
  wanted: Blob;
  before: { picture: Blob; psnr: number };
  after: { picture: Blob; psnr: number };
}

interface Whole {
  about: KeptModel;
  files: KeptFiles;
  compared: readonly Compared[];
}

/** Models kept in the browser's database, which survive a reload; where it refuses, in memory. */
export class Kept {
  #opened: UseStore | undefined;
  readonly #held = new Map<string, Whole>();

  /** All that are kept, oldest first. */
  async list(): Promise<KeptModel[]> {
    const held = [...this.#held.values()].map(({ about }) => about);
    return [...(await this.#stored().catch(() => [])), ...held].sort((a, b) => a.kept - b.kept);
  }

  /** Keeps a model with its files and, where it was taught here, what came of the lesson. */
  async add(
    model: Omit<KeptModel, 'id' | 'kept'>,
    files: KeptFiles,
    compared: readonly Compared[] = [],
  ): Promise<KeptModel> {
    const kept = Date.now();
    const about: KeptModel = { ...model, id: `own-${kept.toString(36)}`, kept };
    try {
      // Else the browser may clear it when space gets short. It may refuse, or wait for a person's
      // answer.
      (navigator.storage as StorageManager | undefined)?.persist().catch(() => false);
      await setMany(
        [
          [`files:${about.id}`, files],
          [`lesson:${about.id}`, compared],
          [`about:${about.id}`, about],
        ],
        this.#store,
      );
      return about;
    } catch (thrown) {
      const held = {
        ...about,
        held: thrown instanceof Error && thrown.message !== '' ? thrown.message : String(thrown),
      };
      this.#held.set(about.id, { about: held, files, compared });
      return held;
    }
  }

  async files(id: string): Promise<KeptFiles> {
    const files = this.#held.get(id)?.files ?? (await get<KeptFiles>(`files:${id}`, this.#store));
    if (!files) throw gone();
    return files;
  }

  /** The lesson's pictures; empty for a model that came from files. */
  async compared(id: string): Promise<readonly Compared[]> {
    return (
      this.#held.get(id)?.compared ?? (await get<Compared[]>(`lesson:${id}`, this.#store)) ?? []
    );
  }

  async rename(id: string, name: string): Promise<void> {
    const held = this.#held.get(id);
    if (held) held.about = { ...held.about, name };
    else {
      await update<KeptModel>(
        `about:${id}`,
        (about) => {
          if (!about) throw gone();
          return { ...about, name };
        },
        this.#store,
      );
    }
  }

  async remove(id: string): Promise<void> {
    if (this.#held.delete(id)) return;
    // Without its entry a model is gone, whatever happens to the rest.
    await del(`about:${id}`, this.#store);
    await delMany([`files:${id}`, `lesson:${id}`], this.#store);
  }

  async #stored(): Promise<KeptModel[]> {
    const names = (await keys<string>(this.#store)).filter((key) => key.startsWith('about:'));
    return (await getMany<KeptModel | undefined>(names, this.#store)).filter(
      (model) => model !== undefined,
    );
  }

  get #store(): UseStore {
    return (this.#opened ??= createStore('soda-models', 'kept'));
  }
}

function gone(): Error {
  return new Error('this browser does not keep that model any more');
}
