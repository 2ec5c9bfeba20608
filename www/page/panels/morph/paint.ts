import type { Interpolation, Latent, Progress, Soda } from 'soda-morph';
import type { Film } from './film.js';
import { type Corners, alongStops, inSquare, roundTrip } from './path.js';
import type { Square } from './square.js';
import { paintedSide } from '../../parts/side.js';

/**
 * Latents to walk on: a chain of stops, or the corners of a square, whose film runs round the edge.
 */
export interface Course {
  stops: readonly Latent[];
  corners?: Corners;
  /** Frames from one stop to the next, both included. */
  frames: number;
  interpolation: Interpolation;
}

/** One more frame to paint. */
interface Task {
  latent: () => Latent;
  put: (picture: ImageData) => void;
}

/** Pictures a call: on the CPU one, so that a hand on the slider waits for no more than that. */
const BATCH = { cpu: 1, webgpu: 4 } as const;
/** Legs and squares remembered. */
const MOST_KEPT = 64;

/** How long painting took, waiting for a hand not counted. */
export interface Effort {
  msPerStep: number;
  seconds: number;
  frames: number;
}

/** A square is walked round its edge. */
export function courseOf(
  latents: readonly Latent[],
  frames: number,
  square: boolean,
  interpolation: Interpolation,
): Course {
  const [a, b, c, d] = latents;
  if (!square || !a || !b || !c || !d) return { stops: latents, frames, interpolation };
  return { stops: roundTrip([a, b, c, d]), corners: [a, b, c, d], frames, interpolation };
}

type Frames = (ImageData | undefined)[];

/**
 * Frames that were painted before, by the latents they lie between; the oldest are forgotten first.
 */
export class FrameCache {
  readonly #numbers = new WeakMap<Latent, number>();
  readonly #kept = new Map<string, Frames>();
  #count = 0;

  /** The frames of a leg; also those that were painted the other way round. */
  leg(from: Latent, to: Latent, frames: number): Frames {
    const back = this.#kept.get(this.#key([to, from], frames));
    return this.#keep(this.#key([from, to], frames), () =>
      back ? [...back].reverse() : Array.from({ length: frames }, () => undefined),
    );
  }

  /** The cells of a square, row by row, its edge left out. */
  inside(corners: Corners, frames: number): Frames {
    return this.#keep(this.#key(corners, frames), () =>
      Array.from({ length: frames * frames }, () => undefined),
    );
  }

  #keep(key: string, fresh: () => Frames): Frames {
    const found = this.#kept.get(key) ?? fresh();
    this.#kept.delete(key);
    this.#kept.set(key, found);
    const oldest = this.#kept.keys().next();
    if (this.#kept.size > MOST_KEPT && !oldest.done) this.#kept.delete(oldest.value);
    return found;
  }

  #key(latents: readonly Latent[], frames: number): string {
    const number = (latent: Latent): number => {
      const known = this.#numbers.get(latent) ?? ++this.#count;
      this.#numbers.set(latent, known);
      return known;
    };
    return [frames, ...latents.map(number)].join(' ');
  }
}

/** What is painted into. */
export interface Canvas {
  film: Film;
  square: Square;
  cache: FrameCache;
}

/**
 * Paints a course's film, and the inside of its square, as far as the cache does not have them.
 * Before each picture it waits until no hand wants one.
 */
export async function paintCourse(
  soda: Soda,
  course: Course,
  into: Canvas,
  {
    signal,
    quiet,
    onProgress,
  }: {
    signal: AbortSignal;
    quiet: () => Promise<void>;
    onProgress: (done: number, total: number, progress: Progress) => void;
  },
): Promise<Effort> {
  const begun = performance.now();
  // A square has too many pictures to render them all.
  const size = course.corners ? soda.config.size : paintedSide(soda.config);
  const tasks = [...filmTasks(course, into), ...insideTasks(course, into)];
  let [ms, steps] = [0, 0];
  for (let done = 0; done < tasks.length; done += BATCH[soda.backend]) {
    await quiet();
    if (signal.aborted) break;
    const batch = tasks.slice(done, done + BATCH[soda.backend]);
    const since = performance.now();
    let taken = 0;
    const pictures = await soda.decode(
      batch.map(({ latent }) => latent()),
      {
        size,
        signal,
        onProgress: (progress) => {
          taken = progress.done;
          onProgress(done, tasks.length, {
            stage: 'decode',
            done: done * progress.total + progress.done * batch.length,
            total: tasks.length * progress.total,
          });
        },
      },
    );
    ms += performance.now() - since;
    steps += taken;
    pictures.forEach((picture, i) => {
      batch[i]?.put(picture);
    });
  }
  return {
    msPerStep: ms / Math.max(1, steps),
    seconds: (performance.now() - begun) / 1000,
    frames: tasks.length,
  };
}

/** What the cache has goes into the film at once. */
function filmTasks(
  { stops, frames, corners, interpolation }: Course,
  { film, square, cache }: Canvas,
): Task[] {
  const last = frames - 1;
  const tasks: Task[] = [];
  stops.slice(1).forEach((to, leg) => {
    const from = stops[leg] ?? to;
    const known = cache.leg(from, to, frames);
    for (let k = leg === 0 ? 0 : 1; k <= last; k++) {
      const put = (picture: ImageData): void => {
        known[k] = picture;
        film.put(leg * last + k, picture);
        if (corners) square.put(...cellOfEdge(leg, k, last), picture);
      };
      const picture = known[k];
      if (picture) put(picture);
      else tasks.push({ latent: () => alongStops(stops, leg + k / last, interpolation), put });
    }
  });
  return tasks;
}

function insideTasks(
  { frames, corners, interpolation }: Course,
  { square, cache }: Canvas,
): Task[] {
  if (!corners) return [];
  const last = frames - 1;
  const known = cache.inside(corners, frames);
  const tasks: Task[] = [];
  for (let row = 1; row < last; row++) {
    for (let column = 1; column < last; column++) {
      const put = (picture: ImageData): void => {
        known[row * frames + column] = picture;
        square.put(column, row, picture);
      };
      const picture = known[row * frames + column];
      if (picture) put(picture);
      else
        tasks.push({
          latent: () => inSquare(corners, { x: column / last, y: row / last }, interpolation),
          put,
        });
    }
  }
  return tasks;
}

/** Column and row of a frame of the round trip: along the top, down, back along the bottom, up. */
function cellOfEdge(leg: number, k: number, last: number): [column: number, row: number] {
  const cells = [
    [k, 0],
    [last, k],
    [last - k, last],
    [0, last - k],
  ] as const;
  const [column, row] = cells[leg] ?? cells[0];
  return [column, row];
}
