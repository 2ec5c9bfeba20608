import { UMAP } from 'umap-js';
import type { Neighbours } from './neighbours.js';
import { type Positions, spacing } from './plane.js';

/** Fewer have no neighbourhoods to speak of. */
const FEWEST = 5;
/**
 * How far apart UMAP lets the nearest ones come: more than its default, for pictures are no dots.
 */
const MIN_DISTANCE = 0.3;
const SPREAD_ROUNDS = 60;

/**
 * Lays vectors out in the plane so that what is near stays near: UMAP (McInnes, Healy, Melville
 * 2018) over exact neighbours, then turned so that its longer side lies flat, and pushed apart
 * where pictures would cover each other. The same neighbours and `random` give the same map. Yields
 * now and then how far it has come, and in the end all positions.
 */
export function* arrange(
  count: number,
  { each, indices, similarities }: Neighbours,
  random: () => number,
): Generator<{ share: number; positions: Positions }> {
  if (count < FEWEST) {
    yield {
      share: 1,
      positions: centred(Float32Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? i : 0))),
    };
    return;
  }
  const rows = Array.from({ length: count }, (_, row) => row);
  const umap = new UMAP({ nNeighbors: each, minDist: MIN_DISTANCE, random });
  umap.setPrecomputedKNN(
    rows.map((row) => [...indices.subarray(row * each, (row + 1) * each)]),
    rows.map((row) =>
      Array.from(similarities.subarray(row * each, (row + 1) * each), (cosine) =>
        Math.max(0, 1 - cosine),
      ),
    ),
  );
  // The vectors themselves are not looked at, as the neighbours are known.
  const epochs = umap.initializeFit(rows.map((row) => [row]));
  for (let epoch = umap.step(); epoch < epochs; epoch = umap.step()) {
    if (epoch % 10 === 0) yield { share: epoch / epochs, positions: flat(umap.getEmbedding()) };
  }
  yield { share: 1, positions: spread(flat(umap.getEmbedding())) };
}

/** UMAP's points, centred, with the direction in which they vary most along x. */
function flat(points: readonly (readonly number[])[]): Positions {
  const positions = centred(Float32Array.from(points.flat()));
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
