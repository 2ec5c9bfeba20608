/**
 * Positions in the plane, x and y of each in turn. Their middle is 0; the root of the mean square
 * distance from it is 1.
 */
export type Positions = Float32Array<ArrayBuffer>;

const COVERED = 0.9;

/**
 * The side of a picture on the map: all together cover `COVERED` of a disc whose points are as far
 * from its middle.
 */
export function spacing(positions: Positions): number {
  return Math.sqrt((COVERED * 2 * Math.PI) / Math.max(4, positions.length / 2));
}
