import { type Latent, type Soda, interpolate } from 'soda-morph';
import type { Pick } from '../../parts/pictures.js';
import { say as common } from '../../parts/strings/common.js';
import { encodePick } from '../../shell/encoding.js';
import { Live } from '../../shell/live.js';
import type { App } from '../../shell/panel.js';
import type { Film } from './film.js';
import { type Course, FrameCache, courseOf, paintCourse } from './paint.js';
import { type Point, alongStops, inSquare } from './path.js';
import type { Square } from './square.js';
import { say } from './strings.js';

/** Where the stage follows the hand more slowly, painted frames are shown on the way. */
const LONG_LAG_MS = 150;

/** What is painted, and how. */
export interface PaintingWish {
  picks: readonly (Pick | undefined)[];
  /** Frames from one picture to the next, both included. */
  frames: number;
  /** Whether the pictures are the corners of a square. */
  square: boolean;
  /** Whether their mean is wanted, and no way between them. */
  average: boolean;
  /** Whether first and last frame are to be the pictures themselves. */
  exact: boolean;
}

export interface PaintingEvents {
  /** A picture for the stage. */
  show: (picture: ImageData) => void;
  /** The pictures are encoded: any place can be painted. */
  ready: () => void;
  /** A picture was refused. */
  refused: (message: string, place: number) => void;
}

/** Frames that the model paints from latents between those of the pictures, and nothing else. */
export class Painting {
  readonly #app: App;
  readonly #film: Film;
  readonly #square: Square;
  readonly #events: PaintingEvents;
  readonly #live: Live;
  readonly #cache = new FrameCache();
  /** What there is to walk on: known once the pictures are encoded. */
  #course: Course | undefined;
  /** How long the stage took to follow the hand, in ms, if it did since it last showed a frame. */
  #lag = Infinity;

  constructor(app: App, film: Film, square: Square, events: PaintingEvents) {
    this.#app = app;
    this.#film = film;
    this.#square = square;
    this.#events = events;
    this.#live = new Live(app.engine, {
      show: events.show,
      followed: (ms) => {
        this.#lag = ms;
        app.report.aside(say.follows(ms));
      },
    });
  }

  /** Fills film and square, but for an average. Whether all of it was painted. */
  async run(wish: PaintingWish, signal: AbortSignal): Promise<boolean> {
    const { picks, frames, square, average } = wish;
    const done = await this.#app.engine.work(signal, async (soda) => {
      const latents: Latent[] = [];
      for (const [place, pick] of picks.entries()) {
        const how = { invert: wish.exact, signal };
        const refused = (message: string): void => {
          this.#events.refused(message, place);
          this.#app.report.announce(common.stopped);
        };
        const latent = pick && (await encodePick(this.#app, soda, pick, how, refused));
        if (latent) latents.push(latent);
      }
      if (signal.aborted || latents.length < Math.max(2, picks.length)) return false;
      const course = courseOf(latents, frames, square, soda.config.interpolation);
      if (!average) return this.#paint(soda, course, signal);
      this.#course = course;
      this.#events.ready();
      return true;
    });
    return done === true;
  }

  /** Nothing is to be walked on any more. */
  clear(): void {
    this.#live.cancel();
    this.#course = undefined;
  }

  /** The hand points at nothing, or at what is painted already. */
  rest(): void {
    this.#live.cancel();
    this.#lag = Infinity;
  }

  /** Paints a place of the film, in frames; until it is there `nearest` may be shown. */
  followFilm(position: number, nearest: ImageData | undefined): void {
    this.#follow(
      ({ stops, frames, interpolation }) =>
        alongStops(stops, position / (frames - 1), interpolation),
      nearest,
    );
  }

  /** Paints a place of the square. */
  followSquare(point: Point, nearest: ImageData | undefined): void {
    this.#follow(
      ({ corners, interpolation }) => corners && inSquare(corners, point, interpolation),
      nearest,
    );
  }

  /** Paints the mean of the pictures' latents in these proportions. */
  followShares(weights: readonly number[]): void {
    this.#follow(
      ({ stops, interpolation }) => interpolate(stops, weights, interpolation),
      undefined,
    );
  }

  /** Where the stage follows slowly, the painted picture nearest to the place is shown first. */
  #follow(latent: (course: Course) => Latent | undefined, nearest: ImageData | undefined): void {
    if (nearest && this.#lag > LONG_LAG_MS) this.#events.show(nearest);
    const wanted = this.#course && latent(this.#course);
    if (wanted) this.#live.move(() => wanted);
  }

  async #paint(soda: Soda, course: Course, signal: AbortSignal): Promise<boolean> {
    const { report } = this.#app;
    this.#course = course;
    this.#events.ready();
    const effort = await paintCourse(
      soda,
      course,
      { film: this.#film, square: this.#square, cache: this.#cache },
      {
        signal,
        quiet: () => this.#live.quiet(),
        onProgress: (done, total, progress) => {
          report.progress(say.painting(done, total), progress);
        },
      },
    );
    if (signal.aborted) return false;
    if (effort.frames > 0) report.speed(effort);
    return true;
  }
}
