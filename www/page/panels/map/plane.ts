/**
 * Positions in the plane, x and y of each in turn. Their middle is 0; the root of the mean square
 * distance from it is 1.
 */
export type Positions = Float32Array<ArrayBuffer>;

const COVERED = 0.9;
/** Cells along one side of the curve's square. */
const SIDE = 1 << 10;

/**
 * The side of a picture on the map: all together cover `COVERED` of a disc whose points are as far
 * from its middle.
 */
export function spacing(positions: Positions): number {
  return Math.sqrt((COVERED * 2 * Math.PI) / Math.max(4, positions.length / 2));
}

/**
 * The indices of all positions along a Hilbert curve: whoever reads them one after the other walks
 * over the map without long jumps.
 */
export function alongTheCurve(positions: Positions): Int32Array<ArrayBuffer> {
  const [low, high] = [Math.min(...positions), Math.max(...positions)];
  const cell = (value: number | undefined): number =>
    Math.min(SIDE - 1, Math.floor((((value ?? 0) - low) / (high - low || 1)) * SIDE));
  const keys = Array.from({ length: positions.length / 2 }, (_, i) =>
    place(cell(positions[2 * i]), cell(positions[2 * i + 1])),
  );
  return Int32Array.from(keys.keys()).sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0) || a - b);
}

/**
 * How far along the curve a cell lies (Hilbert 1891): quarter by quarter, each turned so that the
 * ends meet.
 */
function place(x: number, y: number): number {
  let sum = 0;
  for (let side = SIDE / 2; side > 0; side /= 2) {
    const [right, down] = [(x & side) > 0 ? 1 : 0, (y & side) > 0 ? 1 : 0];
    sum += side * side * ((3 * right) ^ down);
    if (down === 0) {
      if (right === 1) [x, y] = [SIDE - 1 - x, SIDE - 1 - y];
      [x, y] = [y, x];
    }
  }
  return sum;
}

/**
 * The neighbour that an arrow key means: of all in the quarter in that direction (`dx`, `dy` of
 * length one; y goes down) the one that is near and straight ahead. Undefined at the rim.
 */
export function towards(
  positions: Positions,
  from: number,
  dx: number,
  dy: number,
): number | undefined {
  const [x, y] = [positions[2 * from] ?? 0, positions[2 * from + 1] ?? 0];
  let [best, least]: [number | undefined, number] = [undefined, Infinity];
  for (let i = 0; i < positions.length / 2; i++) {
    const [ex, ey] = [(positions[2 * i] ?? 0) - x, (positions[2 * i + 1] ?? 0) - y];
    const ahead = ex * dx + ey * dy;
    const aside = Math.abs(ex * dy - ey * dx);
    if (i === from || ahead <= 0 || aside > ahead) continue;
    const cost = ahead + 2 * aside;
    if (cost < least) [best, least] = [i, cost];
  }
  return best;
}
