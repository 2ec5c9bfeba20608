import { type WasmMap, flat, ofLength, recognition } from './module.js';

/** A row that is like another one. */
export interface Near {
  /** Its place. */
  readonly index: number;
  /** Cosine, −1 to 1. */
  readonly similarity: number;
}

/** The nearest others of each row, the most similar first. */
export interface Neighbours {
  /** How many each has. */
  readonly each: number;
  /** [N, each] */
  readonly indices: Int32Array<ArrayBuffer>;
  /** [N, each]; cosines, −1 to 1. */
  readonly similarities: Float32Array<ArrayBuffer>;
}

/**
 * Lays rows of numbers out in the plane so that what is alike stays near: UMAP (McInnes, Healy and
 * Melville 2018) on exact neighbours by cosine, begun from principal components. The same rows and
 * the same seed give the same map. It is made bit by bit, since it may take seconds: call `search`
 * until all rows have their neighbours, then `settle` until its share is 1.
 */
export class PictureMap {
  readonly #module: WasmMap;
  readonly #count: number;

  /**
   * @param rows numbers `[N, D]` of five pictures or more: fewer have no neighbourhoods
   * @throws SodaError 'input' where there are no rows or their lengths differ, 'unsupported'
   */
  constructor(
    rows: readonly ArrayLike<number>[],
    { neighbours = 15, seed = 1 }: { neighbours?: number; seed?: number } = {},
  ) {
    const { PictureMap: Module } = recognition();
    const { values, width } = flat(rows);
    this.#count = rows.length;
    this.#module = new Module(values, width, neighbours, seed);
  }

  /** Finds the neighbours of some rows more; the share that have theirs, 0 to 1. */
  search(): number {
    return this.#module.search() / this.#count;
  }

  /** Of the rows that have theirs. */
  get neighbours(): Neighbours {
    return {
      each: this.#module.each,
      indices: new Int32Array(this.#module.neighbours()),
      similarities: new Float32Array(this.#module.similarities()),
    };
  }

  /** Moves rows to their places for so many of 500 epochs; the share that is done, 0 to 1. */
  settle(epochs = 10): number {
    return this.#module.settle(epochs);
  }

  /** [N, 2], as they are now; empty before the first `settle`. */
  get positions(): Float32Array<ArrayBuffer> {
    return new Float32Array(this.#module.positions());
  }
}

/**
 * The rows most like one, by cosine, the most similar first.
 *
 * @throws SodaError 'input' where lengths differ
 */
export function nearest(
  rows: readonly ArrayLike<number>[],
  row: ArrayLike<number>,
  count: number,
): Near[] {
  if (rows.length === 0) return [];
  const { values, width } = flat(rows);
  const found = recognition().nearest(values, ofLength(row, width), count);
  return Array.from({ length: found.length / 2 }, (_, i) => ({
    index: found[2 * i] ?? 0,
    similarity: found[2 * i + 1] ?? 0,
  }));
}
