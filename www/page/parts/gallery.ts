import { byId, icon, make } from './dom.js';
import { type Pick, markFull } from './pick.js';
import type { World } from './world.js';
import { say } from './strings/common.js';

/** A picture of a gallery, as gallery.json and faces.json list them. */
export interface Entry {
  id: string;
  name: string;
  file: string;
  style: string;
  attribution: string;
}

/** Another way to a picture than the gallery: a file, the camera, the clipboard. */
export interface OtherWay {
  label: string;
  act: () => void;
}

/** What the dialog offers besides the gallery. */
export interface Offer {
  ways?: readonly OtherWay[];
  /** A person's own pictures, the newest first. */
  own?: readonly Pick[];
}

const FOLDER = 'gallery/';
/** The list of each world's pictures. */
const LISTS: Readonly<Record<World, string>> = {
  emoji: 'gallery.json',
  avatars: 'avatars.json',
  faces: 'faces.json',
};

/**
 * The galleries, one a world of models, and the dialog to choose from the one that suits the model.
 */
export class Gallery {
  readonly #worlds: Readonly<Record<World, readonly Entry[]>>;
  readonly #dialog = byId('gallery', HTMLDialogElement);
  readonly #title = byId('gallery-title', HTMLHeadingElement);
  readonly #search = byId('gallery-search', HTMLInputElement);
  readonly #grid = byId('gallery-grid', HTMLDivElement);
  readonly #none = byId('gallery-none', HTMLParagraphElement);
  readonly #ways = byId('gallery-ways', HTMLDivElement);
  readonly #own = byId('gallery-own', HTMLDivElement);
  #world: World = 'emoji';
  #chosen: (pick: Pick) => void = () => undefined;

  constructor(worlds: Readonly<Record<World, readonly Entry[]>>) {
    this.#worlds = worlds;
    const close = byId('gallery-close', HTMLButtonElement);
    close.append(icon('close'));
    close.addEventListener('click', () => {
      this.#dialog.close();
    });
    this.#dialog.addEventListener('click', (event) => {
      if (event.target === this.#dialog) this.#dialog.close(); // On the backdrop.
    });
    this.world = 'emoji';
    this.#search.addEventListener('input', () => {
      this.#filter();
    });
    this.#search.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.#dialog.close(); // A search field would only empty itself.
      if (event.key === 'ArrowDown') this.#focus(this.#shown(), 0, event);
      if (event.key === 'Enter' && this.#search.value.trim() !== '') this.#shown()[0]?.click();
    });
    for (const grid of [this.#grid, this.#own])
      grid.addEventListener('keydown', (event) => {
        this.#move(grid, event);
      });
  }

  static async load(): Promise<Gallery> {
    const [emoji, avatars, faces] = await Promise.all([
      readList(LISTS.emoji),
      readList(LISTS.avatars),
      readList(LISTS.faces),
    ]);
    return new Gallery({ emoji, avatars, faces });
  }

  /** The world of the model in use. */
  get world(): World {
    return this.#world;
  }

  set world(world: World) {
    // Pictures that are taken out again before they are seen would be fetched for nothing, lazy or
    // not.
    if (world === this.#world && this.#grid.childElementCount > 0) return;
    this.#world = world;
    this.#grid.replaceChildren(
      ...this.entries.map((entry) =>
        this.#option(this.pick(entry), `${entry.name} ${entry.style}`),
      ),
    );
  }

  /** The pictures that suit the model in use. */
  get entries(): readonly Entry[] {
    return this.#worlds[this.#world];
  }

  /** Opens the dialog; `chosen` is called when a picture is picked. */
  open(title: string, chosen: (pick: Pick) => void, { ways = [], own = [] }: Offer = {}): void {
    this.#title.textContent = title;
    this.#chosen = chosen;
    this.#search.value = '';
    this.#ways.replaceChildren(
      ...ways.map(({ label, act }) => {
        const button = make('button', { type: 'button', textContent: label });
        button.addEventListener('click', () => {
          this.#dialog.close();
          act();
        });
        return button;
      }),
    );
    this.#ways.hidden = ways.length === 0;
    this.#own.replaceChildren(...own.map((pick) => this.#option(pick, pick.name)));
    this.#filter();
    this.#dialog.showModal();
    this.#search.focus();
  }

  find(id: string | undefined): Entry | undefined {
    return Object.values(this.#worlds)
      .flat()
      .find((entry) => entry.id === id);
  }

  url(entry: Entry): string {
    return FOLDER + entry.file;
  }

  /** An entry as a picture to work with. */
  pick(entry: Entry): Pick {
    const large = entry.file.includes('/')
      ? undefined
      : `${FOLDER}large/${entry.file.replace(/\.png$/, '.webp')}`;
    return {
      id: entry.id,
      name: entry.name,
      source: this.url(entry),
      url: this.url(entry),
      ...(large !== undefined && { large }),
      full: this.#worlds.faces.includes(entry),
    };
  }

  /** URLs of some pictures of a world, spread over its list. */
  samples(world: World, count: number): string[] {
    const entries = this.#worlds[world];
    return Array.from(
      { length: Math.min(count, entries.length) },
      (_, i) => entries[Math.floor(i * (entries.length / count))],
    ).flatMap((entry) => (entry ? [this.url(entry)] : []));
  }

  /** What must be said of the pictures, each line once. */
  credits(): string[] {
    return [...new Set(this.entries.map((entry) => entry.attribution))];
  }

  #option(pick: Pick, words: string): HTMLButtonElement {
    const image = make('img', {
      loading: 'lazy',
      src: pick.url,
      alt: '',
      width: 64,
      height: 64,
      draggable: false,
    });
    const button = make('button', { type: 'button', title: pick.name, tabIndex: -1 }, image);
    button.setAttribute('role', 'option');
    markFull(button, pick);
    button.ariaLabel = pick.name;
    button.dataset['id'] = pick.id;
    button.dataset['words'] = words.toLowerCase();
    button.addEventListener('click', () => {
      this.#dialog.close();
      this.#chosen(pick);
    });
    return button;
  }

  /** The options on show, of one of the grids or of both. */
  #shown(grids: readonly HTMLElement[] = [this.#own, this.#grid]): HTMLButtonElement[] {
    return grids
      .flatMap((grid) => [...grid.querySelectorAll('button')])
      .filter((option) => !option.hidden);
  }

  #filter(): void {
    const query = this.#search.value.trim().toLowerCase();
    const words = query.split(/\s+/);
    for (const grid of [this.#own, this.#grid]) {
      for (const option of grid.querySelectorAll('button'))
        option.hidden = !words.every((word) => option.dataset['words']?.includes(word));
      const shown = this.#shown([grid]);
      shown.forEach((option, i) => {
        option.tabIndex = i === 0 ? 0 : -1;
      });
    }
    this.#own.hidden = this.#shown([this.#own]).length === 0;
    this.#none.textContent =
      this.#shown().length === 0 ? say.nothingFound(this.#search.value.trim()) : '';
  }

  /** Arrow keys walk a grid; the number of columns is what the layout made of it. */
  #move(grid: HTMLElement, event: KeyboardEvent): void {
    const shown = this.#shown([grid]);
    const at = shown.indexOf(document.activeElement as HTMLButtonElement);
    if (at === -1) return;
    const top = shown[0]?.offsetTop;
    const next = shown.findIndex((option) => option.offsetTop !== top);
    const columns = next === -1 ? shown.length : next;
    const steps: Record<string, number> = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -columns,
      ArrowDown: columns,
    };
    const step = steps[event.key];
    if (step !== undefined) {
      if (event.key === 'ArrowUp' && at < columns) this.#search.focus();
      else this.#focus(shown, at + step, event);
    } else if (event.key === 'Home') this.#focus(shown, 0, event);
    else if (event.key === 'End') this.#focus(shown, shown.length - 1, event);
  }

  #focus(shown: readonly HTMLButtonElement[], index: number, event: Event): void {
    event.preventDefault();
    const next = shown[Math.min(shown.length - 1, Math.max(0, index))];
    if (!next) return;
    for (const option of next.parentElement?.querySelectorAll('button') ?? [])
      option.tabIndex = option === next ? 0 : -1;
    next.focus();
  }
}

async function readList(file: string): Promise<Entry[]> {
  const response = await fetch(FOLDER + file);
  if (!response.ok) throw new Error(`${file}: ${String(response.status)}`);
  return (await response.json()) as Entry[];
}
