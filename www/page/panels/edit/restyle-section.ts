import type { ModelConfig } from 'soda-morph';
import { make } from '../../parts/dom.js';
import { Slider } from '../../parts/slider.js';
import { say } from './strings.js';
import type { Edits } from './edits.js';
import { type Change, type Scene, type Section, type Thumb, foldable } from './section.js';
import { Strip } from './strip.js';

/** The picture in each view that the model can paint. */
export class ViewsSection implements Section {
  readonly root: HTMLDetailsElement;
  readonly #strip: Strip;
  #views: readonly string[] = [];

  constructor(change: Change) {
    this.#strip = new Strip(say.views, (index) => {
      change({ view: this.#views[index - 1] }, true);
    });
    this.root = foldable(say.views, say.viewsHint, this.#strip.root);
  }

  take(edits: Edits, config: ModelConfig | undefined): void {
    const views = config?.views ?? [];
    this.root.hidden = views.length === 0;
    if (views.join() !== this.#views.join()) {
      this.#views = views;
      this.#strip.labels([say.asItIs, ...views], true);
    }
    this.#strip.mark(edits.view === undefined ? 0 : 1 + views.indexOf(edits.view));
  }

  thumbs({ baseKey, edits, composed, options }: Scene): Thumb[] {
    return this.#strip.canvases.map((canvas, i) => {
      const view = this.#views[i - 1];
      return {
        key: `${baseKey} ${JSON.stringify({ ...edits, view })}`,
        canvas,
        latent: () => composed({}),
        options: options({ view }),
      };
    });
  }
}

const VARIATIONS = 8;
const RANGE = { min: 0, max: 0.8, step: 0.05, home: 0.25 } as const;

/** The picture from other noise, and from codes nearby. */
export class VariationsSection implements Section {
  readonly root: HTMLDetailsElement;
  readonly #strip: Strip;
  readonly #step: Slider;
  readonly #refresh: () => void;
  #first = 1;

  /** `refresh` has small pictures painted anew. */
  constructor(change: Change, refresh: () => void) {
    this.#refresh = refresh;
    this.#strip = new Strip(say.vary, (index) => {
      change({ vary: { seed: this.#first + index, amount: this.#step.value } }, true);
    });
    this.#strip.labels(
      Array.from({ length: VARIATIONS }, (_, i) => say.variation(i)),
      false,
    );
    this.#step = new Slider(say.step, RANGE, say.stepIs, (_, resting) => {
      if (resting) this.#refresh();
    });
    const others = make('button', { type: 'button', textContent: say.roll });
    others.addEventListener('click', () => {
      this.#first += VARIATIONS;
      this.#strip.mark(-1);
      this.#refresh();
    });
    const none = make('button', { type: 'button', className: 'plain', textContent: say.asItIs });
    none.addEventListener('click', () => {
      change({ vary: undefined }, true);
    });
    this.root = foldable(
      say.vary,
      say.varyHint,
      this.#strip.root,
      make('div', { className: 'row' }, this.#step.root, others, none),
    );
  }

  take({ vary }: Edits): void {
    if (vary && (vary.seed < this.#first || vary.seed >= this.#first + VARIATIONS))
      this.#first = VARIATIONS * Math.floor((vary.seed - 1) / VARIATIONS) + 1;
    if (vary) this.#step.value = vary.amount;
    this.#strip.mark(vary ? vary.seed - this.#first : -1);
  }

  thumbs({ baseKey, edits, composed, options }: Scene): Thumb[] {
    return this.#strip.canvases.map((canvas, i) => {
      const vary = { seed: this.#first + i, amount: this.#step.value };
      return {
        key: `${baseKey} ${JSON.stringify({ ...edits, vary })}`,
        canvas,
        latent: () => composed({ vary }),
        options: options({ vary }),
      };
    });
  }
}
