/** Side of one picture in the atlas, in pixels; a map of few pictures is looked at more closely. */
const CELL = { few: 128, many: 64 } as const;
const FEW = 300;
/** Each smaller copy has half the side. */
const COPIES = 3;
/** Pixels kept free around each picture, so that neighbours do not bleed in where it is scaled. */
const FREE = 1;

/** Where a picture with transparency has some, as parts of its side. */
const CORNERS = [
  [0.02, 0.02],
  [0.98, 0.02],
  [0.02, 0.98],
  [0.98, 0.98],
] as const;
/** Such a picture's side, as a part of its bubble's. */
const INSIDE = 0.78;

/**
 * All pictures as round bubbles on one canvas, and smaller copies of it: drawing thousands is
 * copying from one place.
 */
export class Atlas {
  readonly #cell: number;
  readonly #columns: number;
  readonly #sheets: {
    canvas: OffscreenCanvas;
    context: OffscreenCanvasRenderingContext2D;
    cell: number;
  }[];
  readonly #has: Uint8Array;

  constructor(count: number) {
    this.#cell = count <= FEW ? CELL.few : CELL.many;
    this.#columns = Math.max(1, Math.ceil(Math.sqrt(count)));
    this.#has = new Uint8Array(count);
    this.#sheets = Array.from({ length: COPIES }, (_, i) => {
      const cell = this.#cell >> i;
      const canvas = new OffscreenCanvas(
        this.#columns * cell,
        Math.max(1, Math.ceil(count / this.#columns)) * cell,
      );
      return { canvas, context: context2d(canvas), cell };
    });
  }

  has(index: number): boolean {
    return this.#has[index] === 1;
  }

  /** Takes in a picture, of which the middle square is shown. */
  put(index: number, picture: ImageBitmap | OffscreenCanvas): void {
    if (index >= this.#has.length) return;
    this.#has[index] = 1;
    let source: OffscreenCanvas = bubble(picture, this.#cell - 2 * FREE);
    for (const { context, cell } of this.#sheets) {
      const [left, top] = [
        (index % this.#columns) * cell,
        Math.floor(index / this.#columns) * cell,
      ];
      const side = cell - 2 * FREE;
      context.clearRect(left, top, cell, cell);
      // Halved each time, the copies are averages.
      if (source.width !== side) source = resized(source, side);
      context.drawImage(source, left + FREE, top + FREE);
    }
  }

  /** Draws a picture around a point; `side` and the context are in device pixels. */
  draw(context: CanvasRenderingContext2D, index: number, x: number, y: number, side: number): void {
    const sheet = this.#sheets.findLast(({ cell }) => cell >= side) ?? this.#sheets[0];
    if (!sheet) return;
    const { canvas, cell } = sheet;
    const inner = cell - 2 * FREE;
    context.drawImage(
      canvas,
      (index % this.#columns) * cell + FREE,
      Math.floor(index / this.#columns) * cell + FREE,
      inner,
      inner,
      x - side / 2,
      y - side / 2,
      side,
      side,
    );
  }

  /** One picture by itself, for lists. */
  copy(index: number, canvas: HTMLCanvasElement): void {
    const context = canvas.getContext('2d');
    if (context) this.draw(context, index, canvas.width / 2, canvas.height / 2, canvas.width);
  }
}

/**
 * A round picture; one with transparency lies on a white bubble, small enough that its corners
 * show.
 */
export function bubble(
  picture: CanvasImageSource & { width: number; height: number },
  side: number,
): OffscreenCanvas {
  const edge = Math.min(picture.width, picture.height);
  const [left, top] = [(picture.width - edge) / 2, (picture.height - edge) / 2];
  const square = new OffscreenCanvas(side, side);
  const whole = context2d(square, true);
  whole.imageSmoothingQuality = 'high';
  whole.drawImage(picture, left, top, edge, edge, 0, 0, side, side);
  const { data } = whole.getImageData(0, 0, side, side);
  const seeThrough = CORNERS.some(
    ([x, y]) => (data[4 * (Math.floor(y * side) * side + Math.floor(x * side)) + 3] ?? 0) < 250,
  );

  const canvas = new OffscreenCanvas(side, side);
  const context = context2d(canvas);
  context.arc(side / 2, side / 2, side / 2, 0, 2 * Math.PI);
  context.clip();
  if (seeThrough) {
    context.fillStyle = '#fff';
    context.fillRect(0, 0, side, side);
    const inner = side * INSIDE;
    context.imageSmoothingQuality = 'high';
    context.drawImage(
      picture,
      left,
      top,
      edge,
      edge,
      (side - inner) / 2,
      (side - inner) / 2,
      inner,
      inner,
    );
  } else context.drawImage(square, 0, 0);
  context.beginPath();
  context.arc(side / 2, side / 2, side / 2 - 0.5, 0, 2 * Math.PI);
  context.strokeStyle = 'rgb(19 42 28 / 0.22)';
  context.stroke();
  return canvas;
}

function resized(source: OffscreenCanvas, side: number): OffscreenCanvas {
  const canvas = new OffscreenCanvas(side, side);
  const context = context2d(canvas);
  context.imageSmoothingQuality = 'high';
  context.drawImage(source, 0, 0, side, side);
  return canvas;
}

function context2d(
  canvas: OffscreenCanvas,
  willReadFrequently = false,
): OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext('2d', { willReadFrequently });
  if (!context)
    throw new Error(
      `no canvas of ${String(canvas.width)} × ${String(canvas.height)} pixels for the map`,
    );
  return context;
}
