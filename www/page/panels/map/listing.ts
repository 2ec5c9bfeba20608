import { make } from '../../parts/dom.js';

/** So far PageUp and PageDown go along the map. */
const PAGE = 10;

/** What keys on the map ask for. */
export interface Keys {
  /** To the neighbour in this direction. */
  walk: (dx: number, dy: number) => void;
  /** To this picture. */
  choose: (index: number) => void;
  /** Enter: do something with the picture that is chosen. */
  enter: () => void;
  /** Other keys; true where they meant something. */
  other: (key: string) => boolean;
}

const DIRECTIONS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/**
 * The map for whoever does not see it, and for keys: a listbox that lies over the canvas, with one
 * option a picture, in an order in which those after each other lie near each other.
 */
export class Listing {
  readonly root = make('div', { className: 'listing', tabIndex: 0, hidden: true });
  readonly #keys: Keys;
  #options: HTMLElement[] = [];
  #order: readonly number[] = [];
  #chosen = -1;

  constructor(keys: Keys) {
    this.#keys = keys;
    this.root.role = 'listbox';
    this.root.addEventListener('keydown', (event) => {
      this.#key(event);
    });
    // A screen reader's click on an option; with a mouse, the canvas under it is asked.
    this.root.addEventListener('click', ({ target }) => {
      const at = this.#options.indexOf(target as HTMLElement);
      if (at !== -1) keys.choose(at);
    });
  }

  /** New pictures: their names by index, and the indices in order. */
  of(names: readonly string[], order: readonly number[], label: string): void {
    this.#order = order;
    this.#options = names.map((name, i) =>
      make('div', {
        id: `map-option-${String(i)}`,
        role: 'option',
        ariaSelected: 'false',
        textContent: name,
      }),
    );
    this.root.replaceChildren(
      make(
        'div',
        { className: 'options', role: 'presentation' },
        ...order.flatMap((index) => this.#options[index] ?? []),
      ),
    );
    this.root.ariaLabel = label;
    this.root.hidden = names.length === 0;
    this.#chosen = -1;
    this.root.removeAttribute('aria-activedescendant');
  }

  choose(index: number): void {
    const before = this.#options[this.#chosen];
    if (before) before.ariaSelected = 'false';
    this.#chosen = index;
    const now = this.#options[index];
    if (now) {
      now.ariaSelected = 'true';
      this.root.setAttribute('aria-activedescendant', now.id);
    } else this.root.removeAttribute('aria-activedescendant');
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { key } = event;
    const direction = DIRECTIONS[key];
    const at = this.#order.indexOf(this.#chosen);
    const go = (place: number): void => {
      const index = this.#order[Math.min(this.#order.length - 1, Math.max(0, place))];
      if (index !== undefined) this.#keys.choose(index);
    };
    if (direction) {
      if (this.#chosen === -1) go(0);
      else this.#keys.walk(...direction);
    } else if (key === 'Home') go(0);
    else if (key === 'End') go(this.#order.length - 1);
    else if (key === 'PageDown') go(at + PAGE);
    else if (key === 'PageUp') go(at - PAGE);
    else if (key === 'Enter' || key === ' ') this.#keys.enter();
    else if (!this.#keys.other(key)) return;
    event.preventDefault();
  }
}
