/** What a scaler has taken from its rows; a deviation of 0 is of a number that never changes. */
export interface StandardScalerData {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/**
 * Brings each number to mean 0 and deviation 1, so that numbers of several units can be compared.
 */
export class StandardScaler {
  readonly #mean: Float64Array;
  readonly #deviation: Float64Array;

  /** Takes mean and deviation from these rows, all of one length; or those of `toJSON`. */
  constructor(rows: readonly ArrayLike<number>[] | StandardScalerData) {
    if ('mean' in rows) {
      this.#mean = Float64Array.from(rows.mean);
      this.#deviation = Float64Array.from(rows.deviation, (each) => (each > 0 ? each : Infinity));
      return;
    }
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

  /** Plain data that a scaler can be made of again. */
  toJSON(): StandardScalerData {
    return {
      mean: [...this.#mean],
      deviation: [...this.#deviation].map((each) => (Number.isFinite(each) ? each : 0)),
    };
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
