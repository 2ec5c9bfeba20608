import { make } from './dom.js';
import { openDialog } from './dialog.js';
import { type Frame, type Point, centred, mostZoom, panned, zoomOf, zoomed } from './crop-frame.js';
import { say } from './strings/own.js';

/** Pixels of the view, and the most that a cropped picture gets: no model sees more. */
const VIEW = 512;
/** A press of an arrow key moves by this share of the frame; with shift by more. */
const NUDGE = 0.02;
const PUSH = 0.15;
const ZOOM_STEP = 1.15;
/** Fingers closer than this share of the view count as so far apart. */
const LEAST_APART = 0.005;

/** What a person has framed. */
export interface Crop {
  frame: Frame;
  picture: Blob;
}

/**
 * Lets a person choose a square of a picture: drag, wheel, pinch, slider or keys. Undefined where
 * they think better of it.
 */
export async function cropPicture(source: Blob | string, begin?: Frame): Promise<Crop | undefined> {
  const image = await load(source);
  return new Promise((resolve) => {
    new CropDialog(image, begin, resolve);
  });
}

class CropDialog {
  readonly #image: HTMLImageElement;
  readonly #view = make('canvas', { width: VIEW, height: VIEW, tabIndex: 0, className: 'view' });
  readonly #zoom: HTMLInputElement;
  readonly #pointers = new Map<number, PointerEvent>();
  #frame: Frame;
  #result: Crop | undefined;

  constructor(
    image: HTMLImageElement,
    begin: Frame | undefined,
    resolve: (crop: Crop | undefined) => void,
  ) {
    this.#image = image;
    this.#frame = begin ?? centred(this.#size);
    this.#zoom = make('input', { type: 'range', min: '0', max: '1', step: 'any' });
    this.#view.setAttribute('role', 'application');
    this.#view.setAttribute('aria-roledescription', say.cropRole);
    const reset = make('button', {
      type: 'button',
      className: 'plain',
      textContent: say.cropReset,
    });
    const use = make('button', { type: 'button', className: 'primary', textContent: say.cropUse });
    const dialog = openDialog(
      say.cropTitle,
      'crop',
      [
        this.#view,
        make('label', { className: 'zoom' }, make('span', { textContent: say.zoom }), this.#zoom),
        make('p', { className: 'hint', textContent: say.cropHint }),
        make('div', { className: 'acts' }, use, reset),
      ],
      () => {
        resolve(this.#result);
      },
    );
    reset.addEventListener('click', () => {
      this.#set(centred(this.#size));
    });
    use.addEventListener(
      'click',
      () =>
        void this.#cut().then((picture) => {
          this.#result = { frame: this.#frame, picture };
          dialog.close();
        }),
    );
    this.#zoom.addEventListener('input', () => {
      this.#set(zoomed(this.#frame, this.#size, mostZoom(this.#size) ** Number(this.#zoom.value)));
    });
    this.#listen();
    this.#set(this.#frame);
    this.#view.focus();
  }

  get #size(): { width: number; height: number } {
    return { width: this.#image.naturalWidth, height: this.#image.naturalHeight };
  }

  #listen(): void {
    const view = this.#view;
    view.addEventListener('pointerdown', (event) => {
      view.setPointerCapture(event.pointerId);
      this.#pointers.set(event.pointerId, event);
    });
    view.addEventListener('pointermove', (event) => {
      this.#drag(event);
    });
    for (const kind of ['pointerup', 'pointercancel'] as const)
      view.addEventListener(kind, (event) => {
        this.#pointers.delete(event.pointerId);
      });
    view.addEventListener(
      'wheel',
      (event) => {
        event.preventDefault();
        this.#zoomBy(
          Math.exp(-event.deltaY * (event.deltaMode === 0 ? 0.002 : 0.06)),
          this.#at(event),
        );
      },
      { passive: false },
    );
    view.addEventListener('keydown', (event) => {
      this.#key(event);
    });
  }

  /** One pointer drags; two also zoom, and what lay between them stays there. */
  #drag(event: PointerEvent): void {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return;
    this.#pointers.set(event.pointerId, event);
    const other = [...this.#pointers.values()].find(
      ({ pointerId }) => pointerId !== event.pointerId,
    );
    const [from, to] = [this.#at(before), this.#at(event)];
    if (!other) {
      this.#set(panned(this.#frame, this.#size, from.x - to.x, from.y - to.y));
      return;
    }
    const still = this.#at(other);
    const apart = (a: Point): number =>
      Math.max(LEAST_APART, Math.hypot(a.x - still.x, a.y - still.y));
    const middle = (a: Point): Point => ({ x: (a.x + still.x) / 2, y: (a.y + still.y) / 2 });
    this.#set(
      zoomed(
        this.#frame,
        this.#size,
        (zoomOf(this.#frame, this.#size) * apart(to)) / apart(from),
        middle(from),
        middle(to),
      ),
    );
  }

  #key(event: KeyboardEvent): void {
    const by = event.shiftKey ? PUSH : NUDGE;
    const pan = { ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, -by], ArrowDown: [0, by] }[
      event.key
    ];
    if (pan) this.#set(panned(this.#frame, this.#size, pan[0] ?? 0, pan[1] ?? 0));
    else if (event.key === '+' || event.key === '=') this.#zoomBy(ZOOM_STEP);
    else if (event.key === '-') this.#zoomBy(1 / ZOOM_STEP);
    else return;
    event.preventDefault();
  }

  #at(event: { clientX: number; clientY: number }): Point {
    const { left, top, width, height } = this.#view.getBoundingClientRect();
    return { x: (event.clientX - left) / width, y: (event.clientY - top) / height };
  }

  #zoomBy(factor: number, at?: Point): void {
    this.#set(zoomed(this.#frame, this.#size, factor * zoomOf(this.#frame, this.#size), at));
  }

  #set(frame: Frame): void {
    this.#frame = frame;
    const zoom = zoomOf(frame, this.#size);
    this.#zoom.value = String(Math.log(zoom) / (Math.log(mostZoom(this.#size)) || 1));
    this.#zoom.setAttribute('aria-valuetext', say.zoomed(zoom));
    const { width, height } = this.#size;
    const share = (from: number, room: number): number =>
      room < 1 ? 50 : Math.round((100 * from) / room);
    this.#view.setAttribute(
      'aria-label',
      say.framed(share(frame.x, width - frame.side), share(frame.y, height - frame.side), zoom),
    );
    this.#draw(this.#view.getContext('2d'), VIEW);
  }

  #draw(
    context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D | null,
    pixels: number,
  ): void {
    if (!context) return;
    const { x, y, side } = this.#frame;
    context.clearRect(0, 0, pixels, pixels);
    context.imageSmoothingQuality = 'high';
    context.drawImage(this.#image, x, y, side, side, 0, 0, pixels, pixels);
  }

  #cut(): Promise<Blob> {
    const pixels = Math.max(1, Math.min(VIEW, Math.round(this.#frame.side)));
    const canvas = new OffscreenCanvas(pixels, pixels);
    this.#draw(canvas.getContext('2d'), pixels);
    return canvas.convertToBlob({ type: 'image/png' });
  }
}

async function load(source: Blob | string): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = typeof source === 'string' ? source : URL.createObjectURL(source);
  try {
    await image.decode();
  } finally {
    if (typeof source !== 'string') URL.revokeObjectURL(image.src);
  }
  return image;
}
