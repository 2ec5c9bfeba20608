import { icon, make } from '../../parts/dom.js';
import { markFull } from '../../parts/pick.js';
import type { Pick, Pictures } from '../../parts/pictures.js';
import { reach, roving } from '../../parts/roving.js';
import { Slider } from '../../parts/slider.js';
import { say } from './strings.js';
import type { Edits, Learned } from './edits.js';
import { type Change, type Section, foldable } from './section.js';

const RANGE = { min: -2, max: 2, step: 0.05, home: 0 } as const;
const MARKS = ['none', 'these', 'others'] as const;
type Mark = (typeof MARKS)[number];

/** Directions from pictures that a person marks: the mean of these less the mean of the others. */
export class LearnSection implements Section {
  readonly root: HTMLDetailsElement;
  readonly #pictures: Pictures;
  readonly #change: Change;
  readonly #list = make('ul', { className: 'learned' });
  readonly #grid = make('div', { className: 'marks' });
  readonly #name = make('input', {
    type: 'text',
    maxLength: 40,
    id: 'edit-direction-name',
    placeholder: say.namePlaceholder,
    autocomplete: 'off',
  });
  readonly #make = make('button', {
    type: 'button',
    className: 'primary',
    textContent: say.learnIt,
  });
  readonly #counts = make('output');
  #marks = new Map<string, Mark>();
  #learned: readonly Learned[] = [];
  #sliders: Slider[] = [];
  /** Which directions the list shows. */
  #listed = '';

  constructor(pictures: Pictures, change: Change) {
    this.#pictures = pictures;
    this.#change = change;
    this.#grid.setAttribute('role', 'group');
    this.#grid.ariaLabel = say.marks;
    roving(this.#grid);
    this.#make.addEventListener('click', () => {
      this.#learn();
    });
    this.#name.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && !this.#make.disabled) this.#learn();
    });
    const field = make(
      'div',
      { className: 'field' },
      make('label', { htmlFor: this.#name.id, textContent: say.name }),
      this.#name,
    );
    this.root = foldable(
      say.learn,
      say.learnHint,
      this.#list,
      this.#grid,
      make('div', { className: 'row' }, field, this.#make, this.#counts),
    );
    this.root.addEventListener('toggle', () => {
      if (this.root.open) this.#fill();
    });
    this.#count();
  }

  take({ learned }: Edits): void {
    this.#learned = learned;
    const listed = learned
      .map(({ name, these, others }) => [name, ...these, '-', ...others].join())
      .join('|');
    if (listed !== this.#listed) {
      this.#listed = listed;
      this.#list.replaceChildren(...learned.map((each, i) => this.#item(each, i)));
    }
    learned.forEach(({ amount }, i) => {
      const slider = this.#sliders[i];
      if (slider) slider.value = amount;
    });
    if (learned.length > 0) this.root.open = true;
    if (this.root.open) this.#fill();
  }

  #item({ name, amount, these, others }: Learned, index: number): HTMLLIElement {
    const slider = new Slider(name, RANGE, say.times, (value, resting) => {
      this.#change(
        {
          learned: this.#learned.map((each, i) =>
            i === index ? { ...each, amount: value } : each,
          ),
        },
        resting,
      );
    });
    slider.value = amount;
    this.#sliders[index] = slider;
    const change = make('button', {
      type: 'button',
      className: 'plain',
      textContent: say.counts(these.length, others.length),
    });
    change.ariaLabel = say.change(name);
    change.addEventListener('click', () => {
      this.#marks = new Map([
        ...these.map((id): [string, Mark] => [id, 'these']),
        ...others.map((id): [string, Mark] => [id, 'others']),
      ]);
      this.#name.value = name;
      this.#fill();
      this.#count();
      this.#name.focus();
    });
    const forget = make('button', { type: 'button', className: 'quiet icon' }, icon('close'));
    forget.ariaLabel = say.forget(name);
    forget.addEventListener('click', () => {
      this.#change({ learned: this.#learned.filter((_, i) => i !== index) }, true);
    });
    return make('li', {}, slider.root, change, forget);
  }

  /** A slider of the marks of now; one of the same name is replaced. */
  #learn(): void {
    const marked = (wanted: Mark): string[] =>
      [...this.#marks].filter(([, mark]) => mark === wanted).map(([id]) => id);
    const name = this.#name.value.trim() || say.unnamed(this.#learned.length + 1);
    const learned: Learned = { name, these: marked('these'), others: marked('others'), amount: 1 };
    const at = this.#learned.findIndex((each) => each.name === name);
    this.#marks.clear();
    this.#name.value = '';
    this.#fill();
    this.#count();
    this.#change(
      {
        learned:
          at === -1
            ? [...this.#learned, learned]
            : this.#learned.map((each, i) => (i === at ? learned : each)),
      },
      true,
    );
  }

  /** All pictures there are to mark: the gallery's, then the person's own. */
  #fill(): void {
    const { gallery } = this.#pictures;
    const picks = [
      ...(gallery?.entries.map((entry) => gallery.pick(entry)) ?? []),
      ...this.#pictures.own,
    ];
    const shown = [...this.#grid.children]
      .map((each) => (each as HTMLElement).dataset['id'])
      .join();
    if (shown !== picks.map(({ id }) => id).join()) {
      this.#grid.replaceChildren(...picks.map((pick, i) => this.#tile(pick, i)));
      reach(this.#grid, 0);
    }
    picks.forEach((pick, i) => {
      this.#mark(this.#grid.children[i] as HTMLElement, pick, this.#marks.get(pick.id) ?? 'none');
    });
  }

  #tile(pick: Pick, index: number): HTMLButtonElement {
    const tile = make(
      'button',
      { type: 'button', title: pick.name },
      make('img', { src: pick.url, alt: '', draggable: false, loading: 'lazy' }),
    );
    markFull(tile, pick);
    tile.dataset['id'] = pick.id;
    tile.addEventListener('click', () => {
      const mark =
        MARKS[(MARKS.indexOf(this.#marks.get(pick.id) ?? 'none') + 1) % MARKS.length] ?? 'none';
      if (mark === 'none') this.#marks.delete(pick.id);
      else this.#marks.set(pick.id, mark);
      reach(this.#grid, index);
      this.#mark(tile, pick, mark);
      this.#count();
    });
    return tile;
  }

  #mark(tile: HTMLElement, pick: Pick, mark: Mark): void {
    tile.dataset['mark'] = mark;
    tile.ariaLabel = say.marking(pick.name, say.mark[mark]);
  }

  #count(): void {
    const count = (wanted: Mark): number =>
      [...this.#marks.values()].filter((mark) => mark === wanted).length;
    this.#counts.textContent = say.counts(count('these'), count('others'));
    this.#make.disabled = count('these') === 0;
  }
}
