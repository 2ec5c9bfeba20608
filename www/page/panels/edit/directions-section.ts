import { make } from '../../parts/dom.js';
import { Slider } from '../../parts/slider.js';
import { say } from './strings.js';
import type { Edits } from './edits.js';
import { type Aspect, aspectOf, differenceOf } from './look.js';
import type { Direction } from './principal.js';
import {
  type Change,
  type Scene,
  type Section,
  type Thumb,
  betweenEnds,
  foldable,
} from './section.js';

/** Both ends, in standard deviations; the small pictures show what lies a little before them. */
const RANGE = { min: -4, max: 4, step: 0.1, home: 0 } as const;
const SHOWN_AT = 3;
/**
 * A direction whose ends differ less, in values of 255, is hardly seen in this picture, and left
 * out.
 */
const LEAST_SEEN = 8;
/** Sliders of each level that are shown at first. */
const SHOWN_FIRST = 2;

interface Row {
  root: HTMLElement;
  direction: Direction;
  slider: Slider;
  ends: [HTMLCanvasElement, HTMLCanvasElement];
  pictures: [ImageData | undefined, ImageData | undefined];
  aspect?: Aspect;
}

/** A slider for each principal direction, level by level, between small pictures of its ends. */
export class DirectionsSection implements Section {
  readonly root: HTMLDetailsElement;
  readonly #levels = make('div', { className: 'levels' });
  readonly #change: Change;
  #rows: Row[] = [];
  #edits: Edits | undefined;

  constructor(change: Change) {
    this.#change = change;
    const more = make('button', { type: 'button', className: 'plain', textContent: say.more });
    more.ariaExpanded = 'false';
    more.addEventListener('click', () => {
      const all = this.#levels.toggleAttribute('data-all');
      more.textContent = all ? say.fewer : say.more;
      more.ariaExpanded = String(all);
    });
    this.root = foldable(say.directions, say.directionsHint, this.#levels, more);
    this.root.open = true;
  }

  /**
   * Makes the sliders; `blobs` where the groups of the model are layout, appearance and the rest.
   */
  show(directions: readonly Direction[], blobs: boolean): void {
    this.#rows = directions.map((direction) => this.#row(direction));
    const groups = [...new Set(directions.map(({ group }) => group))];
    const levels = Math.max(...groups, 0) + 1;
    this.#levels.replaceChildren(
      ...groups.map((group) =>
        make(
          'section',
          { className: 'level' },
          make('h3', { textContent: say.level(group, levels, blobs) }),
          ...this.#rows
            .filter(({ direction }) => direction.group === group)
            .map(({ root }) => root),
        ),
      ),
    );
    if (directions.length === 0)
      this.#levels.replaceChildren(make('p', { className: 'hint', textContent: say.noDirections }));
    if (this.#edits) this.take(this.#edits);
  }

  /** Says how far the search for directions is. */
  set finding(line: string) {
    if (this.#rows.length === 0)
      this.#levels.replaceChildren(make('p', { className: 'hint', textContent: line }));
  }

  take(edits: Edits): void {
    this.#edits = edits;
    for (const { direction, slider } of this.#rows)
      slider.value = edits.amounts[direction.key] ?? 0;
  }

  thumbs({ base, baseKey, options }: Scene): Thumb[] {
    return this.#rows.flatMap((row) =>
      ([0, 1] as const).map((end): Thumb => ({
        key: `${baseKey} ${row.direction.key} ${JSON.stringify(options({ amounts: {} }))}`,
        canvas: row.ends[end],
        latent: () => {
          const amount = end === 0 ? -SHOWN_AT : SHOWN_AT;
          return {
            ...base,
            values: base.values.map((value, i) => value + amount * (row.direction.vector[i] ?? 0)),
          };
        },
        options: options({}),
        painted: (picture) => {
          row.pictures[end] = picture;
          const [less, more] = row.pictures;
          if (less && more) this.#judge(row, less, more);
        },
      })),
    );
  }

  /**
   * Names a direction after what it changes in this picture, those of one level that change the
   * same numbered, or leaves it out.
   */
  #judge(row: Row, less: ImageData, more: ImageData): void {
    row.aspect = aspectOf(less, more);
    const hardlySeen = differenceOf(less, more) < LEAST_SEEN;
    row.root.hidden = hardlySeen && (this.#edits?.amounts[row.direction.key] ?? 0) === 0;
    const level = this.#rows.filter(({ direction }) => direction.group === row.direction.group);
    const before = level
      .slice(0, level.indexOf(row))
      .filter(({ root, aspect }) => !root.hidden && aspect === row.aspect);
    row.slider.name = say.direction(before.length, row.aspect);
    this.#order(level);
    const heading = row.root.parentElement;
    if (heading) heading.hidden = level.every(({ root }) => root.hidden);
  }

  /** The first few of a level are shown at once, and those that are set. */
  #order(level: readonly Row[]): void {
    const seen = level.filter(({ root }) => !root.hidden);
    seen.forEach(({ root, direction }, i) => {
      root.toggleAttribute(
        'data-more',
        i >= SHOWN_FIRST && (this.#edits?.amounts[direction.key] ?? 0) === 0,
      );
    });
  }

  #row(direction: Direction): Row {
    const rank = Number(direction.key.split('.')[1]);
    const slider = new Slider(
      say.direction(rank, undefined),
      RANGE,
      say.deviations,
      (value, resting) => {
        this.#change({ amounts: { ...this.#edits?.amounts, [direction.key]: value } }, resting);
      },
    );
    return { direction, slider, ...betweenEnds(slider), pictures: [undefined, undefined] };
  }
}
