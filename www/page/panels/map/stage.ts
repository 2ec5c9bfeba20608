import { icon, make } from '../../parts/dom.js';
import { say } from './strings.js';
import type { Layout } from './layout.js';
import { Chart } from './chart.js';
import type { Item } from './collection.js';
import type { End } from './ends.js';
import { Gestures } from './gestures.js';
import { Listing } from './listing.js';
import { towards } from './plane.js';

/** A line that is being drawn; `from` once its first end is chosen. */
interface Drawing {
  from: End | undefined;
}

/** What a person does on the map. */
export interface Done {
  /** A picture was chosen, −1 for none; `walking`: with the arrow keys. */
  choose: (index: number, walking: boolean) => void;
  line: (from: End, to: End) => void;
  /** What is seen has changed. */
  seen: () => void;
  /** Enter: on to what can be done with the picture. */
  enter: () => void;
  announce: (line: string) => void;
}

/**
 * The canvas with all that lies over it: the listbox, the buttons, and the name of the picture one
 * points at.
 */
export class Stage {
  readonly root = make('div', { className: 'map-stage' });
  readonly chart: Chart;
  readonly #canvas = make('canvas', { width: 1, height: 1 });
  readonly #listing: Listing;
  readonly #label = make('div', { className: 'map-label', hidden: true });
  readonly #draw = make(
    'button',
    { type: 'button', ariaPressed: 'false', title: say.draw },
    icon('line'),
    make('span', { textContent: say.draw }),
  );
  readonly #done: Done;
  #items: readonly Item[] = [];
  #layout: Layout | undefined;
  #drawing: Drawing | undefined;

  constructor(done: Done) {
    this.#done = done;
    this.#canvas.ariaHidden = 'true';
    this.#label.ariaHidden = 'true';
    this.chart = new Chart(this.#canvas, () => {
      this.#name();
    });
    this.#listing = new Listing({
      walk: (dx, dy) => {
        this.#walk(dx, dy);
      },
      choose: (index) => {
        this.#pick(index, true);
      },
      enter: () => {
        this.#enter();
      },
      other: (key) => (key === 'Escape' ? this.#escape() : gestures.key(key)),
    });
    const gestures = new Gestures(this.#listing.root, this.chart, {
      draws: ({ shiftKey }) =>
        this.#layout !== undefined && (shiftKey || this.#drawing !== undefined),
      click: (left, top) => {
        this.#click(left, top);
      },
      line: (from, to, done) => {
        this.#line(from, to, done);
      },
      drop: () => {
        this.chart.mark({ line: undefined });
      },
      point: (left, top, type) => {
        if (type === 'mouse') this.chart.mark({ pointed: this.chart.at(left, top) });
      },
      leave: () => {
        this.chart.mark({ pointed: -1 });
      },
      seen: () => {
        done.seen();
      },
    });
    const zoom = (
      name: 'plus' | 'minus' | 'whole',
      label: string,
      key: string,
    ): HTMLButtonElement => {
      const made = make('button', { type: 'button', ariaLabel: label, title: label }, icon(name));
      made.addEventListener('click', () => {
        gestures.key(key);
      });
      return made;
    };
    this.#draw.addEventListener('click', () => {
      this.#toggleDrawing();
    });
    this.root.append(
      this.#canvas,
      this.#label,
      this.#listing.root,
      make(
        'div',
        { className: 'map-buttons' },
        zoom('plus', say.zoomIn, '+'),
        zoom('minus', say.zoomOut, '-'),
        zoom('whole', say.whole, '0'),
      ),
      make('div', { className: 'map-buttons line' }, this.#draw),
    );
  }

  /** Pictures of another source, which are not laid out yet. */
  clear(): void {
    this.#layout = undefined;
    this.#items = [];
    this.#listing.of([], [], '');
    this.chart.mark({
      chosen: -1,
      pointed: -1,
      near: [],
      found: undefined,
      example: undefined,
      line: undefined,
    });
    this.#setDrawing(undefined);
    this.#draw.hidden = true;
  }

  /** The map is finished. False where it has been shown before. */
  of(items: readonly Item[], layout: Layout): boolean {
    if (this.#layout === layout) return false;
    [this.#items, this.#layout] = [items, layout];
    this.#listing.of(
      items.map(({ name }) => name),
      [...layout.order],
      say.map(items.length),
    );
    this.#draw.hidden = items.length < 2;
    return true;
  }

  /** Shows which picture is chosen. */
  chosen(index: number): void {
    this.#listing.choose(index);
  }

  focus(): void {
    this.#listing.root.focus();
  }

  /** Where an end lies. */
  place(end: End): [number, number] {
    return 'index' in end
      ? [this.chart.positions[2 * end.index] ?? 0, this.chart.positions[2 * end.index + 1] ?? 0]
      : [end.x, end.y];
  }

  #walk(dx: number, dy: number): void {
    const next = this.#layout && towards(this.#layout.positions, this.chart.marks.chosen, dx, dy);
    if (next !== undefined) this.#pick(next, true);
  }

  #pick(index: number, walking: boolean): void {
    const [x, y] = this.place({ index });
    this.chart.go((view) => {
      view.reveal(x, y);
    });
    this.#done.choose(index, walking);
  }

  #enter(): void {
    const { chosen } = this.chart.marks;
    if (this.#drawing && chosen >= 0) this.#take({ index: chosen });
    else this.#done.enter();
  }

  #escape(): boolean {
    if (this.#drawing) this.#setDrawing(undefined);
    else if (this.chart.marks.chosen >= 0) this.#done.choose(-1, false);
    else return false;
    return true;
  }

  #click(left: number, top: number): void {
    const index = this.chart.at(left, top);
    if (this.#drawing) this.#take(this.#end(left, top));
    else if (this.#layout) this.#done.choose(index, false);
  }

  /** An end of the line that is being drawn by clicks or keys. */
  #take(end: End): void {
    const from = this.#drawing?.from;
    if (!from) this.#setDrawing({ from: end });
    else if (!('index' in from && 'index' in end && from.index === end.index)) {
      this.#setDrawing(undefined);
      this.#done.line(from, end);
    }
  }

  #line(from: [number, number], to: [number, number], done: boolean): void {
    const ends = [this.#end(...from), this.#end(...to)] as const;
    if (!done)
      this.chart.mark({
        line: { from: this.place(ends[0]), to: this.chart.view.toMap(...to), frames: [] },
        pointed: this.chart.at(...to),
      });
    else {
      this.chart.mark({ line: undefined });
      this.#setDrawing(undefined);
      this.#done.line(...ends);
    }
  }

  #end(left: number, top: number): End {
    const index = this.chart.at(left, top);
    const [x, y] = this.chart.view.toMap(left, top);
    return index === -1 ? { x, y } : { index };
  }

  #toggleDrawing(): void {
    const { chosen } = this.chart.marks;
    this.#setDrawing(
      this.#drawing ? undefined : { from: chosen >= 0 ? { index: chosen } : undefined },
    );
    if (this.#drawing) this.focus();
  }

  #setDrawing(drawing: Drawing | undefined): void {
    this.#drawing = drawing;
    this.#draw.ariaPressed = String(drawing !== undefined);
    this.root.toggleAttribute('data-drawing', drawing !== undefined);
    if (!drawing) return;
    const { from } = drawing;
    this.#done.announce(
      !from
        ? say.drawFirst
        : say.drawFrom('index' in from ? (this.#items[from.index]?.name ?? '') : say.between),
    );
  }

  /** The name under the picture one points at, or else under the one that is chosen. */
  #name(): void {
    const { chosen, pointed } = this.chart.marks;
    const index = pointed >= 0 ? pointed : chosen;
    const where = this.chart.whereIs(index);
    const { width, height } = this.chart.view;
    const seen =
      where && where.left > 0 && where.top > 0 && where.left < width && where.top < height;
    this.#label.hidden = !seen;
    if (!seen) return;
    const below = where.top + where.side / 2 + 40 < height;
    this.#label.textContent = this.#items[index]?.name ?? '';
    this.#label.style.setProperty('--x', `${where.left.toFixed(1)}px`);
    this.#label.style.setProperty(
      '--y',
      `${(where.top + (below ? 1 : -1) * (where.side / 2 + 6)).toFixed(1)}px`,
    );
    this.#label.toggleAttribute('data-above', !below);
  }
}
