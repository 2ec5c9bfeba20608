import { Choice } from '../../parts/choice.js';
import { make } from '../../parts/dom.js';
import { Slider } from '../../parts/slider.js';
import type { State } from '../../shell/router.js';
import type { Way } from './places.js';
import { DEFAULT_PAINTER, PAINTERS, type Painter } from './painter.js';
import { say } from './strings.js';

const HALF = 0.5;

export interface PainterEvents {
  /** Another painter. */
  changed: () => void;
  /** Another share of the painting; `resting` when the hand lets go. */
  shared: (resting: boolean) => void;
}

/** Who paints the frames, and how much of them. */
export class PainterChoice {
  readonly root: HTMLElement;
  readonly #choice: Choice<Painter>;
  readonly #share: Slider;
  readonly #exact: HTMLInputElement;
  #way: Way = 'two';

  constructor({ changed, shared }: PainterEvents) {
    this.#choice = new Choice<Painter>(say.painter, options('two'), DEFAULT_PAINTER, () => {
      this.#arrange();
      changed();
    });
    this.#share = new Slider(
      say.painted,
      { min: 0, max: 1, step: 0.01, home: HALF },
      say.paintedShare,
      (_, resting) => {
        shared(resting);
      },
    );
    this.#exact = make('input', { id: 'exact', type: 'checkbox' });
    this.#exact.addEventListener('change', changed);
    this.root = make(
      'div',
      { className: 'painter' },
      this.#choice.root,
      this.#share.root,
      make(
        'label',
        { className: 'check' },
        this.#exact,
        make(
          'span',
          {},
          make('b', { textContent: say.exact }),
          make('small', { textContent: say.exactHint }),
        ),
      ),
      make('p', { className: 'hint' }),
    );
    this.#arrange();
  }

  get painter(): Painter {
    return this.#choice.value;
  }

  /** How much of the painting is seen, 0 to 1; of `mixed`. */
  get share(): number {
    return this.painter === 'mixed' ? this.#share.value : 0;
  }

  /** Whether the model's first and last frame are the pictures themselves. */
  get exact(): boolean {
    return this.#exact.checked;
  }

  take(state: State, way: Way): void {
    this.#way = way;
    const { painted } = state;
    const share = painted === undefined || painted === '' ? NaN : Number(painted) / 100;
    const mixed = share >= 0 && share <= 1 && mixes(way);
    const wanted =
      painted === 'yes'
        ? 'soda'
        : painted === 'no'
          ? 'original'
          : mixed
            ? 'mixed'
            : DEFAULT_PAINTER;
    this.#choice.offer(options(way), wanted);
    this.#share.value = mixed ? share : HALF;
    this.#exact.checked = state['exact'] === 'yes';
    this.#arrange();
  }

  /** What differs from the defaults. */
  state(): State {
    const { painter } = this;
    const painted =
      painter === 'mixed'
        ? String(Math.round(100 * this.#share.value))
        : painter === 'soda'
          ? 'yes'
          : 'no';
    return {
      ...(painter !== DEFAULT_PAINTER && { painted }),
      ...(this.#exact.checked && { exact: 'yes' }),
    };
  }

  /** Shows what belongs to the painter. */
  #arrange(): void {
    const { painter } = this;
    this.#share.root.hidden = painter !== 'mixed';
    const label = this.#exact.closest('label');
    if (label) label.hidden = painter !== 'soda' || this.#way === 'average';
    const hint = this.root.querySelector('.hint');
    if (hint) hint.textContent = say.painterHints[painter];
  }
}

/** Pictures that are brought together all at once are not mixed with their painting. */
function mixes(way: Way): boolean {
  return way !== 'square' && way !== 'average';
}

function options(way: Way): readonly (readonly [Painter, string])[] {
  const all = PAINTERS.map((painter) => [painter, say.painters[painter]] as const);
  return mixes(way) ? all : all.filter(([painter]) => painter !== 'mixed');
}
