import type { Interpolation, Latent } from './api.js';
import { SodaError } from './error.js';

/**
 * The point `t` of the straight way from `a` to `b`: `(1 − t)·a + t·b` in z. The stochastic codes,
 * where both have one, go along the sphere instead, because a mean of two Gaussian noises is no
 * Gaussian noise of the same variance.
 *
 * @param t in [0, 1]
 */
export function lerp(a: Latent, b: Latent, t: number): Latent {
  [a, b] = pair(a, b);
  checkFraction(t);
  return withNoise(a, linear(a.values, b.values, t), noiseBetween(a, b, t));
}

/**
 * The point `t` of the great circle from `a` to `b`: `(sin((1 − t)θ)·a + sin(tθ)·b) / sin θ`, θ
 * being the angle between them (Shoemake 1985). Near-parallel codes fall back to lerp.
 *
 * @param t in [0, 1]
 */
export function slerp(a: Latent, b: Latent, t: number): Latent {
  [a, b] = pair(a, b);
  checkFraction(t);
  return withNoise(a, spherical(a.values, b.values, t), noiseBetween(a, b, t));
}

/**
 * What lies between pictures, in these proportions. `Soda.interpolate` and the painted morph go
 * through these, interpolated as `soda.config.interpolation` says:
 *
 * - 'linear', the default: the weighted mean.
 * - 'spherical': the first group, which says where things are, is the weighted mean; every other
 *   one has the mean's direction and the weighted mean of their lengths, because a mean of
 *   appearances that differ is shorter than any of them, and paints pale and soft. (Spherical
 *   interpolation but for its speed, for any number of ends; White, Sampling Generative Networks,
 *   2016. A group is made twice as long at most: ends that point away from each other have no mean
 *   that says much.)
 *
 * The stochastic codes, where latents have them, go along spheres one after another.
 *
 * @param latents at least one, all of one model
 * @param weights one for each latent, none negative, not all 0; only their proportions count
 */
export function interpolate(
  latents: readonly Latent[],
  weights: readonly number[],
  interpolation: Interpolation = 'linear',
): Latent {
  checkInterpolation(interpolation);
  const [first, ...others] = weighed(latents, weights);
  let { latent: mean } = first;
  let sum = first.weight;
  for (const { latent, weight } of others) {
    sum += weight;
    mean = lerp(mean, latent, weight / sum);
  }
  if (interpolation === 'linear' || others.length === 0) return mean;
  const values = mean.values.slice();
  let start = mean.groups[0] ?? 0;
  for (const length of mean.groups.slice(1)) {
    const own = (values: Float32Array): Float32Array => values.subarray(start, start + length);
    let wanted = 0;
    for (const { latent, weight } of [first, ...others])
      wanted += (weight / sum) * norm(own(latent.values));
    const group = own(values);
    const found = norm(group);
    if (found > 0) {
      const scale = Math.min(LONGER, wanted / found);
      group.forEach((value, i) => (group[i] = value * scale));
    }
    start += length;
  }
  return withNoise(mean, values, mean.noise);
}

function checkInterpolation(interpolation: string): void {
  if (!['linear', 'spherical'].includes(interpolation)) {
    throw new SodaError(
      'input',
      `interpolation is '${interpolation}'; it must be 'linear' or 'spherical'`,
    );
  }
}

/** How many times longer spherical interpolation makes a group, at most. */
const LONGER = 2;

interface Weighed {
  latent: Latent;
  weight: number;
}

/** Those that count, the first of them first. */
function weighed(latents: readonly Latent[], weights: readonly number[]): [Weighed, ...Weighed[]] {
  if (latents.length !== weights.length) {
    throw new SodaError(
      'input',
      `${String(latents.length)} latents and ${String(weights.length)} weights; give one for each`,
    );
  }
  const wrong = weights.find((weight) => !(weight >= 0 && weight < Infinity));
  if (wrong !== undefined) {
    throw new SodaError('input', `a weight is ${String(wrong)}; it must be finite and at least 0`);
  }
  const counting = latents
    .map((latent, i) => ({
      latent: toLatent(latent, `latent ${String(i)}`),
      weight: at(weights, i),
    }))
    .filter(({ weight }) => weight > 0);
  const [first, ...others] = counting;
  if (!first) throw new SodaError('input', 'no latent counts; a weight must be more than 0');
  return [first, ...others];
}

/**
 * Coarse groups (index below `split`) of `a`, the others of `b`; the stochastic code, which holds
 * layout, of `a`.
 *
 * @param split 0 … groups.length
 */
export function mix(a: Latent, b: Latent, split: number): Latent {
  [a, b] = pair(a, b);
  if (!Number.isInteger(split) || split < 0 || split > a.groups.length) {
    throw new SodaError(
      'input',
      `split is ${String(split)}; it must be a whole number from 0 to ${String(a.groups.length)}`,
    );
  }
  const cut = a.groups.slice(0, split).reduce((sum, length) => sum + length, 0);
  const values = b.values.slice();
  values.set(a.values.subarray(0, cut));
  return withNoise(a, values, a.noise);
}

/** `a − b + c`, on z; the stochastic code of `a`, which is the picture being edited. */
export function analogy(a: Latent, b: Latent, c: Latent): Latent {
  [a, b] = pair(a, b);
  [a, c] = pair(a, c);
  return withNoise(
    a,
    a.values.map((value, i) => value - at(b.values, i) + at(c.values, i)),
    a.noise,
  );
}

/** Cosine of the angle between two codes, −1 … 1; 0 where one of them is zero. */
export function similarity(a: Latent, b: Latent): number {
  [a, b] = pair(a, b);
  const scale = Math.sqrt(dot(a.values, a.values) * dot(b.values, b.values));
  return scale === 0 ? 0 : Math.min(1, Math.max(-1, dot(a.values, b.values) / scale));
}

/**
 * A whole latent of what may have been through JSON, which makes an object or an array of a
 * Float32Array. Throws 'input' where it is none; `name` says which argument it was.
 */
export function toLatent(latent: Latent, name: string): Latent {
  // Callers without types may hand over anything.
  const {
    values: given,
    groups,
    noise: givenNoise,
  } = (latent as Partial<Latent> | null | undefined) ?? {};
  const values = toNumbers(given);
  if (!values || !Array.isArray(groups)) {
    throw new SodaError(
      'input',
      `${name} is no latent; values must be numbers (a Float32Array) and groups an array of ` +
        `lengths`,
    );
  }
  const length = (groups as number[]).reduce((sum, group) => sum + group, 0);
  if (length !== values.length) {
    throw new SodaError(
      'input',
      `${name}.groups add up to ${String(length)}, but values has ${String(values.length)} numbers`,
    );
  }
  if (!values.every(Number.isFinite)) {
    throw new SodaError('input', `${name}.values holds a number that is not finite`);
  }
  const noise = givenNoise === undefined ? undefined : toNumbers(givenNoise);
  if (givenNoise !== undefined && !noise?.every(Number.isFinite)) {
    throw new SodaError(
      'input',
      `${name}.noise must be finite numbers (a Float32Array), or absent`,
    );
  }
  return { values, groups: groups as number[], ...(noise && { noise }) };
}

/**
 * The numbers of a Float32Array of any window, of an array, or of what JSON makes of a
 * Float32Array: `{"0": 0.5, "1": …}`.
 */
function toNumbers(given: unknown): Float32Array | undefined {
  if (Object.prototype.toString.call(given) === '[object Float32Array]')
    return given as Float32Array;
  if (typeof given !== 'object' || given === null) return undefined;
  const entries = Object.entries(given as Record<string, unknown>);
  const inOrder = entries.every(
    ([key, value], i) => key === String(i) && typeof value === 'number',
  );
  return inOrder ? Float32Array.from(entries, ([, value]) => value as number) : undefined;
}

/** Both as whole latents of one model. */
function pair(first: Latent, second: Latent): [Latent, Latent] {
  const [a, b] = [toLatent(first, 'the first latent'), toLatent(second, 'the other latent')];
  if (a.groups.length !== b.groups.length || a.groups.some((length, i) => length !== b.groups[i])) {
    throw new SodaError(
      'input',
      `latents of two models: groups [${a.groups.join(', ')}] and [${b.groups.join(', ')}]`,
    );
  }
  if (a.noise && b.noise && a.noise.length !== b.noise.length) {
    throw new SodaError(
      'input',
      `noise of two sizes: ${String(a.noise.length)} and ${String(b.noise.length)} numbers`,
    );
  }
  return [a, b];
}

function checkFraction(t: number): void {
  if (!(t >= 0 && t <= 1)) throw new SodaError('input', `t is ${String(t)}; it must lie in [0, 1]`);
}

function withNoise(like: Latent, values: Float32Array, noise: Float32Array | undefined): Latent {
  return noise ? { values, groups: [...like.groups], noise } : { values, groups: [...like.groups] };
}

/** Where only one end has a stochastic code, the whole way keeps it. */
function noiseBetween(a: Latent, b: Latent, t: number): Float32Array | undefined {
  if (a.noise && b.noise) return spherical(a.noise, b.noise, t);
  return a.noise ?? b.noise;
}

function linear(a: Float32Array, b: Float32Array, t: number): Float32Array {
  return a.map((value, i) => (1 - t) * value + t * at(b, i));
}

function spherical(a: Float32Array, b: Float32Array, t: number): Float32Array {
  const scale = Math.sqrt(dot(a, a) * dot(b, b));
  const angle = scale === 0 ? 0 : Math.acos(Math.min(1, Math.max(-1, dot(a, b) / scale)));
  const sine = Math.sin(angle);
  if (sine < 1e-4) return linear(a, b, t);
  const [weightA, weightB] = [Math.sin((1 - t) * angle) / sine, Math.sin(t * angle) / sine];
  return a.map((value, i) => weightA * value + weightB * at(b, i));
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += at(a, i) * at(b, i);
  return sum;
}

function norm(values: Float32Array): number {
  return Math.sqrt(dot(values, values));
}

function at(values: ArrayLike<number>, i: number): number {
  return values[i] ?? 0;
}
