import type { Job } from './export/formats.js';
import { type Originals, inSquareFrame } from './originals.js';
import { type Point, onEdge, sharesInSquare } from './path.js';
import { type Beat, type Tempo, timeline } from './timeline.js';
import type { Together } from './together.js';

/** What a person wants of a file. */
export interface Wish {
  format: Job['format'];
  size: number;
  rate: number;
}

/** What is saved, and what is done once it is. */
export type Reel = Omit<Job, keyof Wish> & { close: () => void };

/** How often a person who saves a strip or single pictures wants to see one, in frames a leg. */
const STILLS = 9;

/**
 * A film of the originals, whose frames are made as they are asked for, in the size of the file: as
 * many a second as the file shows, so that it moves as it does in the page.
 */
export async function reelOfOriginals(
  originals: Originals,
  legs: number,
  tempo: Tempo,
  { format, size, rate }: Wish,
  signal: AbortSignal,
): Promise<Reel> {
  const perLeg = format === 'png' ? STILLS : Math.max(2, Math.round(tempo.seconds * rate) + 1);
  const frames = legs * (perLeg - 1) + 1;
  const sized = await originals.inSize(size, signal);
  return {
    frames,
    frame: (index) => sized.squareFrame(index / (perLeg - 1)),
    beats: timeline(frames, legs, tempo),
    endless: tempo.repeat !== 'once',
    close: () => {
      sized.clear();
    },
  };
}

/**
 * A film round the edge of a square of originals; as one picture it is all of the square, `side`
 * cells a side.
 */
export async function reelOfSquare(
  together: Together,
  side: number,
  tempo: Tempo,
  { format, size, rate }: Wish,
  signal: AbortSignal,
): Promise<Reel> {
  const sheet = format === 'png';
  const perLeg = Math.max(2, Math.round(tempo.seconds * rate) + 1);
  const frames = sheet ? side * side : 4 * (perLeg - 1) + 1;
  const sized = await together.inSize(size, signal);
  const point = (index: number): Point =>
    sheet
      ? { x: (index % side) / (side - 1), y: Math.floor(index / side) / (side - 1) }
      : onEdge(index / (perLeg - 1));
  return {
    frames,
    frame: async (index) => inSquareFrame(await sized.frame(sharesInSquare(point(index)))),
    ...(sheet && { columns: side }),
    beats: timeline(frames, sheet ? 1 : 4, tempo, true),
    endless: tempo.repeat !== 'once',
    close: () => {
      sized.dispose();
    },
  };
}

/** Frames that are painted already; as one picture a square stands in rows of `columns`. */
export function reelOfPainted(
  painted: readonly ImageData[],
  beats: readonly Beat[],
  tempo: Tempo,
  columns?: number,
): Reel {
  return {
    frames: painted.length,
    frame: (index) => {
      const frame = painted[index];
      return frame
        ? Promise.resolve(frame)
        : Promise.reject(new Error(`frame ${String(index + 1)} is not painted`));
    },
    columns,
    beats,
    endless: tempo.repeat !== 'once',
    close: () => undefined,
  };
}
