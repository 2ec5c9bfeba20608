import { SodaError } from '../shared/error.js';
import { type WasmNearestMean, ofLength, recognition } from './module.js';
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
 * Few-shot recognition: the nearest class mean on standardised numbers (prototypes on a fixed
 * representation, Snell et al. 2017), with probabilities `softmax(−d_c / τ)`, where `d_c = ‖z −
 * m_c‖² / (D·(1 + 1/n_c))`: a mean of few examples is itself uncertain, and would else look farther
 * away than one of many. τ is the temperature at which examples that are left out are told apart
 * best.
 */
export class NearestMean {
  readonly leftOut: LeftOut;
  readonly #scaler: StandardScaler;
  readonly #model: WasmNearestMean;
  readonly #width: number;

  /**
   * `all` are the numbers of all pictures, marked or not: they say how the numbers are spread. They
   * may be latents, what `describe` gives, or both, `joined`. Classes without examples are never
   * guessed.
   *
   * @throws SodaError 'input' where there are no numbers, their lengths differ, or a label is not
   *   below `classes`; 'unsupported'
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
    const { NearestMean: Model } = recognition();
    if ('kind' in all) {
      check(all);
      this.#scaler = new StandardScaler(all.scale);
      this.#width = all.scale.mean.length;
      this.#model = Model.restored(
        this.#scaler.module,
        Float64Array.from(all.classes.flatMap(({ mean }) => mean)),
        Uint32Array.from(all.classes, ({ examples }) => examples),
        all.temperature,
        all.leftOut.right,
        all.leftOut.of,
      );
    } else {
      this.#scaler = new StandardScaler(all);
      this.#width = all[0]?.length ?? 0;
      for (const { label } of examples)
        if (!Number.isInteger(label) || label < 0 || label >= classes)
          throw new SodaError(
            'input',
            `an example has the label ${String(label)}; labels go from 0 to ${String(classes - 1)}`,
          );
      const points = examples.flatMap(({ values }) => [...ofLength(values, this.#width)]);
      const labels = Uint32Array.from(examples, ({ label }) => label);
      this.#model = new Model(this.#scaler.module, Float32Array.from(points), labels, classes);
    }
    this.leftOut = { right: this.#model.right, of: this.#model.of };
  }

  /** Plain data that the same classifier can be made of again, elsewhere or later. */
  toJSON(): NearestMeanData {
    const means = this.#model.means;
    let at = 0;
    return {
      kind: 'soda-nearest-mean',
      version: 1,
      scale: this.#scaler.toJSON(),
      classes: Array.from(this.#model.examples, (examples) => {
        const start = at;
        if (examples > 0) at += this.#width;
        return { mean: [...means.subarray(start, at)], examples };
      }),
      temperature: this.#model.temperature,
      leftOut: this.leftOut,
    };
  }

  /**
   * What a picture with these numbers is taken for.
   *
   * @throws SodaError 'input' where they are more or fewer than those it was made from
   */
  guess(values: ArrayLike<number>): Guess {
    const [label = 0, ...probabilities] = this.#model.guess(ofLength(values, this.#width));
    return { label, probabilities };
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
  const { kind, version, scale, classes, temperature, leftOut } = data as Record<string, unknown>;
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
    temperature > 0 &&
    isLeftOut(leftOut)
  );
}

function isLeftOut(data: unknown): boolean {
  const { right, of } = (data ?? {}) as Record<string, unknown>;
  return Number.isInteger(right) && Number.isInteger(of);
}
