import type { World } from '../parts/world.js';
import type { BackendChoice, LoadableModel, Model } from './engine.js';
import { Kept, type KeptModel } from './kept.js';

/** Models of pictures that come with the page. */
const SHIPPED: readonly Model[] = [
  { id: 'emoji64', name: 'Emoji', world: 'emoji', source: folder('models/emoji64/') },
  { id: 'avatars64', name: 'Avatars', world: 'avatars', source: folder('models/avatars64/') },
  { id: 'faces64', name: 'Faces', world: 'faces', source: folder('models/faces64/') },
];
/** The model of sounds, which comes with the page, too. */
const NOTES: LoadableModel = { id: 'notes64', name: 'Notes', source: folder('models/notes64/') };

/**
 * All models of pictures to choose from: the one asked for in the address, those that come with
 * the page, those kept in this browser.
 */
export class Models {
  readonly kept = new Kept();
  /** The model of sounds; whoever asks for a model in the address means this one, too. */
  readonly sounds: LoadableModel;
  readonly #fixed: readonly Model[];
  readonly #listeners = new Set<() => void>();
  #own: readonly KeptModel[] = [];

  constructor(asked: Model | undefined) {
    this.#fixed = asked ? [asked, ...SHIPPED] : SHIPPED;
    this.sounds = asked ?? NOTES;
  }

  get all(): Model[] {
    return [...this.#fixed, ...this.#own.map((about) => this.#model(about))];
  }

  /** The one a page without any wish gets. */
  get first(): Model {
    const [first] = this.#fixed;
    if (!first) throw new Error('no models');
    return first;
  }

  /** The model of this id; the first where there is none. */
  named(id: string | undefined): Model {
    return this.find(id) ?? this.first;
  }

  find(id: string | undefined): Model | undefined {
    return this.all.find((model) => model.id === id);
  }

  /** What is known of a kept model; undefined for one that is not kept here. */
  about(id: string): KeptModel | undefined {
    return this.#own.find((about) => about.id === id);
  }

  /** Reads again which models are kept. Without storage there are none. */
  async refresh(): Promise<void> {
    this.#own = await this.kept.list().catch(() => []);
    for (const listener of this.#listeners) listener();
  }

  /** Calls back whenever the list may have changed; what it gives ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  #model({ id, name, world, base }: KeptModel): Model {
    return { id, name, world, guessed: base === undefined, source: () => this.kept.files(id) };
  }
}

/** `?model=` a folder of this site and `?backend=`, for trying things out. */
export function asked(): { model: Model | undefined; backend: BackendChoice } {
  const query = new URLSearchParams(location.search);
  const path = query.get('model');
  const source = path === null ? undefined : folder(path);
  const backend = query.get('backend');
  return {
    model:
      source?.origin === location.origin
        ? { id: 'asked', name: path ?? '', guessed: true, world: worldOf(source.pathname), source }
        : undefined,
    backend: backend === 'cpu' || backend === 'webgpu' ? backend : 'auto',
  };
}

/** The world of a model, as far as its name tells. */
export function worldOf(name: string): World {
  return /avatar/i.test(name) ? 'avatars' : /face/i.test(name) ? 'faces' : 'emoji';
}

function folder(path: string): URL {
  return new URL(path, document.baseURI);
}
