import { byId, icon, make } from '../../parts/dom.js';
import { say } from '../../strings/common.js';

/** A pass from one end to the other takes this long at nine frames, and no frame is shown for less than a screen's tick or so. */
const PASS_MS = 1100;
const SHORTEST_FRAME_MS = 45;
/** Both pictures stay a while before the way back. */
const HOLD_MS = 600;

/** The stage, the strip of frames, the slider over it, and playing. The slider's thumb is the frame around the current one. */
export class Film {
  readonly #stage = byId('stage', HTMLCanvasElement);
  readonly #strip = byId('strip', HTMLDivElement);
  readonly #track = byId('track', HTMLDivElement);
  readonly #scrub = byId('scrub', HTMLInputElement);
  readonly #play = byId('play', HTMLButtonElement);
  #frames: (ImageData | undefined)[] = [];
  #names = { from: '', to: '' };
  #at = 0;
  #direction: 1 | -1 = 1;
  #playing = false;
  #nextAt = 0;

  constructor() {
    this.#scrub.addEventListener('input', () => {
      this.pause();
      this.#show(Number(this.#scrub.value));
    });
    // A hand on the slider stops the playing, even where it does not move.
    this.#scrub.addEventListener('pointerdown', () => { this.pause(); });
    this.#scrub.addEventListener('keydown', ({ key }) => { if (/^(Arrow|Page|Home|End)/.test(key)) this.pause(); });
    this.#play.addEventListener('click', () => { if (this.#playing) this.pause(); else this.play(); });
    new ResizeObserver(() => { this.#sizeThumb(); }).observe(this.#track);
    this.#labelPlay();
  }

  /** Frames painted so far, in order. */
  get painted(): ImageData[] {
    return this.#frames.filter((frame) => frame !== undefined);
  }

  get complete(): boolean {
    return this.#frames.length > 0 && this.painted.length === this.#frames.length;
  }

  set names(names: { from: string; to: string }) {
    this.#names = names;
    this.#describe();
  }

  /** Makes room for a morph of `count` frames; `keep` leaves the old ones until new ones take their place. */
  reset(count: number, keep = false): void {
    if (keep && this.#frames.length === count) return;
    this.#frames = Array.from({ length: count }, () => undefined);
    this.#strip.replaceChildren(...this.#frames.map(() => make('canvas', { width: 1, height: 1 })));
    this.#scrub.max = String(count - 1);
    this.#track.style.setProperty('--frames', String(count));
    this.#sizeThumb();
    this.#at = Math.min(this.#at, count - 1);
    this.#direction = 1;
    if (this.#playing) this.#at = 0;
    this.#scrub.value = String(this.#at);
    this.#describe();
  }

  /** A frame has been painted. */
  put(index: number, frame: ImageData): void {
    this.#frames[index] = frame;
    const cell = this.#strip.children[index];
    if (cell instanceof HTMLCanvasElement) {
      cell.width = frame.width;
      cell.height = frame.height;
      cell.getContext('2d')?.putImageData(frame, 0, 0);
      cell.dataset['painted'] = '';
    }
    if (index === this.#at || !this.#frames[this.#at]) this.#draw();
  }

  play(): void {
    if (this.#playing) return;
    this.#playing = true;
    this.#labelPlay();
    this.#nextAt = performance.now() + this.#frameMs();
    requestAnimationFrame(this.#tick);
  }

  pause(): void {
    this.#playing = false;
    this.#labelPlay();
  }

  readonly #tick = (now: number): void => {
    if (!this.#playing) return;
    if (now >= this.#nextAt) {
      const last = this.#lastPlayable();
      let next = this.#at + this.#direction;
      if (next > last || next < 0) {
        this.#direction = next > last ? -1 : 1;
        next = Math.min(last, Math.max(0, this.#at + this.#direction));
      }
      if (last > 0) this.#show(next);
      const atAnEnd = this.#at === 0 || this.#at === this.#frames.length - 1;
      this.#nextAt = now + this.#frameMs() + (atAnEnd ? HOLD_MS : 0);
    }
    requestAnimationFrame(this.#tick);
  };

  /** While painting goes on, what is there is played. */
  #lastPlayable(): number {
    const gap = this.#frames.findIndex((frame) => !frame);
    return gap === -1 ? this.#frames.length - 1 : gap - 1;
  }

  #frameMs(): number {
    return Math.max(SHORTEST_FRAME_MS, PASS_MS / this.#frames.length);
  }

  #show(index: number): void {
    this.#at = index;
    this.#scrub.value = String(index);
    this.#draw();
    this.#describe();
  }

  #draw(): void {
    // Where the frame is not painted yet, the nearest before it stands in.
    const frame = this.#frames.slice(0, this.#at + 1).findLast((each) => each !== undefined);
    const context = this.#stage.getContext('2d');
    if (!frame || !context) return;
    const small = new OffscreenCanvas(frame.width, frame.height);
    small.getContext('2d')?.putImageData(frame, 0, 0);
    context.imageSmoothingQuality = 'high';
    context.drawImage(small, 0, 0, this.#stage.width, this.#stage.height);
  }

  #describe(): void {
    const count = this.#frames.length;
    const percent = count < 2 ? 0 : Math.round((100 * this.#at) / (count - 1));
    this.#scrub.setAttribute('aria-valuetext', say.frame(this.#at, count, percent));
    this.#stage.ariaLabel = say.stage(this.#names.from, this.#names.to, percent);
  }

  #labelPlay(): void {
    this.#play.replaceChildren(icon(this.#playing ? 'pause' : 'play'));
    this.#play.ariaLabel = this.#playing ? say.pause : say.play;
    this.#play.title = this.#play.ariaLabel;
  }

  #sizeThumb(): void {
    this.#track.style.setProperty('--frame', `${String(this.#track.clientWidth / Math.max(1, this.#frames.length))}px`);
  }
}
