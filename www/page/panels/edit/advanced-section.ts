import type { ModelConfig } from 'soda-morph';
import { Choice } from '../../parts/choice.js';
import { make } from '../../parts/dom.js';
import { Slider } from '../../parts/slider.js';
import { say } from './strings.js';
import type { Edits } from './edits.js';
import { type Change, type Section, foldable } from './section.js';

const STEPS = [1, 2, 4, 8, 16, 32];
const SAMPLERS = ['auto', 'ddim', 'dpm++2m'] as const;
const GUIDANCE = { min: 0, max: 4, step: 0.1, home: 0 } as const;
const LEVEL_GUIDANCE = { min: -1, max: 4, step: 0.1, home: 0 } as const;
const MOST_SEED = 0xffff_ffff;

/** How the sampler paints. */
export class AdvancedSection implements Section {
  readonly root: HTMLDetailsElement;
  readonly #change: Change;
  readonly #guidance: Slider;
  readonly #levels = make('div', { className: 'level-guidance' });
  readonly #steps: Choice<string>;
  readonly #sampler: Choice<(typeof SAMPLERS)[number]>;
  readonly #seed = make('input', {
    type: 'number',
    min: '0',
    max: String(MOST_SEED),
    step: '1',
    id: 'edit-seed',
    value: '0',
  });
  #sliders: Slider[] = [];

  constructor(change: Change) {
    this.#change = change;
    const tenth = (value: number): string => value.toFixed(1);
    this.#guidance = new Slider(say.guidance, GUIDANCE, tenth, (value, resting) => {
      change({ guidance: value === 0 ? undefined : value }, resting);
    });
    this.#steps = new Choice<string>(say.steps, [], '', (value) => {
      change({ steps: value === '' ? undefined : Number(value) }, true);
    });
    this.#sampler = new Choice<(typeof SAMPLERS)[number]>(
      say.sampler,
      SAMPLERS.map((each) => [each, say.samplers[each]]),
      'auto',
      (value) => {
        change({ sampler: value === 'auto' ? undefined : value }, true);
      },
    );
    this.#seed.addEventListener('change', () => {
      const seed = Math.min(MOST_SEED, Math.max(0, Math.round(Number(this.#seed.value)) || 0));
      change({ seed: seed === 0 ? undefined : seed }, true);
    });
    const seed = make(
      'div',
      { className: 'choice' },
      make('label', { htmlFor: this.#seed.id, textContent: say.seed }),
      this.#seed,
    );
    this.root = foldable(
      say.advanced,
      '',
      make('div', { className: 'row' }, this.#steps.root, this.#sampler.root, seed),
      this.#guidance.root,
      this.#levels,
    );
  }

  take({ guidance, levels, steps, sampler, seed }: Edits, config: ModelConfig | undefined): void {
    const groups = config?.groups.length ?? 0;
    if (groups !== this.#sliders.length) this.#makeLevels(groups);
    this.#guidance.value = guidance ?? 0;
    this.#sliders.forEach((slider, i) => {
      slider.value = levels?.[i] ?? 0;
    });
    this.#steps.offer(
      [
        ['', say.own(config?.steps ?? 1)],
        ...STEPS.map((each): [string, string] => [String(each), String(each)]),
      ],
      steps === undefined ? '' : String(steps),
    );
    this.#sampler.value = sampler ?? 'auto';
    this.#seed.value = String(seed ?? 0);
  }

  #makeLevels(groups: number): void {
    this.#sliders = Array.from(
      { length: groups },
      (_, i) =>
        new Slider(
          say.levelGuidance(i),
          LEVEL_GUIDANCE,
          (value) => value.toFixed(1),
          (_value, resting) => {
            const levels = this.#sliders.map(({ value }) => value);
            this.#change(
              { levels: levels.some((level) => level !== 0) ? levels : undefined },
              resting,
            );
          },
        ),
    );
    this.#levels.replaceChildren(...this.#sliders.map(({ root }) => root));
  }
}
