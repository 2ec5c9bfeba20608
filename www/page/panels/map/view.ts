import type { Positions } from './plane.js';

/** A rectangle of the map. */
export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** How much closer than the whole map one can look, at least. */
const ZOOM = 8;
/** Pictures are shown at this size, in CSS pixels, when one looks as closely as possible. */
const LARGEST = 144;
/** Free pixels around the whole map. */
const MARGIN = 12;

/** What part of the map is in sight: the middle in the map's units, and CSS pixels a unit. */
export class View {
  x = 0;
  y = 0;
  scale = 1;
  #width = 1;
  #height = 1;
  #box: Box = { left: -1, top: -1, right: 1, bottom: 1 };
  /** Side of a picture in the map's units. */
  #side = 1;

  /**
   * The canvas, in CSS pixels. What was in the middle stays there; who looked at the whole goes on
   * doing so.
   */
  resize(width: number, height: number): void {
    const whole = this.isWhole;
    [this.#width, this.#height] = [Math.max(1, width), Math.max(1, height)];
    if (whole) this.whole();
    else this.#clamp();
  }

  /** The map itself. */
  of(box: Box, side: number): void {
    const whole = this.isWhole;
    [this.#box, this.#side] = [box, side];
    if (whole) this.whole();
    else this.#clamp();
  }

  get width(): number {
    return this.#width;
  }
  get height(): number {
    return this.#height;
  }

  /** The scale at which all of it is in sight. */
  get least(): number {
    const { left, top, right, bottom } = this.#box;
    const room = 2 * MARGIN;
    return Math.min(
      Math.max(1, this.#width - room) / (right - left + this.#side),
      Math.max(1, this.#height - room) / (bottom - top + this.#side),
    );
  }

  get most(): number {
    return Math.max(ZOOM * this.least, LARGEST / this.#side);
  }

  get isWhole(): boolean {
    return this.scale <= this.least * 1.001;
  }

  /** Side of a picture, in CSS pixels. */
  get pictureSide(): number {
    return Math.min(LARGEST, this.#side * this.scale);
  }

  whole(): void {
    const { left, top, right, bottom } = this.#box;
    [this.x, this.y, this.scale] = [(left + right) / 2, (top + bottom) / 2, this.least];
  }

  toScreen(x: number, y: number): [number, number] {
    return [
      (x - this.x) * this.scale + this.#width / 2,
      (y - this.y) * this.scale + this.#height / 2,
    ];
  }

  toMap(left: number, top: number): [number, number] {
    return [
      (left - this.#width / 2) / this.scale + this.x,
      (top - this.#height / 2) / this.scale + this.y,
    ];
  }

  /** Moves what is in sight by CSS pixels. */
  pan(dx: number, dy: number): void {
    this.x -= dx / this.scale;
    this.y -= dy / this.scale;
    this.#clamp();
  }

  /** Closer by a factor; the point at these CSS pixels stays where it is. */
  zoom(factor: number, left = this.#width / 2, top = this.#height / 2): void {
    const [x, y] = this.toMap(left, top);
    this.scale = Math.min(this.most, Math.max(this.least, this.scale * factor));
    this.x = x - (left - this.#width / 2) / this.scale;
    this.y = y - (top - this.#height / 2) / this.scale;
    this.#clamp();
  }

  /** Moves so far that this point is well inside. */
  reveal(x: number, y: number): void {
    const [left, top] = this.toScreen(x, y);
    const room = Math.min(this.pictureSide, this.#width / 4, this.#height / 4);
    this.pan(outside(left, this.#width, room), outside(top, this.#height, room));
  }

  /** Shows these points as large as they fit. */
  around(positions: Positions, indices: readonly number[]): void {
    const xs = indices.map((i) => positions[2 * i] ?? 0);
    const ys = indices.map((i) => positions[2 * i + 1] ?? 0);
    const [left, right, top, bottom] = [
      Math.min(...xs),
      Math.max(...xs),
      Math.min(...ys),
      Math.max(...ys),
    ];
    const room = 3 * this.#side;
    this.scale = Math.min(
      this.most / 2,
      Math.max(
        this.least,
        Math.min(this.#width / (right - left + room), this.#height / (bottom - top + room)),
      ),
    );
    [this.x, this.y] = [(left + right) / 2, (top + bottom) / 2];
    this.#clamp();
  }

  /** As short text for an address; empty for the whole. */
  toString(): string {
    return this.isWhole
      ? ''
      : [this.x.toFixed(3), this.y.toFixed(3), (this.scale / this.least).toFixed(2)].join();
  }

  /** The other way round; what makes no sense is the whole. */
  parse(text: string | undefined): void {
    this.whole();
    const [x, y, zoom] = (text ?? '').split(',').map(Number);
    if (
      x === undefined ||
      y === undefined ||
      zoom === undefined ||
      ![x, y, zoom].every(Number.isFinite)
    )
      return;
    [this.x, this.y] = [x, y];
    this.scale = Math.min(this.most, Math.max(this.least, zoom * this.least));
    this.#clamp();
  }

  /**
   * The map cannot be pushed out of sight: what is wider than the canvas covers it, what is
   * narrower stays inside.
   */
  #clamp(): void {
    this.scale = Math.min(this.most, Math.max(this.least, this.scale));
    const { left, top, right, bottom } = this.#box;
    const room = this.#side / 2 + MARGIN / this.scale;
    this.x = within(this.x, left - room, right + room, this.#width / this.scale);
    this.y = within(this.y, top - room, bottom + room, this.#height / this.scale);
  }
}

/** The box around all positions. */
export function boxOf(positions: Positions): Box {
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (let i = 0; i < positions.length; i += 2) {
    const [x, y] = [positions[i] ?? 0, positions[i + 1] ?? 0];
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x);
    box.top = Math.min(box.top, y);
    box.bottom = Math.max(box.bottom, y);
  }
  return positions.length > 0 ? box : { left: -1, top: -1, right: 1, bottom: 1 };
}

function outside(at: number, length: number, room: number): number {
  return at < room ? room - at : at > length - room ? length - room - at : 0;
}

function within(middle: number, low: number, high: number, seen: number): number {
  if (high - low <= seen) return Math.min(low + seen / 2, Math.max(high - seen / 2, middle));
  return Math.min(high - seen / 2, Math.max(low + seen / 2, middle));
}
