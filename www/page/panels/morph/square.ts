import { make } from '../../parts/dom.js';
import { say } from './strings.js';
import type { Point } from './path.js';

const STEP = 0.05;
const FINE_STEP = 0.01;

/**
 * A square of painted cells, and a ring on it to drag. The corners' centres are the four pictures.
 */
export class Square {
  readonly root: HTMLElement;
  readonly #mosaic = make('div', { className: 'mosaic' });
  readonly #ring = make('div', { className: 'ring', tabIndex: 0 });
  readonly #moved: () => void;
  readonly #rested: () => void;
  #cells: (ImageData | undefined)[] = [];
  #side = 0;
  #point: Point = { x: 0.5, y: 0.5 };

  /** `moved` hears of each move by hand, `rested` of its end. */
  constructor(moved: () => void, rested: () => void) {
    this.#moved = moved;
    this.#rested = rested;
    this.#mosaic.ariaHidden = 'true';
    this.#ring.setAttribute('role', 'slider');
    this.#ring.setAttribute('aria-roledescription', say.padKind);
    this.#ring.ariaLabel = say.pad;
    this.#ring.addEventListener('keydown', (event) => {
      this.#keyDown(event);
    });
    const pad = make('div', { className: 'pad' }, this.#mosaic, this.#ring);
    pad.addEventListener('pointerdown', (event) => {
      if (!event.isPrimary || event.button !== 0) return;
      event.preventDefault();
      pad.setPointerCapture(event.pointerId);
      this.#ring.focus({ preventScroll: true });
      this.#follow(event);
    });
    pad.addEventListener('pointermove', (event) => {
      if (pad.hasPointerCapture(event.pointerId)) this.#follow(event);
    });
    pad.addEventListener('lostpointercapture', () => {
      this.#rested();
    });
    this.root = make(
      'div',
      { className: 'square' },
      pad,
      make('p', { className: 'hint', textContent: say.padHint }),
    );
  }

  get point(): Point {
    return this.#point;
  }

  set point(point: Point) {
    this.#point = point;
    const place = (share: number): string =>
      `${String((100 * (share * (this.#side - 1) + 0.5)) / Math.max(1, this.#side))}%`;
    this.#ring.style.setProperty('--x', place(point.x));
    this.#ring.style.setProperty('--y', place(point.y));
    this.#ring.ariaValueNow = String(Math.round(100 * point.x));
    this.#ring.setAttribute('aria-valuetext', this.description);
  }

  /** Cells that are painted, row by row. */
  get painted(): ImageData[] {
    return this.#cells.filter((cell) => cell !== undefined);
  }

  /** What screen readers hear of the ring. */
  get description(): string {
    return say.padAt(Math.round(100 * this.#point.x), Math.round(100 * this.#point.y));
  }

  /**
   * Makes room for side × side cells; `keep` leaves the old ones until new ones take their place.
   */
  reset(side: number, keep = false): void {
    if (keep && this.#side === side) return;
    this.#side = side;
    this.#cells = Array.from({ length: side * side }, () => undefined);
    this.#mosaic.style.setProperty('--side', String(side));
    this.#ring.style.setProperty('--side', String(side));
    this.#mosaic.replaceChildren(...this.#cells.map(() => make('canvas', { width: 1, height: 1 })));
    this.point = this.#point;
  }

  put(column: number, row: number, picture: ImageData): void {
    const index = row * this.#side + column;
    this.#cells[index] = picture;
    const cell = this.#mosaic.children[index];
    if (!(cell instanceof HTMLCanvasElement)) return;
    cell.width = picture.width;
    cell.height = picture.height;
    cell.getContext('2d')?.putImageData(picture, 0, 0);
    cell.dataset['painted'] = '';
  }

  /** The painted cell that the ring is in, and whether it is right in its centre. */
  get cell(): { picture: ImageData | undefined; exact: boolean } {
    const last = this.#side - 1;
    const [across, down] = [this.#point.x * last, this.#point.y * last];
    const [column, row] = [Math.round(across), Math.round(down)];
    return {
      picture: this.#cells[row * this.#side + column],
      exact: Math.hypot(across - column, down - row) < 1e-6,
    };
  }

  #follow({ clientX, clientY }: PointerEvent): void {
    const { left, top, width, height } = this.#mosaic.getBoundingClientRect();
    const share = (offset: number, length: number): number =>
      Math.min(
        1,
        Math.max(0, ((offset / length) * this.#side - 0.5) / Math.max(1, this.#side - 1)),
      );
    this.#go({ x: share(clientX - left, width), y: share(clientY - top, height) });
  }

  #keyDown(event: KeyboardEvent): void {
    const direction = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    }[event.key];
    const [dx, dy] = direction ?? [];
    if (dx === undefined || dy === undefined || event.ctrlKey || event.metaKey || event.altKey)
      return;
    event.preventDefault();
    const step = event.shiftKey ? FINE_STEP : STEP;
    const within = (value: number): number =>
      Math.min(1, Math.max(0, Math.round(value * 100) / 100));
    this.#go({ x: within(this.#point.x + step * dx), y: within(this.#point.y + step * dy) });
    this.#rested();
  }

  #go(point: Point): void {
    this.point = point;
    this.#moved();
  }
}
