/** Side of the stage at least, in pixels. */
const LEAST = 512;

/** The large picture. */
export class Stage {
  readonly #canvas: HTMLCanvasElement;
  #awaited: Promise<void> | undefined;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    canvas.setAttribute('role', 'img');
  }

  set label(text: string) {
    this.#canvas.ariaLabel = text;
  }

  /** It is busy until this is over; nothing: it shows what it is to show. */
  set awaited(drawn: Promise<void> | undefined) {
    this.#awaited = drawn;
    this.#canvas.ariaBusy = drawn ? 'true' : null;
    void drawn?.finally(() => {
      if (drawn === this.#awaited) this.awaited = undefined;
    });
  }

  draw(picture: ImageData): void {
    drawScaled(this.#canvas, picture);
  }

  /** What it shows now. */
  get pixels(): ImageData {
    const { width, height } = this.#canvas;
    const context = this.#canvas.getContext('2d');
    return context?.getImageData(0, 0, width, height) ?? new ImageData(width, height);
  }

  /** The middle square of a picture. */
  cover(image: HTMLImageElement): void {
    const { width, height } = this.#canvas;
    const context = this.#canvas.getContext('2d');
    if (!context) return;
    const side = Math.min(image.naturalWidth, image.naturalHeight);
    context.clearRect(0, 0, width, height);
    context.imageSmoothingQuality = 'high';
    context.drawImage(
      image,
      (image.naturalWidth - side) / 2,
      (image.naturalHeight - side) / 2,
      side,
      side,
      0,
      0,
      width,
      height,
    );
  }

  /** One picture over another, as far as `share` says. */
  fade(from: ImageData, to: ImageData, share: number): void {
    const context = this.#canvas.getContext('2d');
    if (!context) return;
    drawScaled(this.#canvas, from);
    context.globalAlpha = share;
    drawScaled(this.#canvas, to);
    context.globalAlpha = 1;
  }

  /** Shows all of a picture of any shape, in the middle; a large one in its own size. */
  fit(picture: OffscreenCanvas): void {
    const side = Math.max(LEAST, picture.width, picture.height);
    if (this.#canvas.width !== side) [this.#canvas.width, this.#canvas.height] = [side, side];
    const { width, height } = this.#canvas;
    const context = this.#canvas.getContext('2d');
    if (!context) return;
    const scale = Math.min(width / picture.width, height / picture.height);
    const [w, h] = [scale * picture.width, scale * picture.height];
    context.clearRect(0, 0, width, height);
    context.drawImage(picture, (width - w) / 2, (height - h) / 2, w, h);
  }
}

/** Fills a canvas with a picture of another size. */
export function drawScaled(canvas: HTMLCanvasElement, picture: ImageData): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  const small = new OffscreenCanvas(picture.width, picture.height);
  small.getContext('2d')?.putImageData(picture, 0, 0);
  context.imageSmoothingQuality = 'high';
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
}
