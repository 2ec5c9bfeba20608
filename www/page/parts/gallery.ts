import { byId, icon, make } from './dom.js';
import type { Pick } from './pictures.js';
import type { World } from '../shell/engine.js';
import { say } from '../strings/common.js';

/** A picture of a gallery, as gallery.json and faces.json list them. */
export interface Entry {
  id: string;
  name: string;
  file: string;
  style: string;
  attribution: string;
}

const FOLDER = 'gallery/';
/** The list of each world's pictures. */
const LISTS: Readonly<Record<World, string>> = { emoji: 'gallery.json', faces: 'faces.json' };

/** The galleries, one a world of models, and the dialog to choose from the one that suits the model. */
export class Gallery {
  readonly #worlds: Readonly<Record<World, readonly Entry[]>>;
  readonly #dialog = byId('gallery', HTMLDialogElement);
  readonly #title = byId('gallery-title', HTMLHeadingElement);
  readonly #search = byId('gallery-search', HTMLInputElement);
  readonly #grid = byId('gallery-grid', HTMLDivElement);
  readonly #none = byId('gallery-none', HTMLParagraphElement);
  #world: World = 'emoji';
  #chosen: (entry: Entry) => void = () => undefined;

  constructor(worlds: Readonly<Record<World, readonly Entry[]>>) {
    this.#worlds = worlds;
    const close = byId('gallery-close', HTMLButtonElement);
    close.append(icon('close'));
    close.addEventListener('click', () => { this.#dialog.close(); });
    this.#dialog.addEventListener('click', (event) => {
      if (event.target === this.#dialog) this.#dialog.close(); // On the backdrop.
    });
    this.world = 'emoji';
    this.#search.addEventListener('input', () => { this.#filter(); });
    this.#search.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.#dialog.close(); // A search field would only empty itself.
      if (event.key === 'ArrowDown') this.#focus(0, event);
      if (event.key === 'Enter' && this.#search.value.trim() !== '') this.#shown()[0]?.click();
    });
    this.#grid.addEventListener('keydown', (event) => { this.#move(event); });
  }

  static async load(): Promise<Gallery> {
    const [emoji, faces] = await Promise.all([readList(LISTS.emoji), readList(LISTS.faces)]);
    return new Gallery({ emoji, faces });
  }

  /** The world of the model in use. */
  get world(): World {
    return this.#world;
  }

  set world(world: World) {
    // Pictures that are taken out again before they are seen would be fetched for nothing, lazy or not.
    if (world === this.#world && this.#grid.childElementCount > 0) return;
    this.#world = world;
    this.#grid.replaceChildren(...this.entries.map((entry) => this.#option(entry)));
  }

  /** The pictures that suit the model in use. */
  get entries(): readonly Entry[] {
    return this.#worlds[this.#world];
  }

  /** Opens the dialog; `chosen` is called when a picture is picked. */
  open(title: string, chosen: (entry: Entry) => void): void {
    this.#title.textContent = title;
    this.#chosen = chosen;
    this.#search.value = '';
    this.#filter();
    this.#dialog.showModal();
    this.#search.focus();
  }

  find(id: string | undefined): Entry | undefined {
    return Object.values(this.#worlds).flat().find((entry) => entry.id === id);
  }

  url(entry: Entry): string {
    return FOLDER + entry.file;
  }

  /** An entry as a picture to work with. */
  pick(entry: Entry): Pick {
    return { id: entry.id, name: entry.name, source: this.url(entry), url: this.url(entry) };
  }

  /** What must be said of the pictures, each line once. */
  credits(): string[] {
    return [...new Set(this.entries.map((entry) => entry.attribution))];
  }

  #option(entry: Entry): HTMLButtonElement {
    const image = make('img', { loading: 'lazy', src: this.url(entry), alt: '', width: 64, height: 64, draggable: false });
    const button = make('button', { type: 'button', title: entry.name, tabIndex: -1 }, image);
    button.setAttribute('role', 'option');
    button.ariaLabel = entry.name;
    button.dataset['id'] = entry.id;
    button.dataset['words'] = `${entry.name} ${entry.style}`.toLowerCase();
    button.addEventListener('click', () => {
      this.#dialog.close();
      this.#chosen(entry);
    });
    return button;
  }

  #options(): HTMLButtonElement[] {
    return [...this.#grid.querySelectorAll('button')];
  }

  #shown(): HTMLButtonElement[] {
    return this.#options().filter((option) => !option.hidden);
  }

  #filter(): void {
    const query = this.#search.value.trim().toLowerCase();
    const words = query.split(/\s+/);
    for (const option of this.#options()) option.hidden = !words.every((word) => option.dataset['words']?.includes(word));
    const shown = this.#shown();
    shown.forEach((option, i) => { option.tabIndex = i === 0 ? 0 : -1; });
    this.#none.textContent = shown.length === 0 ? say.nothingFound(this.#search.value.trim()) : '';
  }

  /** Arrow keys walk the grid; the number of columns is what the layout made of it. */
  #move(event: KeyboardEvent): void {
    const shown = this.#shown();
    const at = shown.indexOf(document.activeElement as HTMLButtonElement);
    if (at === -1) return;
    const top = shown[0]?.offsetTop;
    const columns = Math.max(1, shown.findIndex((option) => option.offsetTop !== top));
    const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
    const step = steps[event.key];
    if (step !== undefined) {
      if (event.key === 'ArrowUp' && at < columns) this.#search.focus();
      else this.#focus(at + step, event);
    } else if (event.key === 'Home') this.#focus(0, event);
    else if (event.key === 'End') this.#focus(shown.length - 1, event);
  }

  #focus(index: number, event: Event): void {
    event.preventDefault();
    const shown = this.#shown();
    const next = shown[Math.min(shown.length - 1, Math.max(0, index))];
    if (!next) return;
    for (const option of shown) option.tabIndex = option === next ? 0 : -1;
    next.focus();
  }
}

async function readList(file: string): Promise<Entry[]> {
  const response = await fetch(FOLDER + file);
  if (!response.ok) throw new Error(`${file}: ${String(response.status)}`);
  return (await response.json()) as Entry[];
}
