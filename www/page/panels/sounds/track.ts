import { make } from '../../parts/dom.js';
import { drawScaled } from '../../parts/stage.js';
import { say } from './strings.js';
import { tinted } from './tint.js';
import { LAST_PLACE, PLACES } from './way.js';

/** Pixels of a step's picture across and down. */
const SIDE = 128;

/** The slider between two sounds, over the spectrograms of the way. */
export class Track {
  readonly root: HTMLElement;
  readonly #strip = make('div', { className: 'strip' });
  readonly #slider: HTMLInputElement;

  /** `moved` hears of every move; `resting` is true when the hand lets go. */
  constructor(moved: (place: number, resting: boolean) => void) {
    this.#strip.ariaHidden = 'true';
    this.#strip.append(...PLACES.map(() => make('canvas', { width: SIDE, height: SIDE })));
    this.#slider = make('input', {
      type: 'range',
      className: 'scrub',
      min: '0',
      max: String(LAST_PLACE),
      step: '1',
    });
    this.#slider.ariaLabel = say.slider;
    this.#slider.addEventListener('input', () => {
      moved(Number(this.#slider.value), false);
    });
    this.#slider.addEventListener('change', () => {
      moved(Number(this.#slider.value), true);
    });
    this.root = make('div', { className: 'track' }, this.#strip, this.#slider);
    this.root.style.setProperty('--frames', String(PLACES.length));
    new ResizeObserver(() => {
      const width = this.root.clientWidth / PLACES.length;
      this.root.style.setProperty('--frame', `${String(width)}px`);
    }).observe(this.root);
  }

  /** The slider stands here, in words. */
  show(place: number, words: string): void {
    this.#slider.value = String(place);
    this.#slider.setAttribute('aria-valuetext', words);
  }

  /** The picture of a step. */
  put(step: number, picture: ImageData): void {
    const canvas = this.#strip.children[step];
    if (!(canvas instanceof HTMLCanvasElement)) return;
    drawScaled(canvas, tinted(picture));
    canvas.dataset['painted'] = '';
  }

  /** Other pictures are to come. */
  clear(): void {
    for (const canvas of this.#strip.querySelectorAll('canvas')) delete canvas.dataset['painted'];
  }
}
