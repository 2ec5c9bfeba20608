import { icon, make } from '../../parts/dom.js';
import { say } from './strings.js';
import { type Beat, beatAt, duration } from './timeline.js';

/** The slider stops at a painted frame when it is this close, in frames. */
const MAGNET = 0.08;
/** No frame is shown for less than a screen's tick or so. */
const SHORTEST_FRAME_MS = 33;
/**
 * Where a film that begins by itself stands first, in frames: past the time that its first frame
 * stays.
 */
const LEAVES = 0.3;

/**
 * Why another place of the film is to be seen: a person moved there, it is playing, or the frame
 * there was painted just now.
 */
export type Cause = 'hand' | 'play' | 'paint';

/** What the film tells the panel. */
export interface FilmEvents {
  /**
   * The slider stands here, in frames, a fraction included; `frame` is the nearest that is painted.
   */
  show: (position: number, frame: ImageData | undefined, cause: Cause) => void;
  /** What stands at a position, for screen readers. */
  describe: (position: number) => string;
}

/**
 * The strip of frames, the slider over it, and playing. The slider's thumb is the frame around the
 * current one.
 */
export class Film {
  readonly #strip: HTMLElement;
  readonly #track: HTMLElement;
  readonly #scrub: HTMLInputElement;
  readonly #play: HTMLButtonElement;
  readonly #events: FilmEvents;
  #frames: (ImageData | undefined)[] = [];
  #beats: Beat[] = [];
  #endless = true;
  /** Where a round stands at a time, in frames; undefined where only whole frames can be shown. */
  #place: ((ms: number) => number) | undefined;
  #at = 0;
  #playing = false;
  /** When the round under way began. */
  #begun = 0;
  #shownAt = 0;

  constructor(
    parts: {
      strip: HTMLElement;
      track: HTMLElement;
      scrub: HTMLInputElement;
      play: HTMLButtonElement;
    },
    events: FilmEvents,
  ) {
    this.#strip = parts.strip;
    this.#track = parts.track;
    this.#scrub = parts.scrub;
    this.#play = parts.play;
    this.#events = events;
    this.#scrub.step = '0.01';
    this.#scrub.addEventListener('input', () => {
      const value = Number(this.#scrub.value);
      const whole = Math.round(value);
      this.go(Math.abs(value - whole) < MAGNET ? whole : value);
    });
    // A hand on the slider stops the playing, even where it does not move.
    this.#scrub.addEventListener('pointerdown', () => {
      this.pause();
    });
    this.#scrub.addEventListener('keydown', (event) => {
      this.#keyDown(event);
    });
    this.#play.addEventListener('click', () => {
      if (this.#playing) this.pause();
      else this.play();
    });
    new ResizeObserver(() => {
      this.#sizeThumb();
    }).observe(this.#track);
    this.#labelPlay();
  }

  /** Frames painted so far, in order. */
  get painted(): ImageData[] {
    return this.#frames.filter((frame) => frame !== undefined);
  }

  get complete(): boolean {
    return this.#frames.length > 0 && this.painted.length === this.#frames.length;
  }

  /** In frames, painted or not. */
  get length(): number {
    return this.#frames.length;
  }

  /**
   * The order of the frames when playing; `endless` begins anew after a round, and `place` plays
   * between frames as well.
   */
  rhythm(beats: Beat[], endless: boolean, place?: (ms: number) => number): void {
    this.#beats = beats;
    this.#endless = endless;
    this.#place = place;
    this.#restart();
  }

  /** Makes room for so many frames; `keep` leaves the old ones until new ones take their place. */
  reset(count: number, keep = false): void {
    if (keep && this.#frames.length === count) return;
    this.#frames = Array.from({ length: count }, () => undefined);
    this.#strip.replaceChildren(...this.#frames.map(() => make('canvas', { width: 1, height: 1 })));
    this.#scrub.max = String(count - 1);
    this.#track.style.setProperty('--frames', String(count));
    this.#sizeThumb();
    // Playing begins where the first picture is just left: something moves at once.
    this.#at = this.#playing ? LEAVES : Math.min(Math.round(this.#at), count - 1);
    this.#scrub.value = String(this.#at);
    this.describe();
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
    const here = this.#playing ? Math.round(this.#at) : this.#at;
    if (index === here || !this.#frames[Math.round(this.#at)])
      this.#events.show(this.#at, this.#nearest(this.#at), 'paint');
  }

  /** The frame at a whole position, if it is painted. */
  frame(index: number): ImageData | undefined {
    return this.#frames[index];
  }

  /** Where the slider stands, in frames. */
  get position(): number {
    return this.#at;
  }

  /** Shows the present position anew. */
  refresh(): void {
    this.#events.show(this.#at, this.#nearest(this.#at), 'paint');
  }

  /** A person wants to see this position. */
  go(position: number): void {
    this.pause();
    this.#show(position, 'hand');
  }

  play(): void {
    if (this.#playing) return;
    this.#playing = true;
    this.#labelPlay();
    this.#restart();
    requestAnimationFrame(this.#tick);
  }

  pause(): void {
    this.#playing = false;
    this.#labelPlay();
  }

  describe(): void {
    this.#scrub.setAttribute('aria-valuetext', this.#events.describe(this.#at));
  }

  readonly #tick = (now: number): void => {
    if (!this.#playing) return;
    const round = duration(this.#beats);
    const time = now - this.#begun;
    if (!this.#endless && time >= round) this.pause();
    if (this.#place) {
      const place = this.#place(this.#endless && round > 0 ? time % round : Math.min(time, round));
      if (Math.abs(place - this.#at) > 1e-4) this.#show(place, 'play');
      requestAnimationFrame(this.#tick);
      return;
    }
    const beat = this.#beats[beatAt(this.#beats, this.#endless && round > 0 ? time % round : time)];
    if (beat && beat.frame !== this.#at && now - this.#shownAt >= SHORTEST_FRAME_MS) {
      this.#shownAt = now;
      this.#show(beat.frame, 'play');
    }
    requestAnimationFrame(this.#tick);
  };

  /**
   * The round begins so that it stands at the present frame; a film that has ended begins again.
   */
  #restart(): void {
    if (this.#place) {
      this.#begun = performance.now() - this.#timeOf(this.#at, this.#place);
      return;
    }
    const here = this.#beats.findIndex((beat) => beat.frame === Math.round(this.#at));
    const skipped =
      here <= 0 || (!this.#endless && here === this.#beats.length - 1)
        ? []
        : this.#beats.slice(0, here);
    this.#begun = performance.now() - duration(skipped);
  }

  /**
   * When a round first stands at a position, near enough to go on from there; a film that has ended
   * begins again.
   */
  #timeOf(position: number, place: (ms: number) => number): number {
    const round = duration(this.#beats);
    if (!this.#endless && position >= this.#frames.length - 1) return 0;
    const times = Array.from({ length: 200 }, (_, i) => (i * round) / 200);
    return times.reduce(
      (best, time) =>
        Math.abs(place(time) - position) < Math.abs(place(best) - position) - 1e-6 ? time : best,
      0,
    );
  }

  /** Keys go from frame to frame; the slider's own steps are a hundredth of that. */
  #keyDown(event: KeyboardEvent): void {
    const last = this.#frames.length - 1;
    const page = Math.max(1, Math.round(last / 8));
    const [before, after] = [Math.ceil(this.#at) - 1, Math.floor(this.#at) + 1];
    const targets: Record<string, number> = {
      ArrowLeft: before,
      ArrowDown: before,
      ArrowRight: after,
      ArrowUp: after,
      PageDown: before + 1 - page,
      PageUp: after - 1 + page,
      Home: 0,
      End: last,
    };
    const target = targets[event.key];
    if (target === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.go(Math.min(last, Math.max(0, target)));
  }

  #show(position: number, cause: Cause): void {
    this.#at = position;
    this.#scrub.value = String(position);
    this.describe();
    this.#events.show(position, this.#nearest(position), cause);
  }

  /** Where a frame is not painted yet, the nearest before it stands in. */
  #nearest(position: number): ImageData | undefined {
    return this.#frames.slice(0, Math.round(position) + 1).findLast((each) => each !== undefined);
  }

  #labelPlay(): void {
    this.#play.replaceChildren(icon(this.#playing ? 'pause' : 'play'));
    this.#play.ariaLabel = this.#playing ? say.pause : say.play;
    this.#play.title = this.#play.ariaLabel;
  }

  #sizeThumb(): void {
    this.#track.style.setProperty(
      '--frame',
      `${String(this.#track.clientWidth / Math.max(1, this.#frames.length))}px`,
    );
  }
}
