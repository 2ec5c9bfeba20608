import type { Gallery } from '../../parts/gallery.js';
import { say } from './strings.js';

/** More would make one map of nothing. */
const MOST = 2000;

/** Where the pictures of a map come from. */
export interface Source {
  /** For addresses: absent for the gallery, else something that holds for this tab. */
  readonly id: string | undefined;
  readonly name: string;
  /** How many pictures were offered, where these are not all. */
  readonly offered?: number;
  readonly entries: readonly {
    readonly id: string;
    readonly name: string;
    readonly from: Blob | string;
  }[];
}

/**
 * Whose pictures can be on the map: the gallery's, and what a person opened, for as long as the tab
 * lives, so that undo finds it.
 */
export class Sources {
  readonly #own = new Map<string, Source>();

  gallery(gallery: Gallery | undefined): Source {
    const entries =
      gallery?.entries.map((entry) => ({
        id: entry.id,
        name: entry.name,
        from: gallery.url(entry),
      })) ?? [];
    return { id: undefined, name: say.gallery, entries };
  }

  /** Files, of which the first `MOST` are taken. */
  open(files: readonly File[], folder: string): Source {
    const id = `own-${String(this.#own.size + 1)}`;
    const entries = files
      .slice(0, MOST)
      .map((file, i) => ({ id: String(i + 1), name: file.name, from: file }));
    const source = { id, name: say.own(folder), entries, offered: files.length };
    this.#own.set(id, source);
    return source;
  }

  find(id: string | undefined): Source | undefined {
    return id === undefined ? undefined : this.#own.get(id);
  }
}
