import type { Pin } from 'soda-morph';
import { icon, make } from '../../parts/dom.js';
import { say } from './strings.js';
import { MOST_PINS, movedPin, nextPin } from './pins.js';

/** Of a frame's side, a step of an arrow key; with Shift a fine one. */
const STEP = 0.02;
const FINE_STEP = 0.005;
const SIDES = ['a', 'b'] as const;
type Side = (typeof SIDES)[number];

/**
 * Both pictures with pairs of points on them, which a person drags to parts that belong together.
 */
export class PinsView {
  readonly root: HTMLDetailsElement;
  readonly #frames: Record<Side, { canvas: HTMLCanvasElement; over: HTMLElement }>;
  readonly #add = make('button', { type: 'button', textContent: say.pinAdd });
  readonly #list = make('div', { className: 'pin-list' });
  readonly #hint = make('p', { className: 'hint', textContent: say.pinsHint });
  readonly #changed: (pins: readonly Pin[], resting: boolean) => void;
  #names: Record<Side, string> = { a: '', b: '' };
  #pins: readonly Pin[] = [];

  /**
   * `changed` hears of every move; `resting` is true when the hand lets go. `opened`: the frames
   * are to be drawn.
   */
  constructor(changed: (pins: readonly Pin[], resting: boolean) => void, opened: () => void) {
    this.#changed = changed;
    const frame = (side: Side): { canvas: HTMLCanvasElement; over: HTMLElement } => {
      const canvas = make('canvas', { width: 1, height: 1 });
      canvas.ariaHidden = 'true';
      const over = make('div', { className: 'over' });
      over.addEventListener('pointerdown', (event) => {
        this.#press(side, over, event);
      });
      return { canvas, over };
    };
    this.#frames = { a: frame('a'), b: frame('b') };
    this.#add.addEventListener('click', () => {
      this.#set([...this.#pins, nextPin(this.#pins)], true);
      this.#point('a', this.#pins.length - 1)?.focus();
    });
    this.root = make(
      'details',
      { className: 'pins' },
      make('summary', { textContent: say.pins }),
      this.#hint,
      make(
        'div',
        { className: 'pin-frames' },
        ...SIDES.map((side) =>
          make(
            'div',
            { className: 'pin-frame' },
            this.#frames[side].canvas,
            this.#frames[side].over,
          ),
        ),
      ),
      make('div', { className: 'acts' }, this.#add, this.#list),
    );
    this.root.addEventListener('toggle', () => {
      if (this.root.open) opened();
    });
  }

  get pins(): readonly Pin[] {
    return this.#pins;
  }

  set pins(pins: readonly Pin[]) {
    const same = pins.length === this.#pins.length;
    this.#pins = pins;
    if (same) this.#place();
    else this.#render();
  }

  /** The pictures' names, for screen readers. */
  set names([a, b]: readonly [string, string]) {
    this.#names = { a, b };
    this.#place(); // Not made anew: a point may have the focus.
  }

  /** Whether the pictures were hard to match: then it says that points help. */
  set unsure(unsure: boolean) {
    this.#hint.textContent = unsure ? say.pinsUnsure : say.pinsHint;
    this.root.toggleAttribute('data-unsure', unsure);
  }

  /** Draws one of the pictures in the frame that both share. */
  draw(side: Side, draw: (canvas: HTMLCanvasElement) => void): void {
    draw(this.#frames[side].canvas);
  }

  #set(pins: readonly Pin[], resting: boolean): void {
    this.#pins = pins;
    this.#render();
    this.#changed(pins, resting);
  }

  #move(side: Side, index: number, x: number, y: number, resting: boolean): void {
    this.#pins = this.#pins.map((pin, i) => (i === index ? movedPin(pin, side, x, y) : pin));
    this.#place();
    this.#changed(this.#pins, resting);
  }

  #point(side: Side, index: number): HTMLButtonElement | null {
    return this.#frames[side].over.querySelector(`[data-pin="${String(index)}"]`);
  }

  /** On a point it is dragged; beside every point a new pair is put there, while there is room. */
  #press(side: Side, over: HTMLElement, event: PointerEvent): void {
    if (!event.isPrimary || event.button !== 0) return;
    event.preventDefault();
    const box = over.getBoundingClientRect();
    const at = ({ clientX, clientY }: PointerEvent): [number, number] => [
      (clientX - box.left) / box.width,
      (clientY - box.top) / box.height,
    ];
    const target = event.target instanceof Element ? event.target.closest('[data-pin]') : null;
    let index = target instanceof HTMLElement ? Number(target.dataset['pin']) : -1;
    if (index === -1) {
      if (this.#pins.length >= MOST_PINS) return;
      const [x, y] = at(event);
      index = this.#pins.length;
      this.#set([...this.#pins, { a: [x, y], b: [x, y] }], false);
    }
    this.#point(side, index)?.focus({ preventScroll: true });
    over.setPointerCapture(event.pointerId);
    const over_ = new AbortController();
    const { signal } = over_;
    over.addEventListener(
      'pointermove',
      (move) => {
        this.#move(side, index, ...at(move), false);
      },
      { signal },
    );
    over.addEventListener(
      'lostpointercapture',
      () => {
        over_.abort();
        this.#changed(this.#pins, true);
      },
      { signal },
    );
  }

  #keyDown(side: Side, index: number, event: KeyboardEvent): void {
    const [dx, dy] =
      { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ??
      [];
    const pin = this.#pins[index];
    if (event.ctrlKey || event.metaKey || event.altKey || !pin) return;
    if (event.key === 'Delete' || event.key === 'Backspace') this.#remove(index);
    else if (dx !== undefined && dy !== undefined) {
      const step = event.shiftKey ? FINE_STEP : STEP;
      const [x, y] = pin[side];
      this.#move(side, index, x + step * dx, y + step * dy, true);
    } else return;
    event.preventDefault();
  }

  #remove(index: number): void {
    this.#set(
      this.#pins.filter((_, i) => i !== index),
      true,
    );
    (this.#point('a', Math.min(index, this.#pins.length - 1)) ?? this.#add).focus();
  }

  #render(): void {
    for (const side of SIDES) {
      this.#frames[side].over.replaceChildren(
        ...this.#pins.map((_, i) => {
          const point = make('button', {
            type: 'button',
            className: 'pin',
            textContent: String(i + 1),
          });
          point.dataset['pin'] = String(i);
          point.setAttribute('aria-description', say.pinKeys);
          point.addEventListener('keydown', (event) => {
            this.#keyDown(side, i, event);
          });
          return point;
        }),
      );
    }
    this.#list.replaceChildren(
      ...this.#pins.map((_, i) => {
        const remove = make(
          'button',
          { type: 'button', className: 'plain' },
          icon('close'),
          say.pinRemove(i),
        );
        remove.addEventListener('click', () => {
          this.#remove(i);
        });
        return remove;
      }),
    );
    this.#add.disabled = this.#pins.length >= MOST_PINS;
    this.#place();
  }

  #place(): void {
    this.#pins.forEach((pin, i) => {
      for (const side of SIDES) {
        const point = this.#point(side, i);
        const [x, y] = pin[side];
        point?.style.setProperty('--x', `${(100 * x).toFixed(2)}%`);
        point?.style.setProperty('--y', `${(100 * y).toFixed(2)}%`);
        if (point)
          point.ariaLabel = say.pinAt(
            i,
            this.#names[side],
            Math.round(100 * x),
            Math.round(100 * y),
          );
      }
    });
  }
}
