/** The nearest others of each of `count` vectors, the most similar first. */
export interface Neighbours {
  /** How many each has: `min(k, count - 1)`. */
  readonly each: number;
  /** [count, each] */
  readonly indices: Int32Array<ArrayBuffer>;
  /** [count, each]; cosines, −1 … 1. */
  readonly similarities: Float32Array<ArrayBuffer>;
}

/**
 * Vectors of length one in the same directions, [count, width], for cosines to be plain products; a
 * zero stays zero.
 */
export function normalised(
  vectors: Float32Array<ArrayBuffer>,
  width: number,
): Float32Array<ArrayBuffer> {
  const unit = vectors.slice();
  for (let start = 0; start < unit.length; start += width) {
    const row = unit.subarray(start, start + width);
    const norm = Math.hypot(...row);
    if (norm > 0) for (let i = 0; i < width; i++) row[i] = (row[i] ?? 0) / norm;
  }
  return unit;
}

/** Cosines between one vector and each of many, all of them of length one. */
export function cosines(unit: Float32Array, of: Float32Array): Float32Array<ArrayBuffer> {
  const width = of.length;
  const found = new Float32Array(unit.length / width);
  for (let row = 0; row < found.length; row++) {
    let sum = 0;
    for (let i = 0, at = row * width; i < width; i++, at++) sum += (unit[at] ?? 0) * (of[i] ?? 0);
    found[row] = sum;
  }
  return found;
}

/** The places of the `k` largest values, largest first; `without` is left out. */
export function largest(values: Float32Array, k: number, without = -1): number[] {
  const best: number[] = [];
  const value = (index: number | undefined): number =>
    index === undefined ? -Infinity : (values[index] ?? -Infinity);
  for (let i = 0; i < values.length; i++) {
    if (i === without || (best.length === k && value(i) <= value(best[k - 1]))) continue;
    let at = best.length;
    while (at > 0 && value(best[at - 1]) < value(i)) at--;
    best.splice(at, 0, i);
    if (best.length > k) best.pop();
  }
  return best;
}

/** Exact: every pair is compared. `tick` hears how many rows are done. */
export function neighbours(
  unit: Float32Array<ArrayBuffer>,
  width: number,
  k: number,
  tick: (rows: number) => void = () => undefined,
): Neighbours {
  const count = unit.length / width;
  const each = Math.max(0, Math.min(k, count - 1));
  const indices = new Int32Array(count * each);
  const similarities = new Float32Array(count * each);
  for (let row = 0; row < count; row++) {
    const values = cosines(unit, unit.subarray(row * width, (row + 1) * width));
    largest(values, each, row).forEach((index, i) => {
      indices[row * each + i] = index;
      similarities[row * each + i] = values[index] ?? 0;
    });
    tick(row + 1);
  }
  return { each, indices, similarities };
}
