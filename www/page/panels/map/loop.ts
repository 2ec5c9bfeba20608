import { make } from '../../parts/dom.js';
import { say } from './strings.js';

const FRAME_MS = 130;
const HOLD_MS = 600;

/** A small film that goes there and back for as long as nobody takes its slider. */
export class Loop {
  readonly root = make('div', { className: 'loop' });
  readonly #canvas = make('canvas', { width: 1, height: 1, role: 'img' });
  readonly #scrub = make('input', {
    type: 'range',
    min: '0',
    max: '0',
    value: '0',
    ariaLabel: say.scrub,
  });
  #frames: (ImageData | undefined)[] = [];
  #label = '';
  #timer: ReturnType<typeof setTimeout> | undefined;
  #direction = 1;

  constructor() {
    this.root.append(this.#canvas, this.#scrub);
    this.#scrub.addEventListener('input', () => {
      this.stop();
      this.#show();
    });
    this.#scrub.addEventListener('pointerdown', () => {
      this.stop();
    });
  }

  /** Room for this many frames. */
  begin(count: number, label: string): void {
    this.stop();
    this.#frames = Array.from({ length: count }, () => undefined);
    this.#label = label;
    this.#direction = 1;
    this.#scrub.max = String(count - 1);
    this.#scrub.value = '0';
    this.#canvas.getContext('2d')?.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    this.#show();
    if (!matchMedia('(prefers-reduced-motion: reduce)').matches)
      this.#timer = setTimeout(this.#turn, HOLD_MS);
  }

  put(index: number, frame: ImageData): void {
    this.#frames[index] = frame;
    this.#show();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  readonly #turn = (): void => {
    const last = this.#frames.findLastIndex((frame) => frame !== undefined);
    const at = Number(this.#scrub.value);
    if (at + this.#direction > last || at + this.#direction < 0) this.#direction = -this.#direction;
    this.#scrub.value = String(Math.min(Math.max(0, last), Math.max(0, at + this.#direction)));
    this.#show();
    const next = Number(this.#scrub.value);
    this.#timer = setTimeout(
      this.#turn,
      next === 0 || next === this.#frames.length - 1 ? HOLD_MS : FRAME_MS,
    );
  };

  #show(): void {
    const at = Number(this.#scrub.value);
    const text = say.frame(at, this.#frames.length);
    this.#scrub.setAttribute('aria-valuetext', text);
    this.#canvas.ariaLabel = `${this.#label}, ${text}`;
    // Where a frame is not painted yet, the last one before it stands in.
    const frame = this.#frames.slice(0, at + 1).findLast((each) => each !== undefined);
    if (!frame) return;
    this.#canvas.width = frame.width;
    this.#canvas.height = frame.height;
    this.#canvas.getContext('2d')?.putImageData(frame, 0, 0);
  }
}
