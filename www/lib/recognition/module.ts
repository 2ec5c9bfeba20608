import { SodaError } from '../shared/error.js';
import bytes from '../../../pkg/dist/recognition-module/bytes.js';
import {
  NearestMean,
  PictureMap,
  StandardScaler,
  initSync,
  nearest,
  principalComponents,
  unfamiliarity,
} from '../../../pkg/dist/recognition-module/soda.js';

/** A scaler of the module. */
export interface WasmScaler {
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
  transform(row: Float32Array): Float64Array;
}

/** A classifier of the module. */
export interface WasmNearestMean {
  /** The label, then the probability of each class. */
  guess(row: Float32Array): Float64Array;
  /** Of the classes that have examples, one after another. */
  readonly means: Float64Array;
  readonly examples: Uint32Array;
  readonly temperature: number;
  readonly right: number;
  readonly of: number;
}

/** A map of the module. */
export interface WasmMap {
  search(): number;
  readonly each: number;
  neighbours(): Int32Array;
  similarities(): Float32Array;
  settle(epochs: number): number;
  positions(): Float32Array;
}

/** What src/web/recognition.rs exports; rows lie one after another. */
export interface RecognitionModule {
  readonly StandardScaler: {
    new (rows: Float32Array, width: number): WasmScaler;
    restored(mean: Float64Array, deviation: Float64Array): WasmScaler;
  };
  readonly NearestMean: {
    new (
      scaler: WasmScaler,
      examples: Float32Array,
      labels: Uint32Array,
      classes: number,
    ): WasmNearestMean;
    restored(
      scaler: WasmScaler,
      means: Float64Array,
      examples: Uint32Array,
      temperature: number,
      right: number,
      of: number,
    ): WasmNearestMean;
  };
  readonly PictureMap: new (
    rows: Float32Array,
    width: number,
    neighbours: number,
    seed: number,
  ) => WasmMap;
  /** Place and cosine, the nearest first. */
  nearest(rows: Float32Array, row: Float32Array, count: number): Float32Array;
  /** For each its share of the variance, its deviation and its direction. */
  principalComponents(
    rows: Float32Array,
    width: number,
    from: number,
    to: number,
    count: number,
  ): Float64Array;
  unfamiliarity(original: Uint8Array, painted: Uint8Array, width: number): number;
}

let started = false;

/**
 * The mathematics, which `soda eval` has too: `src/recognition` as WebAssembly. It is small enough
 * to lie in this file, so that nothing is fetched and no call is waited for; it is compiled at the
 * first one.
 *
 * @throws SodaError 'unsupported' where WebAssembly is not allowed
 */
export function recognition(): RecognitionModule {
  if (!started) {
    try {
      const module = new WebAssembly.Module(
        Uint8Array.from(atob(bytes), (each) => each.charCodeAt(0)),
      );
      initSync({ module });
    } catch (error) {
      throw new SodaError(
        'unsupported',
        'WebAssembly cannot be used for recognition; allow wasm-unsafe-eval in the page’s ' +
          `Content-Security-Policy, or use a newer browser (${String(error)})`,
      );
    }
    started = true;
  }
  return {
    PictureMap,
    NearestMean,
    StandardScaler,
    nearest,
    principalComponents,
    unfamiliarity,
  } as unknown as RecognitionModule;
}

/**
 * Rows of one length, one after another.
 *
 * @throws SodaError 'input' where there is none, or their lengths differ
 */
export function flat(rows: readonly ArrayLike<number>[]): {
  values: Float32Array<ArrayBuffer>;
  width: number;
} {
  const width = rows[0]?.length ?? 0;
  if (width === 0) throw new SodaError('input', 'there are no numbers; give those of a picture');
  const values = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    values.set(ofLength(row, width), i * width);
  });
  return { values, width };
}

/**
 * A row, once its length is known to be right.
 *
 * @throws SodaError 'input' where it is another
 */
export function ofLength(row: ArrayLike<number>, width: number): Float32Array<ArrayBuffer> {
  if (row.length !== width)
    throw new SodaError(
      'input',
      `${String(row.length)} numbers describe this picture, ${String(width)} the others; give ` +
        'the same kind of numbers for all, such as those of one version of describe',
    );
  return Float32Array.from(row);
}
