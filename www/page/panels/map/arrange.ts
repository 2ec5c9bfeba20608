import { type Neighbours, PictureMap } from 'soda-morph/recognition';
import { type Positions, spacing } from './plane.js';

/** Neighbours that the map is made from, which are also those it shows. */
const NEIGHBOURS = 15;
/** Fewer pictures have no neighbourhoods to speak of: they lie in a row. */
const FEWEST = 5;
const SPREAD_ROUNDS = 60;

/** How a layout comes along; shares go from 0 to 1 in each kind. */
export type Step =
  | { kind: 'neighbours'; share: number }
  | { kind: 'positions'; share: number; positions: Positions }
  | { kind: 'done'; positions: Positions; neighbours: Neighbours };

/**
 * Lays pictures out in the plane by what describes them, rows of one length, so that what is near
 * stays near: turned so that the longer side lies flat and, in the end, pushed apart where pictures
 * would cover each other. The same rows give the same map.
 */
export function* arrange(rows: readonly Float32Array[]): Generator<Step, void> {
  const map = new PictureMap(rows, { neighbours: NEIGHBOURS });
  for (let share = map.search(); share < 1; share = map.search())
    yield { kind: 'neighbours', share };
  let positions = centred(
    Float32Array.from({ length: 2 * rows.length }, (_, i) => (i % 2 === 0 ? i : 0)),
  );
  if (rows.length >= FEWEST) {
    for (let share = map.settle(); share < 1; share = map.settle())
      yield { kind: 'positions', share, positions: flat(map.positions) };
    positions = spread(flat(map.positions));
  }
  yield { kind: 'done', positions, neighbours: map.neighbours };
}

/** Places centred, with the direction in which they vary most along x. */
function flat(points: Positions): Positions {
  const positions = centred(points);
  let [xx, xy, yy] = [0, 0, 0];
  for (let i = 0; i < positions.length; i += 2) {
    const [x, y] = [positions[i] ?? 0, positions[i + 1] ?? 0];
    xx += x * x;
    xy += x * y;
    yy += y * y;
  }
  const angle = Math.atan2(2 * xy, xx - yy) / 2;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  for (let i = 0; i < positions.length; i += 2) {
    const [x, y] = [positions[i] ?? 0, positions[i + 1] ?? 0];
    positions[i] = cos * x + sin * y;
    positions[i + 1] = cos * y - sin * x;
  }
  return positions;
}

/**
 * Pushes apart what is closer than a picture's size (`gap`), a little each round; whoever is not
 * crowded stays. What lies on the very same spot goes different ways, by its place in the list.
 */
export function spread(positions: Positions, gap = spacing(positions)): Positions {
  const at = positions.slice();
  const count = at.length / 2;
  for (let round = 0; round < SPREAD_ROUNDS; round++) {
    const cells = new Map<string, number[]>();
    const cell = (i: number): [number, number] => [
      Math.floor((at[2 * i] ?? 0) / gap),
      Math.floor((at[2 * i + 1] ?? 0) / gap),
    ];
    for (let i = 0; i < count; i++) {
      const key = cell(i).join();
      cells.set(key, [...(cells.get(key) ?? []), i]);
    }
    let moved = false;
    for (let i = 0; i < count; i++) {
      const [column, row] = cell(i);
      for (let near = 0; near < 9; near++) {
        for (const j of cells.get(
          `${String(column + (near % 3) - 1)},${String(row + Math.floor(near / 3) - 1)}`,
        ) ?? []) {
          if (j <= i) continue;
          let [dx, dy] = [
            (at[2 * j] ?? 0) - (at[2 * i] ?? 0),
            (at[2 * j + 1] ?? 0) - (at[2 * i + 1] ?? 0),
          ];
          let distance = Math.hypot(dx, dy);
          if (distance >= gap) continue;
          moved = true;
          if (distance < gap / 1000) {
            [dx, dy, distance] = [Math.cos(i + j), Math.sin(i + j), 1];
            push(i, j, dx, dy, gap / 4);
          } else push(i, j, dx / distance, dy / distance, (gap - distance) / 4);
        }
      }
    }
    if (!moved) break;
  }
  return at;

  function push(i: number, j: number, dx: number, dy: number, by: number): void {
    at[2 * i] = (at[2 * i] ?? 0) - by * dx;
    at[2 * i + 1] = (at[2 * i + 1] ?? 0) - by * dy;
    at[2 * j] = (at[2 * j] ?? 0) + by * dx;
    at[2 * j + 1] = (at[2 * j + 1] ?? 0) + by * dy;
  }
}

/** Moved to the middle and scaled to a root mean square of 1. */
function centred(positions: Positions): Positions {
  const count = Math.max(1, positions.length / 2);
  let [x, y, square] = [0, 0, 0];
  for (let i = 0; i < positions.length; i += 2) {
    x += (positions[i] ?? 0) / count;
    y += (positions[i + 1] ?? 0) / count;
  }
  for (let i = 0; i < positions.length; i += 2)
    square += ((positions[i] ?? 0) - x) ** 2 + ((positions[i + 1] ?? 0) - y) ** 2;
  const scale = square === 0 ? 1 : Math.sqrt(count / square);
  return positions.map((value, i) => (value - (i % 2 === 0 ? x : y)) * scale);
}
