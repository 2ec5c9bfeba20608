import { Choice } from '../../parts/choice.js';
import { make } from '../../parts/dom.js';
import { Slider } from '../../parts/slider.js';
import { say } from './strings.js';
import { type Curves, PRESETS, type Preset, TOGETHER, along, moved, presetOf } from './curves.js';

const SIDE = 120;
/** Points of a drawn curve. */
const POINTS = 40;
const ROWS = [
  ['shape', 0],
  ['shape', 1],
  ['colour', 0],
  ['colour', 1],
] as const;

/** When shapes and colours change: presets, and the same by hand with a drawing of both. */
export class CurvesView {
  readonly root: HTMLElement;
  readonly #preset: Choice<Preset | 'own'>;
  readonly #sliders: Slider[];
  readonly #paths: Record<'shape' | 'colour', SVGPathElement>;
  readonly #own: HTMLDetailsElement;
  #curves = TOGETHER;

  /** `changed` hears of every move; `resting` is true when the hand lets go. */
  constructor(changed: (curves: Curves, resting: boolean) => void) {
    const names = Object.entries(say.presets) as [Preset | 'own', string][];
    this.#preset = new Choice<Preset | 'own'>(say.curves, names, 'together', (name) => {
      if (name === 'own') this.#own.open = true;
      else this.curves = PRESETS[name];
      changed(this.#curves, true);
    });
    this.#sliders = ROWS.map(
      ([curve, which]) =>
        new Slider(
          say.curveEnds[curve][which],
          { min: 0, max: 1, step: 0.01, home: which },
          say.percent,
          (value, resting) => {
            this.curves = { ...this.#curves, [curve]: moved(this.#curves[curve], which, value) };
            changed(this.#curves, resting);
          },
        ),
    );
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('viewBox', `-4 -4 ${String(SIDE + 8)} ${String(SIDE + 8)}`);
    svg.setAttribute('aria-hidden', 'true');
    const path = (kind: string): SVGPathElement => {
      const made = document.createElementNS('http://www.w3.org/2000/svg', 'path');
      made.dataset['curve'] = kind;
      svg.append(made);
      return made;
    };
    this.#paths = { shape: path('shape'), colour: path('colour') };
    this.#own = make(
      'details',
      {},
      make('summary', { textContent: say.curvesOwn }),
      make(
        'div',
        { className: 'plot' },
        svg,
        make('div', { className: 'ends' }, ...this.#sliders.map(({ root }) => root)),
      ),
    );
    this.root = make('div', { className: 'curves' }, this.#preset.root, this.#own);
    this.curves = TOGETHER;
  }

  get curves(): Curves {
    return this.#curves;
  }

  set curves(curves: Curves) {
    this.#curves = curves;
    this.#preset.value = presetOf(curves) ?? 'own';
    ROWS.forEach(([curve, which], i) => {
      const slider = this.#sliders[i];
      if (slider) slider.value = curves[curve][which];
    });
    for (const kind of ['shape', 'colour'] as const) {
      const points = Array.from(
        { length: POINTS + 1 },
        (_, i) => [i / POINTS, along(curves[kind], i / POINTS)] as const,
      );
      this.#paths[kind].setAttribute(
        'd',
        points
          .map(
            ([x, y], i) =>
              `${i === 0 ? 'M' : 'L'}${(x * SIDE).toFixed(1)} ${((1 - y) * SIDE).toFixed(1)}`,
          )
          .join(''),
      );
    }
  }
}
