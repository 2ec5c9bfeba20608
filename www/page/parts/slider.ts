import { make } from './dom.js';

let count = 0;

export interface SliderRange {
  min: number;
  max: number;
  step: number;
  /** Where a double click takes it back to. */
  home: number;
}

/** A slider with its name before it and its value after it, in words. */
export class Slider {
  readonly root: HTMLDivElement;
  readonly #input: HTMLInputElement;
  readonly #label = make('label');
  readonly #output = make('output');
  readonly #words: (value: number) => string;
  readonly #home: number;

  /** `moved` hears of every move; `resting` is true when the hand lets go. */
  constructor(
    name: string,
    { min, max, step, home }: SliderRange,
    words: (value: number) => string,
    moved: (value: number, resting: boolean) => void,
  ) {
    const id = `slider-${String(++count)}`;
    this.#words = words;
    this.#home = home;
    this.#input = make('input', {
      type: 'range',
      id,
      min: String(min),
      max: String(max),
      step: String(step),
      value: String(home),
    });
    this.#label.htmlFor = id;
    this.#output.setAttribute('for', id);
    this.root = make('div', { className: 'slider' }, this.#label, this.#input, this.#output);
    this.name = name;
    this.#input.addEventListener('input', () => {
      this.#describe();
      moved(this.value, false);
    });
    this.#input.addEventListener('change', () => {
      moved(this.value, true);
    });
    this.#input.addEventListener('dblclick', () => {
      this.value = home;
      moved(home, true);
    });
    this.#describe();
  }

  set name(name: string) {
    this.#label.textContent = name;
  }

  get value(): number {
    return Number(this.#input.value);
  }

  set value(value: number) {
    this.#input.value = String(value);
    this.#describe();
  }

  /** Another upper end. */
  set max(max: number) {
    this.#input.max = String(max);
    this.#describe();
  }

  #describe(): void {
    const words = this.#words(this.value);
    this.#output.textContent = words;
    this.#input.setAttribute('aria-valuetext', words);
    const { min, max } = this.#input;
    // The track is filled from home to the thumb.
    const share = (value: number): string =>
      String((value - Number(min)) / Math.max(1e-9, Number(max) - Number(min)));
    this.#input.style.setProperty('--at', share(this.value));
    this.#input.style.setProperty('--home', share(this.#home));
  }
}
