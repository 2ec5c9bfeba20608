import { CACHE_PREFIX, MODEL_CACHE } from '../shared/cache-names.js';

/**
 * The kept copies of one model folder. They are named by the folder without its query, which may
 * hold a token, and weights by their hash too. Storage that is full, or that the browser does not
 * give, is no error: then nothing is kept.
 */
export class KeptFiles {
  readonly #cache: Cache | undefined;
  readonly #folder: URL;

  private constructor(cache: Cache | undefined, folder: URL) {
    this.#cache = cache;
    this.#folder = folder;
  }

  static async open(caches: CacheStorage | undefined, folder: URL): Promise<KeptFiles> {
    const cache = await caches?.open(MODEL_CACHE).catch(() => undefined);
    if (caches && cache) await removeOlder(caches).catch(() => undefined);
    return new KeptFiles(cache, folder);
  }

  async read(file: string, hash = ''): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      const response = await this.#cache?.match(this.#key(file, hash));
      return response && new Uint8Array(await response.arrayBuffer());
    } catch {
      return undefined;
    }
  }

  /** Keeps a file in the place of every other state of it. */
  async write(file: string, bytes: Uint8Array<ArrayBuffer>, hash = ''): Promise<void> {
    try {
      await this.remove(file);
      await this.#cache?.put(this.#key(file, hash), new Response(bytes.slice()));
    } catch {
      // The model works without a copy.
    }
  }

  async remove(file: string): Promise<void> {
    await this.#cache?.delete(this.#key(file, ''), { ignoreSearch: true });
  }

  #key(file: string, hash: string): string {
    const url = new URL(file, this.#folder);
    url.search = hash === '' ? '' : `?sha256=${hash}`;
    return url.href;
  }
}

/** What versions before this one kept, under other names. */
async function removeOlder(caches: CacheStorage): Promise<void> {
  const older = (await caches.keys()).filter(
    (name) => name.startsWith(CACHE_PREFIX) && name !== MODEL_CACHE,
  );
  await Promise.all(older.map((name) => caches.delete(name)));
}
