import { icon, make } from '../../parts/dom.js';
import { markFull } from '../../parts/pick.js';
import type { Pick, Pictures } from '../../parts/pictures.js';
import { Well } from '../../parts/well.js';
import { say } from './strings.js';
import { moved } from './path.js';

export const MOST_STOPS = 16;
/** A pointer that has not gone so far, in pixels, is a click. */
const DRAG_FROM = 6;

export interface ChainEvents {
  /** A person has changed the list. */
  changed: () => void;
  /** A person wants to see this stop. */
  jump: (index: number) => void;
  announce: (line: string) => void;
}

/**
 * The pictures that a morph goes through, in order: added through a well, reordered by drag or
 * keys.
 */
export class Chain {
  readonly root: HTMLElement;
  readonly add: Well;
  readonly #list = make('ol', { role: 'list' });
  readonly #events: ChainEvents;
  #picks: Pick[] = [];

  constructor(pictures: Pictures, events: ChainEvents) {
    this.#events = events;
    this.#list.ariaLabel = say.chain;
    const well = make('div');
    this.root = make(
      'div',
      { className: 'chain' },
      this.#list,
      well,
      make('p', { className: 'hint', textContent: say.chainHint }),
    );
    this.add = new Well(
      well,
      say.add,
      pictures,
      (pick) => {
        this.#append(pick);
      },
      (files) => {
        void files.reduce(
          (before, file) => before.then(() => this.add.offer(file, file.name)),
          Promise.resolve(),
        );
      },
    );
  }

  get picks(): readonly Pick[] {
    return this.#picks;
  }

  set picks(picks: readonly Pick[]) {
    this.#picks = [...picks];
    this.#render();
  }

  #append(pick: Pick): void {
    this.add.show(undefined);
    if (this.#picks.length >= MOST_STOPS) {
      this.add.complain(say.chainFull(MOST_STOPS));
      return;
    }
    this.#picks.push(pick);
    this.#render();
    this.#events.changed();
  }

  #remove(index: number): void {
    const pick = this.#picks[index];
    if (!pick) return;
    if (this.#picks.length <= 2) {
      this.add.complain(say.chainShort);
      return;
    }
    this.#picks.splice(index, 1);
    this.#render();
    this.#focus(Math.min(index, this.#picks.length - 1));
    this.#events.announce(say.removed(pick.name));
    this.#events.changed();
  }

  #move(from: number, to: number): void {
    const pick = this.#picks[from];
    if (!pick || to < 0 || to >= this.#picks.length) return;
    this.#picks = moved(this.#picks, from, to);
    this.#render();
    this.#focus(to);
    this.#events.announce(say.movedTo(pick.name, to, this.#picks.length));
    this.#events.changed();
  }

  #render(): void {
    this.add.complain('');
    this.#list.replaceChildren(...this.#picks.map((pick, i) => this.#item(pick, i)));
  }

  #item(pick: Pick, index: number): HTMLLIElement {
    const button = make(
      'button',
      { type: 'button', className: 'picture', title: pick.name },
      make('img', { src: pick.url, alt: '', draggable: false }),
    );
    markFull(button, pick);
    button.ariaLabel = say.stop(index, this.#picks.length, pick.name);
    button.setAttribute('aria-description', say.stopKeys);
    const remove = make('button', { type: 'button', className: 'remove' }, icon('close'));
    remove.ariaLabel = say.remove(pick.name);
    remove.tabIndex = -1; // Delete does the same.
    remove.addEventListener('click', () => {
      this.#remove(index);
    });
    button.addEventListener('keydown', (event) => {
      this.#keyDown(event, index);
    });
    const item = make('li', {}, button, remove);
    this.#draggable(item, button, index);
    return item;
  }

  #keyDown(event: KeyboardEvent, index: number): void {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (step !== undefined && event.shiftKey) this.#move(index, index + step);
    else if (step !== undefined) this.#focus(index + step);
    else if (event.key === 'Delete' || event.key === 'Backspace') this.#remove(index);
    else return;
    event.preventDefault();
  }

  /**
   * Pointer events, which touch has too: the item goes wherever the pointer is, the others make
   * room.
   */
  #draggable(item: HTMLLIElement, button: HTMLButtonElement, index: number): void {
    let dragging = false;
    button.addEventListener('pointerdown', (down) => {
      if (!down.isPrimary || down.button !== 0) return;
      dragging = false;
      // On the window: an item that is moved in the document loses the pointer.
      const over = new AbortController();
      const { signal } = over;
      addEventListener(
        'pointermove',
        (event) => {
          if (
            !dragging &&
            Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) < DRAG_FROM
          )
            return;
          dragging = true;
          item.dataset['dragged'] = '';
          this.#makeRoom(item, event);
        },
        { signal },
      );
      const end = (keep: boolean): void => {
        over.abort();
        if (!dragging) return;
        const to = [...this.#list.children].indexOf(item);
        if (keep && to !== index) this.#move(index, to);
        else this.#render();
      };
      addEventListener(
        'pointerup',
        () => {
          end(true);
        },
        { signal },
      );
      addEventListener(
        'pointercancel',
        () => {
          end(false);
        },
        { signal },
      );
    });
    button.addEventListener('click', () => {
      if (!dragging) this.#events.jump(index);
    });
  }

  /** Puts a dragged item where the pointer is. */
  #makeRoom(item: HTMLLIElement, pointer: PointerEvent): void {
    const items = [...this.#list.children];
    const under = items.find((each) => each !== item && contains(each, pointer));
    if (!under) return;
    if (items.indexOf(under) > items.indexOf(item)) under.after(item);
    else under.before(item);
  }

  #focus(index: number): void {
    this.#list.children[index]?.querySelector('button')?.focus();
  }
}

function contains(element: Element, { clientX, clientY }: PointerEvent): boolean {
  const { left, right, top, bottom } = element.getBoundingClientRect();
  return clientX >= left && clientX <= right && clientY >= top && clientY <= bottom;
}
