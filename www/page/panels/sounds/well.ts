import { icon, make } from '../../parts/dom.js';
import { takeDrops } from '../../parts/dropped.js';
import { drawScaled } from '../../parts/stage.js';
import type { Sound } from './shelf.js';
import { say } from './strings.js';
import { tinted } from './tint.js';

/** Pixels of the picture across and down: those of a spectrogram, made smooth. */
const SIDE = 256;

/** What a well asks of its panel. */
export interface WellEvents {
  play: (sound: Sound) => void;
  choose: () => void;
  /** Files were dropped here. */
  dropped: (files: readonly File[]) => void;
}

/** A place for a sound: its spectrogram, which plays when it is pressed, and a way to another. */
export class SoundWell {
  readonly root: HTMLElement;
  /** What is pressed to play. */
  readonly button: HTMLButtonElement;
  readonly #title: string;
  readonly #canvas = make('canvas', { width: SIDE, height: SIDE });
  readonly #name = make('span', { className: 'name' });
  readonly #trouble = make('p', { className: 'trouble' });
  #sound: Sound | undefined;

  constructor(side: 'from' | 'to', events: WellEvents) {
    this.#title = say.side[side];
    this.button = make(
      'button',
      { type: 'button', className: 'picture', disabled: true },
      this.#canvas,
      make('i', { className: 'head' }),
      make('span', { className: 'badge' }, icon('play')),
      make('span', { className: 'hint', textContent: say.drop }),
    );
    this.button.ariaLabel = say.empty(this.#title);
    this.button.addEventListener('click', () => {
      if (this.#sound) events.play(this.#sound);
    });
    const choose = make('button', {
      type: 'button',
      className: 'choose',
      textContent: say.choose,
    });
    choose.ariaLabel = say.chooseFor(this.#title);
    choose.addEventListener('click', () => {
      events.choose();
    });
    this.#trouble.setAttribute('role', 'alert');
    this.root = make(
      'div',
      { className: `well ${side}` },
      make('h2', {}, make('span', { className: 'side', textContent: this.#title }), this.#name),
      make('div', { className: 'frame' }, this.button),
      choose,
      this.#trouble,
    );
    this.root.setAttribute('role', 'group');
    this.root.ariaLabel = this.#title;
    takeDrops(this.root, ({ files }) => {
      events.dropped([...files]);
    });
  }

  get sound(): Sound | undefined {
    return this.#sound;
  }

  show(sound: Sound | undefined): void {
    this.#sound = sound;
    this.#name.textContent = sound?.name ?? '';
    this.button.disabled = sound === undefined;
    this.button.ariaLabel = sound ? say.play(this.#title, sound.name) : say.empty(this.#title);
    if (sound) drawScaled(this.#canvas, tinted(sound.picture));
    else this.#canvas.getContext('2d')?.clearRect(0, 0, SIDE, SIDE);
    this.complain('');
  }

  complain(message: string): void {
    this.#trouble.textContent = message;
    this.root.toggleAttribute('data-trouble', message !== '');
  }
}
