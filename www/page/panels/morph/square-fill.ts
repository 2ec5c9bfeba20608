import type { Film } from './film.js';
import { type Point, onEdge, sharesInSquare } from './path.js';
import type { Square } from './square.js';
import type { Together } from './together.js';

/** Longer side of a cell: there may be 81 of them. */
const CELL = 160;

/**
 * Fills the film round the edge of a square, and then its inside, with four pictures in one.
 * Whether all of it was filled.
 */
export async function fillSquare(
  together: Together,
  { film, square, side }: { film: Film; square: Square; side: number },
  signal: AbortSignal,
): Promise<boolean> {
  const last = side - 1;
  const cell = async (point: Point): Promise<ImageData | undefined> => {
    const picture = shrunk(await together.frame(sharesInSquare(point)));
    if (signal.aborted) return undefined;
    square.put(Math.round(point.x * last), Math.round(point.y * last), picture);
    return picture;
  };
  for (let i = 0; i <= 4 * last; i++) {
    // The way round ends where it began.
    const known = i === 4 * last ? film.frame(0) : undefined;
    const picture = known ?? (await cell(onEdge(i / last)));
    if (!picture) return false;
    film.put(i, picture);
  }
  for (let row = 1; row < last; row++) {
    for (let column = 1; column < last; column++)
      if (!(await cell({ x: column / last, y: row / last }))) return false;
  }
  return true;
}

function shrunk(frame: ImageData): ImageData {
  const scale = Math.min(1, CELL / Math.max(frame.width, frame.height));
  const [width, height] = [frame.width, frame.height].map((side) => Math.round(scale * side));
  const from = new OffscreenCanvas(frame.width, frame.height);
  const context = new OffscreenCanvas(width ?? 1, height ?? 1).getContext('2d');
  if (!context || !width || !height) return frame;
  from.getContext('2d')?.putImageData(frame, 0, 0);
  context.imageSmoothingQuality = 'high';
  context.drawImage(from, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}
