/**
 * Brings each number to mean 0 and deviation 1, so that numbers of several units can be compared.
 */
export class StandardScaler {
  readonly #mean: Float64Array;
  readonly #deviation: Float64Array;

  /** Takes mean and deviation from these rows, all of one length. */
  constructor(rows: readonly ArrayLike<number>[]) {
    const width = rows[0]?.length ?? 0;
    this.#mean = new Float64Array(width);
    this.#deviation = new Float64Array(width);
    for (let at = 0; at < width; at++) {
      const mean = rows.reduce((sum, row) => sum + (row[at] ?? 0), 0) / rows.length;
      const square = rows.reduce((sum, row) => sum + ((row[at] ?? 0) - mean) ** 2, 0) / rows.length;
      this.#mean[at] = mean;
      // A number that never changes tells nothing.
      this.#deviation[at] = square > 1e-12 ? Math.sqrt(square) : Infinity;
    }
  }

  /** A row less the mean, over the deviation. */
  transform(row: ArrayLike<number>): Float64Array {
    return Float64Array.from(
      row,
      (value, at) => (value - (this.#mean[at] ?? 0)) / (this.#deviation[at] ?? 1),
    );
  }
}

/** What the page recognises pictures by: the numbers of a latent, then those of `describe`. */
export function joined(
  latent: { readonly values: ArrayLike<number> },
  described: ArrayLike<number>,
): Float32Array<ArrayBuffer> {
  const both = new Float32Array(latent.values.length + described.length);
  both.set(latent.values);
  both.set(described, latent.values.length);
  return both;
}
