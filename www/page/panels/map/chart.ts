import type { Positions } from './plane.js';
import { type Atlas, bubble } from './atlas.js';
import { View, boxOf } from './view.js';

/** The picture one points at, chose, or looked for is drawn this much larger. */
const LARGER = 1.25;
const DIM = 0.14;
/** Pictures glide to new places and the view to a new one in this time. */
const GLIDE_MS = 420;
const RING = 3;

/** A way from one place of the map to another, and the frames painted on it so far. */
export interface Line {
  from: [number, number];
  to: [number, number];
  frames: readonly (OffscreenCanvas | undefined)[];
}

/** What is on the canvas beside the pictures. */
export interface Marks {
  chosen: number;
  pointed: number;
  /** Nearest of what is chosen. */
  near: readonly number[];
  /** Pictures that a search found; undefined while nothing is looked for. */
  found: ReadonlySet<number> | undefined;
  /** A picture that is not on the map, where it would lie. */
  example: { picture: OffscreenCanvas; x: number; y: number } | undefined;
  line: Line | undefined;
}

/** Draws the map, only when something has changed. */
export class Chart {
  readonly view = new View();
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #painted: () => void;
  readonly #still = matchMedia('(prefers-reduced-motion: reduce)');
  #atlas: Atlas | undefined;
  #goal: Positions = new Float32Array();
  #positions: Positions = new Float32Array();
  #marks: Marks = {
    chosen: -1,
    pointed: -1,
    near: [],
    found: undefined,
    example: undefined,
    line: undefined,
  };
  #destination = '';
  readonly #glides = new Map<'view' | 'places', { begun: number; step: (share: number) => void }>();
  #asked = false;
  #colours = { accent: '', soft: '' };

  /** `painted` is called after each drawing. */
  constructor(canvas: HTMLCanvasElement, painted: () => void) {
    this.#canvas = canvas;
    this.#painted = painted;
    const context = canvas.getContext('2d');
    if (!context) throw new Error('no canvas for the map');
    this.#context = context;
    new ResizeObserver(() => {
      this.#resize();
    }).observe(canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      this.#readColours();
    });
    new MutationObserver(() => {
      this.#readColours();
    }).observe(document.documentElement, { attributeFilter: ['data-theme'] });
  }

  get positions(): Positions {
    return this.#goal;
  }

  /** New pictures: nothing of the old map remains. */
  of(atlas: Atlas | undefined): void {
    this.#atlas = atlas;
    this.#goal = new Float32Array();
    this.#positions = new Float32Array();
    this.#glides.clear();
    this.draw();
  }

  /**
   * Where the pictures lie now, which are `side` wide; they glide there from where they were. The
   * map may be larger than what lies on it yet.
   */
  place(positions: Positions, side: number, box = boxOf(positions)): void {
    const before = this.#positions;
    this.#goal = positions;
    this.view.of(box, side);
    if (before.length === 0 || this.#still.matches) this.#positions = positions;
    else {
      const start = Float32Array.from(positions, (value, i) => before[i] ?? value);
      this.#positions = start.slice();
      this.#over('places', (share) => {
        this.#positions = start.map((value, i) => value + share * ((positions[i] ?? 0) - value));
      });
    }
    this.draw();
  }

  mark(marks: Partial<Marks>): void {
    Object.assign(this.#marks, marks);
    this.draw();
  }

  get marks(): Readonly<Marks> {
    return this.#marks;
  }

  /** Lets `change` change the view, and goes there softly. */
  go(change: (view: View) => void): void {
    const { view } = this;
    const from = { x: view.x, y: view.y, scale: view.scale };
    change(view);
    const to = { x: view.x, y: view.y, scale: view.scale };
    if (this.#still.matches) {
      this.draw();
      return;
    }
    this.#destination = view.toString();
    Object.assign(view, from);
    this.#over('view', (share) => {
      view.scale = from.scale * (to.scale / from.scale) ** share;
      // The middle moves as it would if one point stayed in place.
      const way =
        from.scale === to.scale
          ? share
          : (1 / from.scale - 1 / view.scale) / (1 / from.scale - 1 / to.scale);
      view.x = from.x + way * (to.x - from.x);
      view.y = from.y + way * (to.y - from.y);
    });
  }

  /** The view as a text: the one it glides to, where it is on its way. */
  get destination(): string {
    return this.#glides.has('view') ? this.#destination : this.view.toString();
  }

  /** A hand has taken hold of the map: it no longer glides by itself. */
  hold(): void {
    this.#glides.delete('view');
  }

  /** Where a picture is drawn now, in CSS pixels, and how wide; undefined where there is none. */
  whereIs(index: number): { left: number; top: number; side: number } | undefined {
    const [x, y] = [this.#positions[2 * index], this.#positions[2 * index + 1]];
    if (x === undefined || y === undefined) return undefined;
    const [left, top] = this.view.toScreen(x, y);
    return { left, top, side: this.view.pictureSide * LARGER };
  }

  /**
   * The picture at these CSS pixels of the canvas, the nearest one where they lie on each other; −1
   * where there is none.
   */
  at(left: number, top: number): number {
    const [x, y] = this.view.toMap(left, top);
    const reach = Math.max(this.view.pictureSide / 2, 8) / this.view.scale;
    let [best, least] = [-1, reach];
    for (let i = 0; i < this.#goal.length / 2; i++) {
      const distance = Math.hypot((this.#goal[2 * i] ?? 0) - x, (this.#goal[2 * i + 1] ?? 0) - y);
      if (distance < least) [best, least] = [i, distance];
    }
    return best;
  }

  /** Draws before the screen is next refreshed. */
  draw(): void {
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame((now) => {
      this.#asked = false;
      this.#step(now);
      this.#paint();
      if (this.#glides.size > 0) this.draw();
    });
  }

  #over(what: 'view' | 'places', step: (share: number) => void): void {
    this.#glides.set(what, { begun: performance.now(), step });
    this.draw();
  }

  #step(now: number): void {
    for (const [what, { begun, step }] of this.#glides) {
      const share = Math.min(1, Math.max(0, (now - begun) / GLIDE_MS));
      step(1 - (1 - share) ** 3);
      if (share === 1) this.#glides.delete(what);
    }
  }

  #paint(): void {
    const { width, height } = this.#canvas;
    const context = this.#context;
    const dots = width / this.view.width;
    context.clearRect(0, 0, width, height);
    const { chosen, pointed, near, found, example, line } = this.#marks;
    const side = this.view.pictureSide * dots;
    const special = new Set([chosen, pointed, ...near].filter((index) => index >= 0));
    context.globalAlpha = found ? DIM : 1;
    for (let i = 0; i < this.#positions.length / 2; i++)
      if (!found?.has(i) && !special.has(i)) this.#picture(i, side, dots);
    context.globalAlpha = 1;
    if (found) for (const i of found) if (!special.has(i)) this.#picture(i, side, dots);
    for (const i of near) if (i !== chosen) this.#ringed(i, side, dots, 1.5, this.#colours.soft);
    if (line) this.#line(line, side, dots);
    if (example) {
      const [x, y] = this.#screen(example.x, example.y, dots);
      context.drawImage(
        example.picture,
        x - (side * LARGER) / 2,
        y - (side * LARGER) / 2,
        side * LARGER,
        side * LARGER,
      );
      this.#ring(x, y, side * LARGER, dots, RING, this.#colours.accent);
    }
    if (pointed >= 0 && pointed !== chosen)
      this.#ringed(pointed, side * LARGER, dots, 2, this.#colours.accent);
    if (chosen >= 0) this.#ringed(chosen, side * LARGER, dots, RING, this.#colours.accent);
    this.#painted();
  }

  #picture(index: number, side: number, dots: number): void {
    const [x, y] = this.#screen(
      this.#positions[2 * index] ?? 0,
      this.#positions[2 * index + 1] ?? 0,
      dots,
    );
    const { width, height } = this.#canvas;
    if (x < -side || y < -side || x > width + side || y > height + side) return;
    this.#atlas?.draw(this.#context, index, x, y, side);
  }

  #ringed(index: number, side: number, dots: number, thick: number, colour: string): void {
    this.#picture(index, side, dots);
    const [x, y] = this.#screen(
      this.#positions[2 * index] ?? 0,
      this.#positions[2 * index + 1] ?? 0,
      dots,
    );
    this.#ring(x, y, side, dots, thick, colour);
  }

  #ring(x: number, y: number, side: number, dots: number, thick: number, colour: string): void {
    const context = this.#context;
    context.beginPath();
    context.arc(x, y, side / 2 + (thick * dots) / 2, 0, 2 * Math.PI);
    context.lineWidth = thick * dots;
    context.strokeStyle = colour;
    context.stroke();
  }

  /** A string of bubbles, each of which becomes its frame once that is painted. */
  #line({ from, to, frames }: Line, side: number, dots: number): void {
    const context = this.#context;
    const [x0, y0] = this.#screen(...from, dots);
    const [x1, y1] = this.#screen(...to, dots);
    const count = Math.max(2, frames.length);
    context.beginPath();
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
    context.lineWidth = 2 * dots;
    context.strokeStyle = this.#colours.accent;
    context.stroke();
    const apart = Math.hypot(x1 - x0, y1 - y0) / (count - 1);
    const large = Math.min(Math.max(side, 28 * dots), Math.max(10 * dots, apart * 0.95));
    for (let i = 0; i < count; i++) {
      const share = i / (count - 1);
      const [x, y] = [x0 + share * (x1 - x0), y0 + share * (y1 - y0)];
      const frame = frames[i];
      if (frame) {
        context.drawImage(frame, x - large / 2, y - large / 2, large, large);
        this.#ring(x, y, large, dots, 1.5, this.#colours.accent);
      } else {
        context.beginPath();
        context.arc(x, y, (i === 0 || i === count - 1 ? 6 : 4) * dots, 0, 2 * Math.PI);
        context.fillStyle = this.#colours.accent;
        context.fill();
      }
    }
  }

  #screen(x: number, y: number, dots: number): [number, number] {
    const [left, top] = this.view.toScreen(x, y);
    return [left * dots, top * dots];
  }

  #resize(): void {
    const { clientWidth, clientHeight } = this.#canvas;
    if (clientWidth === 0) return; // The panel is hidden.
    const dots = Math.min(2, devicePixelRatio);
    this.#canvas.width = Math.round(clientWidth * dots);
    this.#canvas.height = Math.round(clientHeight * dots);
    this.view.resize(clientWidth, clientHeight);
    this.#readColours();
    // A canvas of a new size is empty: it is drawn at once, or it would blink.
    this.#paint();
  }

  #readColours(): void {
    const style = getComputedStyle(this.#canvas);
    this.#colours = { accent: style.accentColor, soft: style.color };
    this.draw();
  }
}

/** A picture that is not on the map as a bubble. */
export function toBubble(picture: ImageData | ImageBitmap): OffscreenCanvas {
  const side = Math.max(96, Math.min(192, picture.width));
  if (picture instanceof ImageBitmap) return bubble(picture, side);
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  canvas.getContext('2d')?.putImageData(picture, 0, 0);
  return bubble(canvas, side);
}
