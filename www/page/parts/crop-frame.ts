/** Of a picture, in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A square of a picture: left, top and side, in its pixels. */
export interface Frame {
  readonly x: number;
  readonly y: number;
  readonly side: number;
}

/** A place in a frame, in shares of its side. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** No closer than this: the model sees 64 pixels a side. */
const MOST_ZOOM = 12;

/** The largest square in the middle: what the model takes of a picture unless told otherwise. */
export function centred({ width, height }: Size): Frame {
  const side = Math.min(width, height);
  return { x: (width - side) / 2, y: (height - side) / 2, side };
}

/** How far in a frame is: 1 shows as much as there is, `MOST_ZOOM` the least. */
export function zoomOf({ side }: Frame, { width, height }: Size): number {
  return Math.min(width, height) / side;
}

/** The farthest that one can zoom in: to a few pixels, or `MOST_ZOOM`. */
export function mostZoom({ width, height }: Size): number {
  return Math.max(1, Math.min(MOST_ZOOM, Math.min(width, height) / 8));
}

/** The frame moved by shares of its side, as far as the picture goes. */
export function panned(frame: Frame, size: Size, right: number, down: number): Frame {
  return inside(
    { ...frame, x: frame.x + right * frame.side, y: frame.y + down * frame.side },
    size,
  );
}

/**
 * The frame at another zoom; what is at `at` comes to `to`: stays where it is unless told
 * otherwise.
 */
export function zoomed(
  frame: Frame,
  size: Size,
  zoom: number,
  at: Point = { x: 0.5, y: 0.5 },
  to = at,
): Frame {
  const side = Math.min(size.width, size.height) / Math.min(mostZoom(size), Math.max(1, zoom));
  return inside(
    {
      side,
      x: frame.x + at.x * frame.side - to.x * side,
      y: frame.y + at.y * frame.side - to.y * side,
    },
    size,
  );
}

function inside({ x, y, side }: Frame, { width, height }: Size): Frame {
  return {
    side,
    x: Math.min(width - side, Math.max(0, x)),
    y: Math.min(height - side, Math.max(0, y)),
  };
}
