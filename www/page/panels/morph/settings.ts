import { Choice } from '../../parts/choice.js';
import { make } from '../../parts/dom.js';
import type { State } from '../../shell/router.js';
import { say } from './strings.js';
import { EASINGS, type Easing, REPEATS, type Repeat, type Tempo } from './timeline.js';

const SECONDS = ['0.5', '1', '2', '4'] as const;
const FRAMES = { film: ['9', '17', '33'], square: ['5', '7', '9'] } as const;

/**
 * How many frames, and how they are played: each a choice that has a default and a place in the
 * address.
 */
export class Settings {
  readonly root: HTMLElement;
  readonly #repeat: Choice<Repeat>;
  readonly #easing: Choice<Easing>;
  readonly #seconds: Choice<(typeof SECONDS)[number]>;
  readonly #frames: Choice<string>;

  /** `framesChanged` means painting anew, `tempoChanged` only playing anew. */
  constructor(framesChanged: () => void, tempoChanged: () => void) {
    const named = <T extends string>(
      values: readonly T[],
      names: Readonly<Record<T, string>>,
    ): [T, string][] => values.map((value) => [value, names[value]]);
    const numbers = <T extends string>(values: readonly T[]): [T, string][] =>
      values.map((value) => [value, value]);
    this.#repeat = new Choice(say.repeat, named(REPEATS, say.repeats), 'pingpong', tempoChanged);
    this.#easing = new Choice(say.easing, named(EASINGS, say.easings), 'linear', tempoChanged);
    this.#seconds = new Choice(say.seconds, numbers(SECONDS), '1', tempoChanged);
    this.#frames = new Choice<string>(say.frames, numbers(FRAMES.film), '9', framesChanged);
    this.root = make(
      'div',
      { className: 'settings' },
      this.#repeat.root,
      this.#easing.root,
      this.#seconds.root,
      this.#frames.root,
    );
    this.root.setAttribute('role', 'group');
    this.root.ariaLabel = say.settings;
  }

  get tempo(): Tempo {
    return {
      repeat: this.#repeat.value,
      easing: this.#easing.value,
      seconds: Number(this.#seconds.value),
    };
  }

  /** From one picture to the next, both included. */
  get frames(): number {
    return Number(this.#frames.value);
  }

  /** What differs from the defaults; the number of frames is another in a square. */
  state(square: boolean): State {
    return {
      ...(this.#repeat.value !== 'pingpong' && { play: this.#repeat.value }),
      ...(this.#easing.value !== 'linear' && { pace: this.#easing.value }),
      ...(this.#seconds.value !== '1' && { seconds: this.#seconds.value }),
      ...(this.#frames.value !== FRAMES[square ? 'square' : 'film'][0] && {
        frames: this.#frames.value,
      }),
    };
  }

  take(state: State, square: boolean): void {
    const known = <T extends string>(
      values: readonly T[],
      value: string | undefined,
      otherwise: T,
    ): T => values.find((each) => each === value) ?? otherwise;
    this.#repeat.value = known(REPEATS, state['play'], 'pingpong');
    this.#easing.value = known(EASINGS, state['pace'], 'linear');
    this.#seconds.value = known(SECONDS, state['seconds'], '1');
    this.#frames.offer(
      FRAMES[square ? 'square' : 'film'].map((count) => [count, count]),
      state['frames'],
    );
  }
}
