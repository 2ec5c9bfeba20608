import {
  type UseStore,
  createStore,
  del,
  entries,
  get,
  promisifyRequest,
  update,
} from 'idb-keyval';

/** Pictures that a person sorts into classes by examples, as they left it. */
export interface Project {
  readonly id: string;
  readonly name: string;
  readonly classes: readonly { readonly id: number; readonly name: string }[];
  /** Ids of the pictures, in order. */
  readonly pictures: readonly string[];
  /** Ids of pictures, each with that of the class it is an example of. */
  readonly examples: readonly (readonly [picture: string, classId: number])[];
  /** When it was changed, in milliseconds since 1970. */
  readonly changed: number;
}

/** More classes have no key to press. */
const MOST_CLASSES = 9;
const MOST_PICTURES = 100_000;
const LONGEST_NAME = 80;

/** What a file says of a project, as far as it makes sense; undefined where it makes none. */
export function readProject(value: unknown): Omit<Project, 'id' | 'changed'> | undefined {
  const { name, classes, pictures, examples } = (value ?? {}) as Record<string, unknown>;
  if (!Array.isArray(classes) || !Array.isArray(pictures) || !Array.isArray(examples))
    return undefined;
  const known = classes
    .map((each: unknown) => (each ?? {}) as Record<string, unknown>)
    .flatMap(({ id, name }) =>
      Number.isSafeInteger(id) && typeof name === 'string'
        ? [{ id: id as number, name: name.slice(0, LONGEST_NAME) }]
        : [],
    )
    .slice(0, MOST_CLASSES);
  const ids = new Set(known.map(({ id }) => id));
  return {
    name: typeof name === 'string' ? name.slice(0, LONGEST_NAME) : '',
    classes: known,
    pictures: pictures
      .slice(0, MOST_PICTURES)
      .filter((each: unknown): each is string => typeof each === 'string'),
    examples: examples
      .slice(0, MOST_PICTURES)
      .filter(
        (each: unknown): each is [string, number] =>
          Array.isArray(each) && typeof each[0] === 'string' && ids.has(each[1] as number),
      ),
  };
}

/** Projects in the browser's database, each kept as it changes. */
export class Projects {
  #opened: UseStore | undefined;
  /** What is being written, so that reading waits for it. */
  #writing: Promise<unknown> = Promise.resolve();

  /** The newest first. Rejects where the browser stores nothing. */
  async all(): Promise<Project[]> {
    await this.#writing;
    const kept = (await entries<string, Project>(this.#store)).map(([, project]) => project);
    return kept.sort((a, b) => b.changed - a.changed);
  }

  async find(id: string): Promise<Project | undefined> {
    await this.#writing;
    return get<Project>(id, this.#store);
  }

  /** Rejects where the storage is full or refused. */
  async keep(project: Omit<Project, 'changed'>): Promise<void> {
    const kept: Project = { ...project, changed: Date.now() };
    return this.#write(
      this.#store('readwrite', (store) => {
        store.put(kept, project.id);
        // What is not committed when the page is left at once is lost.
        store.transaction.commit();
        return promisifyRequest(store.transaction);
      }),
    );
  }

  async rename(id: string, name: string): Promise<void> {
    return this.#write(
      update<Project>(
        id,
        (project) => {
          if (!project) throw new Error('this browser does not keep that project any more');
          return { ...project, name };
        },
        this.#store,
      ),
    );
  }

  async remove(id: string): Promise<void> {
    return this.#write(del(id, this.#store));
  }

  /** Writing begins at once; the database does it in this order. */
  #write(written: Promise<void>): Promise<void> {
    this.#writing = Promise.allSettled([this.#writing, written]);
    return written;
  }

  get #store(): UseStore {
    return (this.#opened ??= createStore('soda-projects', 'projects'));
  }
}
