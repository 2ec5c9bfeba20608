import { make } from '../../parts/dom.js';
import type { Pick } from '../../parts/pictures.js';
import { Slider } from '../../parts/slider.js';
import type { State } from '../../shell/router.js';
import { say } from './strings.js';

/** Every share unless a person has moved it; what counts is their proportion. */
const HOME = 50;

export interface AverageEvents {
  /** The shares are others. */
  moved: () => void;
  /** A step that can be undone; `run` names what one step goes on with. */
  commit: (run: string) => void;
}

/** A slider for the share of each picture in the average of all. */
export class AverageView {
  readonly root: HTMLElement;
  readonly #events: AverageEvents;
  readonly #sliders = make('div', { className: 'shares' });
  #shares: number[] = [];
  #picks: readonly Pick[] = [];

  constructor(events: AverageEvents) {
    this.#events = events;
    this.root = make('div', { className: 'average' }, this.#sliders);
    this.root.setAttribute('role', 'group');
    this.root.ariaLabel = say.shares;
  }

  take(state: State): void {
    const shares = (state['shares'] ?? '').split('-').map(Number);
    this.#shares = shares.every((share) => share >= 0 && share <= 100) ? shares : [];
  }

  /** The shares, unless all are alike. */
  state(): State {
    const shares = this.#picks.map((_, i) => this.#share(i));
    return shares.some((share) => share !== shares[0]) ? { shares: shares.join('-') } : {};
  }

  /** A slider for each of these. */
  set picks(picks: readonly Pick[]) {
    this.#picks = picks;
    this.#sliders.replaceChildren(
      ...picks.map((pick, i) => {
        const slider = new Slider(
          pick.name,
          { min: 0, max: 100, step: 1, home: HOME },
          say.parts,
          (share, resting) => {
            this.#shares = this.#picks.map((_, j) => (i === j ? share : this.#share(j)));
            if (resting) this.#events.commit(`share ${String(i)}`);
            this.#events.moved();
          },
        );
        slider.value = this.#share(i);
        return slider.root;
      }),
    );
  }

  /** One for each picture, not all 0. */
  get weights(): number[] {
    const shares = this.#picks.map((_, i) => this.#share(i));
    return shares.some((share) => share > 0) ? shares : shares.map(() => 1);
  }

  #share(index: number): number {
    return this.#shares.length === this.#picks.length ? (this.#shares[index] ?? HOME) : HOME;
  }
}
