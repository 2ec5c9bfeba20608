import { SodaError } from '../../shared/error.js';

type Canvas = HTMLCanvasElement | OffscreenCanvas;
type Paint = () => Promise<ImageData>;

/** Frames that come to canvases later than they are asked for: the last asked for is shown. */
export class Canvases {
  /** What is still to be painted on a canvas whose turn it is, or nothing. */
  readonly #waiting = new Map<Canvas, Paint | undefined>();
  #closed = false;

  /** Paints on `canvas`, one frame at a time; what is out of date by then is left out. */
  draw(canvas: Canvas, paint: Paint): void {
    const busy = this.#waiting.has(canvas);
    this.#waiting.set(canvas, busy ? paint : undefined);
    if (!busy) this.#run(canvas, paint).catch(() => undefined);
  }

  /** Nothing more is shown. */
  close(): void {
    this.#closed = true;
    this.#waiting.clear();
  }

  async #run(canvas: Canvas, first: Paint): Promise<void> {
    try {
      for (let paint: Paint | undefined = first; paint;) {
        const image = await paint();
        if (this.#closed) return;
        fitCanvas(canvas, image.width, image.height);
        contextOf(canvas).putImageData(image, 0, 0);
        paint = this.#waiting.get(canvas);
        this.#waiting.set(canvas, undefined);
      }
    } finally {
      this.#waiting.delete(canvas);
    }
  }
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
export function fitCanvas(canvas: Canvas, width: number, height: number): void {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}
