import type { Chart } from './chart.js';

/** Fewer CSS pixels than this are a click, not a drag. */
const CLICK = 6;
const KEY_ZOOM = 1.5;
/** A notch of a wheel is about 100; a pinch on a touchpad sends many small ones. */
const WHEEL = 0.0018;
const PINCH = 0.01;

/** What hands do with the map. Places are CSS pixels of the canvas. */
export interface Hands {
  /** Whether a drag beginning here draws a line rather than moving the map. */
  draws: (event: PointerEvent) => boolean;
  click: (left: number, top: number) => void;
  /** A line is being drawn, or has been. */
  line: (from: [number, number], to: [number, number], done: boolean) => void;
  /** A line was begun and given up: a second finger came, or Escape. */
  drop: () => void;
  point: (left: number, top: number, type: string) => void;
  leave: () => void;
  /** The view was changed. */
  seen: () => void;
}

/** Wheel, drag and pinch on the map; `stage` is what receives them. */
export class Gestures {
  readonly #stage: HTMLElement;
  readonly #chart: Chart;
  readonly #hands: Hands;
  /** Where each finger is. */
  readonly #fingers = new Map<number, [number, number]>();
  #begun: { at: [number, number]; line: boolean; moved: boolean } | undefined;

  constructor(stage: HTMLElement, chart: Chart, hands: Hands) {
    [this.#stage, this.#chart, this.#hands] = [stage, chart, hands];
    stage.addEventListener('pointerdown', (event) => {
      this.#down(event);
    });
    stage.addEventListener('pointermove', (event) => {
      this.#move(event);
    });
    stage.addEventListener('pointerup', (event) => {
      this.#up(event);
    });
    stage.addEventListener('pointercancel', (event) => {
      this.#cancel(event);
    });
    stage.addEventListener('pointerleave', () => {
      hands.leave();
    });
    stage.addEventListener(
      'wheel',
      (event) => {
        this.#wheel(event);
      },
      { passive: false },
    );
    stage.addEventListener('dblclick', (event) => {
      const [left, top] = this.#place(event);
      chart.go((view) => {
        view.zoom(2, left, top);
      });
      hands.seen();
    });
  }

  /** The keys `+`, `-` and `0`; false for others. */
  key(key: string): boolean {
    if (key === '+' || key === '=')
      this.#chart.go((view) => {
        view.zoom(KEY_ZOOM);
      });
    else if (key === '-' || key === '_')
      this.#chart.go((view) => {
        view.zoom(1 / KEY_ZOOM);
      });
    else if (key === '0')
      this.#chart.go((view) => {
        view.whole();
      });
    else return false;
    this.#hands.seen();
    return true;
  }

  #down(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.#stage.setPointerCapture(event.pointerId);
    this.#fingers.set(event.pointerId, this.#place(event));
    this.#chart.hold();
    if (this.#fingers.size > 1) {
      if (this.#begun?.line && this.#begun.moved) this.#hands.drop();
      if (this.#begun) [this.#begun.line, this.#begun.moved] = [false, true];
    } else this.#begun = { at: this.#place(event), line: this.#hands.draws(event), moved: false };
  }

  #move(event: PointerEvent): void {
    const to = this.#place(event);
    const from = this.#fingers.get(event.pointerId);
    const begun = this.#begun;
    if (!from || !begun) {
      this.#hands.point(...to, event.pointerType);
      return;
    }
    if (this.#fingers.size === 1 && !begun.moved)
      begun.moved = Math.hypot(to[0] - begun.at[0], to[1] - begun.at[1]) >= CLICK;
    if (!begun.moved) return;
    const { view } = this.#chart;
    if (begun.line) this.#hands.line(begun.at, to, false);
    else if (this.#fingers.size === 1) view.pan(to[0] - from[0], to[1] - from[1]);
    else {
      const other = [...this.#fingers].find(([id]) => id !== event.pointerId)?.[1] ?? from;
      const factor =
        Math.hypot(to[0] - other[0], to[1] - other[1]) /
        Math.max(1, Math.hypot(from[0] - other[0], from[1] - other[1]));
      view.pan((to[0] - from[0]) / 2, (to[1] - from[1]) / 2);
      view.zoom(factor, (to[0] + other[0]) / 2, (to[1] + other[1]) / 2);
    }
    this.#fingers.set(event.pointerId, to);
    if (!begun.line) {
      this.#chart.draw();
      this.#hands.seen();
    }
  }

  #up(event: PointerEvent): void {
    if (!this.#fingers.delete(event.pointerId) || this.#fingers.size > 0) return;
    const begun = this.#begun;
    this.#begun = undefined;
    if (!begun) return;
    const to = this.#place(event);
    if (!begun.moved) this.#hands.click(...to);
    else if (begun.line) this.#hands.line(begun.at, to, true);
  }

  #cancel(event: PointerEvent): void {
    this.#fingers.delete(event.pointerId);
    if (this.#begun?.line) this.#hands.drop();
    if (this.#fingers.size === 0) this.#begun = undefined;
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault();
    this.#chart.hold();
    // Firefox counts lines, and a touchpad's pinch comes as a wheel with Ctrl.
    const dots = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 33 : 1);
    this.#chart.view.zoom(Math.exp(-dots * (event.ctrlKey ? PINCH : WHEEL)), ...this.#place(event));
    this.#chart.draw();
    this.#hands.seen();
  }

  #place({ clientX, clientY }: MouseEvent): [number, number] {
    const { left, top } = this.#stage.getBoundingClientRect();
    return [clientX - left, clientY - top];
  }
}
