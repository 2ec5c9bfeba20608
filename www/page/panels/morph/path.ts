import { type Interpolation, type Latent, interpolate } from 'soda-morph';

/** The latents at the top left, top right, bottom left and bottom right of a square. */
export type Corners = readonly [Latent, Latent, Latent, Latent];

/** A place in a square, both in [0, 1], from the top left. */
export interface Point {
  x: number;
  y: number;
}

/**
 * The latent at `position` of the way through all stops, one leg after another; clamped to [0,
 * stops − 1].
 */
export function alongStops(
  stops: readonly Latent[],
  position: number,
  interpolation: Interpolation,
): Latent {
  const { leg, t } = splitPosition(position, stops.length - 1);
  const [from, to] = [stops[leg], stops[leg + 1] ?? stops[leg]];
  if (!from || !to) throw new Error('a way needs a stop at least');
  return interpolate([from, to], [1 - t, t], interpolation);
}

/** The latent in a square. */
export function inSquare(corners: Corners, place: Point, interpolation: Interpolation): Latent {
  return interpolate(corners, sharesInSquare(place), interpolation);
}

/** How much of each corner's picture there is at a place; they add up to 1. */
export function sharesInSquare({ x, y }: Point): [number, number, number, number] {
  return [(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y];
}

/**
 * The place on a square's edge at `position` in [0, 4]: along the top, down, back along the bottom,
 * up.
 */
export function onEdge(position: number): Point {
  const { leg, t } = splitPosition(position, 4);
  return (
    [
      { x: t, y: 0 },
      { x: 1, y: t },
      { x: 1 - t, y: 1 },
      { x: 0, y: 1 - t },
    ][leg] ?? { x: 0, y: 0 }
  );
}

/** The stops of that way round, of corners in the order of `Corners`. */
export function roundTrip<T>([a, b, c, d]: readonly [T, T, T, T]): [T, T, T, T, T] {
  return [a, b, d, c, a];
}

/** Moves an item of a list to another place; out of range changes nothing. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const next = [...list];
  if (from < 0 || to < 0 || from >= list.length || to >= list.length) return next;
  next.splice(to, 0, ...next.splice(from, 1));
  return next;
}

/**
 * Which leg a position lies in, and how far along it, t in [0, 1]; the end belongs to the last leg.
 */
function splitPosition(position: number, legs: number): { leg: number; t: number } {
  const within = Math.min(legs, Math.max(0, position));
  const leg = Math.min(Math.max(0, legs - 1), Math.floor(within));
  return { leg, t: within - leg };
}
