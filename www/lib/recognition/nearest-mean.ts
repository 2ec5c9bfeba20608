import { SodaError } from '../shared/error.js';
import { StandardScaler, type StandardScalerData } from './standard-scaler.js';

/** The numbers of a picture, and the number of the class it is an example of. */
export interface Example {
  readonly values: ArrayLike<number>;
  readonly label: number;
}

/** What a picture is taken for: probabilities of all classes, and the likeliest. */
export interface Guess {
  readonly label: number;
  readonly probabilities: readonly number[];
}

/** How many of the examples are recognised by the others, of those whose class has another. */
export interface LeftOut {
  readonly right: number;
  readonly of: number;
}

/** A fitted classifier as plain data, to be kept as JSON. */
export interface NearestMeanData {
  readonly kind: 'soda-nearest-mean';
  readonly version: 1;
  readonly scale: StandardScalerData;
  /** The mean of each class's examples, scaled, and how many they are. */
  readonly classes: readonly { readonly mean: readonly number[]; readonly examples: number }[];
  readonly temperature: number;
  readonly leftOut: LeftOut;
}

/**
 * Temperatures that are tried, as multiples of the one that suits the distances between the means.
 */
const TEMPERATURES = [0.25, 0.35, 0.5, 0.7, 1, 1.4, 2, 2.8, 4];

/**
 * Few-shot recognition: the nearest class mean on standardised numbers (prototypes on a fixed
 * representation, Snell et al. 2017), with probabilities `softmax(−d_c / τ)`, where `d_c = ‖z −
 * m_c‖² / (D·(1 + 1/n_c))`: a mean of few examples is itself uncertain, and would else look farther
 * away than one of many. τ is the temperature at which examples that are left out are told apart
 * best.
 */
export class NearestMean {
  readonly leftOut: LeftOut;
  readonly #scale: StandardScaler;
  readonly #classes: readonly Mean[];
  readonly #temperature: number;

  /**
   * `all` are the numbers of all pictures, marked or not: they say how the numbers are spread. They
   * may be latents, what `describe` gives, or both, `joined`. Classes without examples are never
   * guessed.
   */
  constructor(all: readonly ArrayLike<number>[], examples: readonly Example[], classes: number);
  /**
   * The classifier that `toJSON` gave.
   *
   * @throws SodaError 'input' where that is something else
   */
  constructor(data: NearestMeanData);
  constructor(
    all: readonly ArrayLike<number>[] | NearestMeanData,
    examples: readonly Example[] = [],
    classes = 0,
  ) {
    if ('kind' in all) {
      check(all);
      this.#scale = new StandardScaler(all.scale);
      this.#classes = all.classes.map(({ mean, examples }) => ({
        point: Float64Array.from(mean),
        count: examples,
      }));
      this.#temperature = all.temperature;
      this.leftOut = all.leftOut;
      return;
    }
    this.#scale = new StandardScaler(all);
    const points = examples.map(({ values, label }) => ({
      label,
      point: this.#scale.transform(values),
    }));
    this.#classes = Array.from({ length: classes }, (_, label) =>
      meanOf(points.filter((each) => each.label === label).map(({ point }) => point)),
    );
    const rows = points
      .filter(({ label }) => (this.#classes[label]?.count ?? 0) > 1)
      .map(({ label, point }) => ({
        label,
        distances: this.#classes.map((mean, i) =>
          distance(point, i === label ? without(mean, point) : mean),
        ),
      }));
    this.leftOut = {
      right: rows.filter(({ label, distances }) => nearest(distances) === label).length,
      of: rows.length,
    };
    this.#temperature = fitTemperature(rows, this.#spread());
  }

  /** Plain data that the same classifier can be made of again, elsewhere or later. */
  toJSON(): NearestMeanData {
    return {
      kind: 'soda-nearest-mean',
      version: 1,
      scale: this.#scale.toJSON(),
      classes: this.#classes.map(({ point, count }) => ({ mean: [...point], examples: count })),
      temperature: this.#temperature,
      leftOut: this.leftOut,
    };
  }

  /** What a picture with these numbers is taken for. */
  guess(values: ArrayLike<number>): Guess {
    const point = this.#scale.transform(values);
    const distances = this.#classes.map((mean) => distance(point, mean));
    return { label: nearest(distances), probabilities: softmax(distances, this.#temperature) };
  }

  /** The mean distance between two class means, the yardstick for temperatures. */
  #spread(): number {
    const known = this.#classes.filter(({ count }) => count > 0);
    const pairs = known.flatMap((a, i) =>
      known.slice(i + 1).map((b) => distance(a.point, { point: b.point, count: Infinity })),
    );
    return pairs.reduce((sum, each) => sum + each, 0) / pairs.length || 1;
  }
}

/** Whatever a file holds: it comes from anywhere. */
function check(data: NearestMeanData): void {
  if (isWhole(data)) return;
  throw new SodaError(
    'input',
    'this is no classifier that NearestMean wrote; give what its toJSON gives',
  );
}

function isWhole(data: unknown): boolean {
  const { kind, version, scale, classes, temperature } = data as Record<string, unknown>;
  const { mean, deviation } = (scale ?? {}) as Record<string, unknown>;
  const width = Array.isArray(mean) ? mean.length : 0;
  const numbers = (list: unknown, length: number): boolean =>
    Array.isArray(list) && list.length === length && list.every((each) => Number.isFinite(each));
  return (
    kind === 'soda-nearest-mean' &&
    version === 1 &&
    width > 0 &&
    numbers(mean, width) &&
    numbers(deviation, width) &&
    Array.isArray(classes) &&
    classes.every((each: unknown) => {
      const { mean, examples } = (each ?? {}) as Record<string, unknown>;
      return typeof examples === 'number' && numbers(mean, examples > 0 ? width : 0);
    }) &&
    typeof temperature === 'number' &&
    temperature > 0
  );
}

interface Mean {
  readonly point: Float64Array;
  readonly count: number;
}

function meanOf(points: readonly Float64Array[]): Mean {
  const sum = new Float64Array(points[0]?.length ?? 0);
  for (const point of points)
    point.forEach((value, at) => {
      sum[at] = (sum[at] ?? 0) + value / points.length;
    });
  return { point: sum, count: points.length };
}

/** The mean of the others. */
function without({ point, count }: Mean, one: Float64Array): Mean {
  return {
    point: point.map((value, at) => (value * count - (one[at] ?? 0)) / (count - 1)),
    count: count - 1,
  };
}

/** d_c; infinite for a class without examples. */
function distance(point: Float64Array, mean: Mean): number {
  if (mean.count === 0) return Infinity;
  const square = point.reduce((sum, value, at) => sum + (value - (mean.point[at] ?? 0)) ** 2, 0);
  return square / (Math.max(1, point.length) * (1 + 1 / mean.count));
}

function nearest(distances: readonly number[]): number {
  return distances.indexOf(Math.min(...distances));
}

function softmax(distances: readonly number[], temperature: number): number[] {
  const least = Math.min(...distances);
  const weights = distances.map((each) =>
    Number.isFinite(each) ? Math.exp((least - each) / temperature) : 0,
  );
  const total = weights.reduce((sum, each) => sum + each, 0);
  return weights.map((each) => each / total);
}

/**
 * The temperature with the least mean −log p of the right class, near the one that suits the spread
 * where the examples leave it open.
 */
function fitTemperature(
  rows: readonly { label: number; distances: readonly number[] }[],
  spread: number,
): number {
  const usual = spread / 6;
  const cost = (times: number): number => {
    const likelihood = rows.reduce(
      (sum, { label, distances }) =>
        sum - Math.log(Math.max(1e-9, softmax(distances, usual * times)[label] ?? 0)),
      0,
    );
    return likelihood + Math.log(times) ** 2;
  };
  return usual * TEMPERATURES.reduce((best, times) => (cost(times) < cost(best) ? times : best), 1);
}
