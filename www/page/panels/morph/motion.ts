import { Choice } from '../../parts/choice.js';
import { make } from '../../parts/dom.js';
import type { State } from '../../shell/router.js';
import { CurvesView } from './curves-view.js';
import { TOGETHER, fromText as curvesFrom, toText as curvesText } from './curves.js';
import type { Originals } from './originals.js';
import { PinsView } from './pins-view.js';
import { fromText as pinsFrom, toText as pinsText } from './pins.js';
import { say } from './strings.js';

/** Pictures that were matched worse than this want points. */
const UNSURE = 0.3;

export interface MotionEvents {
  /** The frames are others. While a hand moves, only what is on the stage is drawn anew. */
  moved: (resting: boolean) => void;
  /** A step that can be undone; `run` names what one step goes on with. */
  commit: (run: string) => void;
}

/**
 * How the originals move: points that belong together, when shapes and colours change, and the path
 * that places take.
 */
export class Motion {
  readonly root: HTMLElement;
  readonly #originals: Originals;
  readonly #pins: PinsView;
  readonly #curves: CurvesView;
  readonly #path: Choice<Originals['path']>;
  /** The pictures that the points are of. */
  #pinnedOf = '';

  constructor(originals: Originals, { moved, commit }: MotionEvents) {
    this.#originals = originals;
    this.#pins = new PinsView(
      (pins, resting) => {
        if (resting) commit('pins');
        if (!originals.solved) return;
        originals.setPins(pins).then(
          () => {
            if (originals.solved) moved(resting);
          },
          () => undefined,
        ); // Disposed of meanwhile.
      },
      () => {
        this.#drawEnds();
      },
    );
    this.#curves = new CurvesView((curves, resting) => {
      originals.curves = curves;
      if (resting) commit('curves');
      moved(resting);
    });
    this.#path = new Choice(
      say.path,
      (['straight', 'spiral'] as const).map((path) => [path, say.paths[path]]),
      'straight',
      (path) => {
        originals.path = path;
        commit('path');
        moved(true);
      },
    );
    this.root = make(
      'div',
      { className: 'motion' },
      make('div', { className: 'pace' }, this.#path.root, this.#curves.root),
      this.#pins.root,
    );
  }

  take(state: State): void {
    this.#pins.pins = pinsFrom(state['pins']);
    this.#curves.curves = curvesFrom(state['curves']);
    this.#originals.curves = this.#curves.curves;
    this.#path.value = this.#originals.path = state['path'] === 'spiral' ? 'spiral' : 'straight';
  }

  /** What differs from the defaults; points are of two pictures. */
  state(two: boolean): State {
    const { pins } = this.#pins;
    const curves = curvesText(this.#curves.curves);
    return {
      ...(two && pins.length > 0 && { pins: pinsText(pins) }),
      ...(curves !== curvesText(TOGETHER) && { curves }),
      ...(this.#path.value !== 'straight' && { path: this.#path.value }),
    };
  }

  get pins(): PinsView['pins'] {
    return this.#pins.pins;
  }

  /** The pictures' names, for screen readers. */
  set names(names: readonly [string, string]) {
    this.#pins.names = names;
  }

  /** A person has chosen other pictures: points of the ones before mean nothing on them. */
  picturesChanged(pictures: string): void {
    if (this.#pins.pins.length > 0 && this.#pinnedOf !== '' && pictures !== this.#pinnedOf)
      this.#pins.pins = [];
  }

  /** The pictures are brought together. */
  solved(pictures: string): void {
    this.#pinnedOf = pictures;
    this.#pins.unsure = this.#originals.confidence < UNSURE;
    this.#drawEnds();
  }

  /** Shows both pictures where points can be set. */
  #drawEnds(): void {
    if (!this.#pins.root.open || !this.#originals.solved) return;
    const draw = (end: 0 | 1) => (canvas: HTMLCanvasElement) => {
      this.#originals.drawEnd(end, canvas).catch(() => undefined); // Disposed of meanwhile.
    };
    this.#pins.draw('a', draw(0));
    this.#pins.draw('b', draw(1));
  }
}
