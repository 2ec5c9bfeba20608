import { icon, make } from '../../parts/dom.js';
import { takeDrops } from '../../parts/dropped.js';
import { say } from './strings.js';
import type { Class, Marks, Sorted, Standing } from './sorting.js';

const DRAGGED = 'application/x-soda-pictures';

/** What a person does to the rows. */
export interface Acts {
  mark: (ids: readonly string[], classId: number | undefined) => void;
  rename: (classId: number, name: string) => void;
  removeClass: (classId: number) => void;
  removePictures: (ids: readonly string[]) => void;
  selected: (ids: readonly string[]) => void;
}

/**
 * The classes as rows of pictures: examples first, then what was sorted there; and a row of what is
 * not sorted yet.
 */
export class Rows {
  readonly root = make('div', { className: 'rows' });
  readonly #acts: Acts;
  readonly #tiles = new Map<string, HTMLLIElement>();
  /** Kept over all exchanges of rows: one may be in use. */
  readonly #names = new Map<number, HTMLInputElement>();
  readonly #selected = new Set<string>();
  #classes: readonly Class[] = [];
  #standings: ReadonlyMap<string, Standing> = new Map();

  constructor(acts: Acts) {
    this.#acts = acts;
    this.root.addEventListener('keydown', (event) => {
      this.#key(event);
    });
  }

  get selection(): readonly string[] {
    return [...this.#selected];
  }

  show({ classes }: Marks, { standings }: Sorted, order: 'sure' | 'unsure'): void {
    const focused =
      document.activeElement instanceof HTMLElement && this.root.contains(document.activeElement)
        ? document.activeElement.dataset['pick']
        : undefined;
    this.#classes = classes;
    this.#standings = new Map(standings.map((standing) => [standing.pick.id, standing]));
    for (const id of [...this.#selected, ...this.#tiles.keys()]) {
      if (this.#standings.has(id)) continue;
      this.#selected.delete(id);
      this.#tiles.delete(id);
    }
    const sorted = [...standings].sort(
      (a, b) =>
        Number(b.example) - Number(a.example) ||
        (order === 'sure' ? b.confidence - a.confidence : a.confidence - b.confidence),
    );
    const rows = classes.map((each, i) =>
      this.#row(
        each,
        i,
        sorted.filter(({ classId }) => classId === each.id),
      ),
    );
    const unsorted = sorted.filter(({ classId }) => classId === undefined);
    if (unsorted.length > 0) rows.push(this.#unsorted(unsorted));
    const typing = [...this.#names.values()].find((input) => input === document.activeElement);
    this.root.replaceChildren(...rows);
    typing?.focus();
    if (focused !== undefined) this.#tiles.get(focused)?.focus();
    this.#acts.selected(this.selection);
  }

  deselect(): void {
    this.#selected.clear();
    for (const tile of this.#tiles.values()) tile.ariaSelected = 'false';
    this.#acts.selected([]);
  }

  #row({ id, name }: Class, index: number, standings: readonly Standing[]): HTMLElement {
    const input = this.#names.get(id) ?? this.#newName(id);
    if (document.activeElement !== input) input.value = name;
    input.ariaLabel = say.nameOf(index + 1);
    const remove = make('button', { type: 'button', className: 'quiet icon' }, icon('close'));
    remove.ariaLabel = say.removeClass(name);
    remove.addEventListener('click', () => {
      this.#acts.removeClass(id);
    });
    const examples = standings.filter(({ example }) => example).length;
    const key = make('kbd', { textContent: index < 9 ? String(index + 1) : '' });
    const row = this.#section(
      make(
        'header',
        {},
        key,
        input,
        make('span', { textContent: say.classCount(examples, standings.length - examples) }),
        remove,
      ),
      name,
      standings,
    );
    if (standings.length === 0)
      row.append(make('p', { className: 'hint', textContent: say.showSome }));
    takeDrops(
      row,
      (data) => {
        this.#acts.mark(data.getData(DRAGGED).split(' '), id);
      },
      ({ types }) => types.includes(DRAGGED),
    );
    return row;
  }

  #newName(id: number): HTMLInputElement {
    const input = make('input', { type: 'text', maxLength: 40, autocomplete: 'off' });
    input.addEventListener('change', () => {
      this.#acts.rename(id, input.value.trim() || say.classNumber(id));
    });
    this.#names.set(id, input);
    return input;
  }

  #unsorted(standings: readonly Standing[]): HTMLElement {
    const row = this.#section(
      make(
        'header',
        {},
        make('h2', { textContent: say.unsorted }),
        make('span', { textContent: say.count(standings.length) }),
      ),
      say.unsorted,
      standings,
    );
    row.classList.add('unsorted');
    row.append(make('p', { className: 'hint', textContent: say.unsortedHint }));
    return row;
  }

  #section(header: HTMLElement, name: string, standings: readonly Standing[]): HTMLElement {
    const list = make(
      'ul',
      { className: 'tiles' },
      ...standings.map((standing) => this.#tile(standing)),
    );
    if (standings.length > 0) {
      list.setAttribute('role', 'listbox');
      list.setAttribute('aria-multiselectable', 'true');
      list.ariaLabel = name;
      if (!list.querySelector('[tabindex="0"]'))
        list.querySelector('li')?.setAttribute('tabindex', '0');
    }
    const section = make('section', { className: 'class' }, header, list);
    section.ariaLabel = name;
    return section;
  }

  #tile({ pick, classId, example, confidence }: Standing): HTMLLIElement {
    const tile = this.#tiles.get(pick.id) ?? this.#newTile(pick.id, pick.url);
    this.#tiles.set(pick.id, tile);
    const name = this.#classes.find(({ id }) => id === classId)?.name;
    const percent = Math.round(100 * confidence);
    tile.ariaLabel =
      name === undefined
        ? say.unknown(pick.name)
        : example
          ? say.marked(pick.name, name)
          : say.guessed(pick.name, name, percent);
    tile.title = tile.ariaLabel;
    tile.ariaSelected = String(this.#selected.has(pick.id));
    tile.tabIndex = -1;
    tile.toggleAttribute('data-example', example);
    const guess = tile.querySelector('span');
    if (guess) guess.textContent = name === undefined || example ? '' : say.percent(percent);
    tile.style.setProperty('--sure', String(confidence));
    return tile;
  }

  #newTile(id: string, url: string): HTMLLIElement {
    const tile = make(
      'li',
      { className: 'tile', draggable: true },
      make('img', { src: url, alt: '', draggable: false, loading: 'lazy' }),
      make('span'),
    );
    tile.setAttribute('role', 'option');
    tile.dataset['pick'] = id;
    tile.addEventListener('click', () => {
      this.#reach(tile);
      this.#toggle(id);
    });
    tile.addEventListener('dragstart', (event) => {
      const ids = this.#selected.has(id) ? this.selection : [id];
      event.dataTransfer?.setData(DRAGGED, ids.join(' '));
    });
    return tile;
  }

  #toggle(id: string, on = !this.#selected.has(id)): void {
    if (on) this.#selected.add(id);
    else this.#selected.delete(id);
    const tile = this.#tiles.get(id);
    if (tile) tile.ariaSelected = String(on);
    this.#acts.selected(this.selection);
  }

  /** Focuses a tile, and makes it the one of its row that Tab reaches. */
  #reach(tile: HTMLElement): void {
    for (const each of tile.parentElement?.querySelectorAll<HTMLElement>('.tile') ?? [])
      each.tabIndex = each === tile ? 0 : -1;
    tile.focus();
  }

  #key(event: KeyboardEvent): void {
    const tile = (event.target as HTMLElement).closest<HTMLElement>('.tile');
    const id = tile?.dataset['pick'];
    if (!tile || id === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const ids = this.#selected.size > 0 ? this.selection : [id];
    const number = Number(event.key);
    if (event.key >= '1' && event.key <= '9' && this.#classes[number - 1])
      this.#acts.mark(ids, this.#classes[number - 1]?.id);
    else if (event.key === '0' || event.key === 'Backspace') this.#acts.mark(ids, undefined);
    else if (event.key === 'Delete') this.#remove(ids, tile);
    else if (event.key === ' ') this.#toggle(id);
    else if (event.key === 'Enter') this.#acts.mark(ids, this.#standings.get(id)?.classId);
    else if (event.key === 'Escape') this.deselect();
    else if (!this.#walk(event, tile)) return;
    event.preventDefault();
  }

  /**
   * Arrow keys walk a row, with shift selecting on the way; up and down go on into the next row.
   */
  #walk(event: KeyboardEvent, tile: HTMLElement): boolean {
    const tiles = [...this.root.querySelectorAll<HTMLElement>('.tile')];
    const at = tiles.indexOf(tile);
    const side = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const { left, top } = tile.getBoundingClientRect();
    let next: HTMLElement | undefined;
    if (side !== undefined) next = tiles[at + side];
    else if (event.key === 'ArrowDown')
      next = tiles
        .slice(at)
        .find(
          (each) =>
            each.getBoundingClientRect().top > top + 1 &&
            each.getBoundingClientRect().left >= left - 1,
        );
    else if (event.key === 'ArrowUp')
      next = tiles
        .slice(0, at)
        .findLast(
          (each) =>
            each.getBoundingClientRect().top < top - 1 &&
            each.getBoundingClientRect().left <= left + 1,
        );
    else return false;
    if (!next) return true;
    if (event.shiftKey)
      for (const each of [tile, next]) this.#toggle(each.dataset['pick'] ?? '', true);
    this.#reach(next);
    return true;
  }

  #remove(ids: readonly string[], tile: HTMLElement): void {
    const tiles = [...this.root.querySelectorAll<HTMLElement>('.tile')].filter(
      (each) => each === tile || !ids.includes(each.dataset['pick'] ?? ''),
    );
    const at = tiles.indexOf(tile);
    const next = tiles[at + 1] ?? tiles[at - 1];
    this.#acts.removePictures(ids);
    if (next) this.#reach(next);
  }
}
