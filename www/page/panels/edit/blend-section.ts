import type { ModelConfig } from 'soda-morph';
import { make } from '../../parts/dom.js';
import type { Pick, Pictures } from '../../parts/pictures.js';
import { Slider } from '../../parts/slider.js';
import { Well } from '../../parts/well.js';
import { say } from './strings.js';
import { type Edits, defaultSplit } from './edits.js';
import { type Change, type Section, foldable } from './section.js';

/** A well that can be emptied again. */
function emptiable(
  title: string,
  pictures: Pictures,
  picked: (pick: Pick | undefined) => void,
): { well: Well; root: HTMLElement } {
  const root = make('div');
  const well = new Well(root, title, pictures, picked);
  const clear = make('button', { type: 'button', className: 'plain', textContent: say.clear });
  clear.ariaLabel = `${title}: ${say.clear}`;
  clear.addEventListener('click', () => {
    well.show(undefined);
    picked(undefined);
  });
  root.append(clear);
  return { well, root };
}

/** Picture − minus + plus. */
export class ArithmeticSection implements Section {
  readonly root: HTMLDetailsElement;
  readonly #pictures: Pictures;
  readonly #minus: Well;
  readonly #plus: Well;

  constructor(pictures: Pictures, change: Change) {
    this.#pictures = pictures;
    const minus = emptiable(say.minus, pictures, (pick) => {
      change({ minus: pick?.id }, true);
    });
    const plus = emptiable(say.plus, pictures, (pick) => {
      change({ plus: pick?.id }, true);
    });
    [this.#minus, this.#plus] = [minus.well, plus.well];
    const sign = (text: string): HTMLElement => {
      const span = make('span', { className: 'sign', textContent: text });
      span.ariaHidden = 'true';
      return span;
    };
    this.root = foldable(
      say.arithmetic,
      say.arithmeticHint,
      make('div', { className: 'sum' }, sign('−'), minus.root, sign('+'), plus.root),
    );
  }

  take({ minus, plus }: Edits): void {
    this.#minus.show(this.#pictures.find(minus));
    this.#plus.show(this.#pictures.find(plus));
    if (minus !== undefined || plus !== undefined) this.root.open = true;
  }
}

/** Coarse levels of this picture, fine ones of another. */
export class MixSection implements Section {
  readonly root: HTMLDetailsElement;
  readonly #pictures: Pictures;
  readonly #other: Well;
  readonly #split: Slider;
  #groups = 4;

  constructor(pictures: Pictures, change: Change) {
    this.#pictures = pictures;
    const other = emptiable(say.other, pictures, (pick) => {
      change({ other: pick?.id, ...(!pick && { split: undefined }) }, true);
    });
    this.#other = other.well;
    this.#split = new Slider(
      say.split,
      { min: 0, max: 4, step: 1, home: defaultSplit(4) },
      (split) => say.splitAt(split, this.#groups),
      (split, resting) => {
        change({ split }, resting);
      },
    );
    this.root = foldable(
      say.mix,
      say.mixHint,
      make('div', { className: 'mixing' }, other.root, this.#split.root),
    );
  }

  take({ other, split }: Edits, config: ModelConfig | undefined): void {
    this.#groups = config?.groups.length ?? this.#groups;
    this.#split.max = this.#groups;
    this.#split.value = split ?? defaultSplit(this.#groups);
    this.#other.show(this.#pictures.find(other));
    this.#split.root.hidden = other === undefined;
    if (other !== undefined) this.root.open = true;
  }
}
