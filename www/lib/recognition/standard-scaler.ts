import { type WasmScaler, flat, ofLength, recognition } from './module.js';

/** What a scaler has taken from its rows; a deviation of 0 is of a number that never changes. */
export interface StandardScalerData {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/**
 * Brings each number to mean 0 and deviation 1, so that numbers of several units can be compared; a
 * number that never changes is brought to 0.
 */
export class StandardScaler {
  /** @internal */
  readonly module: WasmScaler;
  readonly #width: number;

  /**
   * Takes mean and deviation from these rows, all of one length; or those of `toJSON`.
   *
   * @throws SodaError 'input' where there are no rows or their lengths differ, 'unsupported'
   */
  constructor(rows: readonly ArrayLike<number>[] | StandardScalerData) {
    const { StandardScaler: Scaler } = recognition();
    if ('mean' in rows) {
      this.#width = rows.mean.length;
      this.module = Scaler.restored(
        Float64Array.from(rows.mean),
        Float64Array.from(rows.deviation, (each) => (each > 0 ? each : Infinity)),
      );
      return;
    }
    const { values, width } = flat(rows);
    this.#width = width;
    this.module = new Scaler(values, width);
  }

  /** Plain data that a scaler can be made of again. */
  toJSON(): StandardScalerData {
    return {
      mean: [...this.module.mean],
      deviation: [...this.module.deviation].map((each) => (Number.isFinite(each) ? each : 0)),
    };
  }

  /**
   * A row less the mean, over the deviation.
   *
   * @throws SodaError 'input' where it is of another length
   */
  transform(row: ArrayLike<number>): Float64Array {
    return this.module.transform(ofLength(row, this.#width));
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
