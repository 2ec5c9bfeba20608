import { SodaError } from '../../shared/error.js';

type Canvas = HTMLCanvasElement | OffscreenCanvas;
/** Makes a frame ready; what it resolves to draws it at once. */
export type Paint = () => Promise<(canvas: Canvas) => void>;

/** Frames that come to canvases later than they are asked for: the last asked for is shown. */
export class Canvases {
  /** What is still to be painted on a canvas whose turn it is, or nothing; and its end. */
  readonly #turns = new Map<Canvas, { next: Paint | undefined; done: Promise<void> }>();
  #closed = false;

  /**
   * Paints on `canvas`, one frame at a time; what is out of date by then is left out. Resolves once
   * the canvas shows it, or what was asked for later.
   */
  draw(canvas: Canvas, paint: Paint): Promise<void> {
    const turn = this.#turns.get(canvas);
    if (turn) {
      turn.next = paint;
      return turn.done;
    }
    const own = { next: undefined, done: Promise.resolve() };
    this.#turns.set(canvas, own);
    own.done = this.#run(canvas, paint, own)
      .catch(() => undefined)
      .finally(() => {
        this.#turns.delete(canvas);
      });
    return own.done;
  }

  /** Nothing more is shown. */
  close(): void {
    this.#closed = true;
  }

  async #run(canvas: Canvas, first: Paint, turn: { next: Paint | undefined }): Promise<void> {
    for (let paint: Paint | undefined = first; paint; paint = turn.next) {
      turn.next = undefined;
      const show = await paint();
      if (this.#closed) return;
      show(canvas);
    }
  }
}

/** Shows an image as all of a canvas, which becomes its size. */
export function shown(image: ImageData): (canvas: Canvas) => void {
  return (canvas) => {
    fitCanvas(canvas, image.width, image.height);
    contextOf(canvas).putImageData(image, 0, 0);
  };
}

/** The same of another canvas, in place of what was there. */
export function copied(from: OffscreenCanvas): (canvas: Canvas) => void {
  return (canvas) => {
    const context = contextOf(canvas);
    fitCanvas(canvas, from.width, from.height);
    context.globalCompositeOperation = 'copy';
    context.drawImage(from, 0, 0);
  };
}

/** The canvas's pen. */
export function contextOf(
  canvas: Canvas,
): CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D {
  const context =
    canvas instanceof OffscreenCanvas ? canvas.getContext('2d') : canvas.getContext('2d');
  if (context) return context;
  throw new SodaError(
    'input',
    'the canvas has a context of another kind; give draw a canvas of its own',
  );
}

/** Brings a canvas to this size; setting it anew would empty it. */
function fitCanvas(canvas: Canvas, width: number, height: number): void {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}
