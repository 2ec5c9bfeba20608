import type { Latent } from 'soda-morph';
import { type Random, random } from '../../parts/random.js';

/**
 * Pictures that a mixture is of: two for the form, and one that gives most of the fine groups,
 * which carry colour.
 */
export const PARENTS = 3;
/**
 * Below this, a mixture would be too much like one of its pictures; beyond, too much a cross-fade.
 */
const SHARE = { least: 0.15, most: 0.5 } as const;
/** Standard deviation of what is added to normalised latents, whose own is 1. */
const NOISE = 0.3;

/**
 * Which pictures the `index`th mixture of a seed is made of: different ones, numbers below `count`.
 */
export function parentsOf(seed: number, index: number, count: number): number[] {
  const { below } = generator(seed, index);
  const left = Array.from({ length: count }, (_, i) => i);
  return Array.from(
    { length: Math.min(PARENTS, count) },
    () => left.splice(below(left.length), 1)[0] ?? 0,
  );
}

/**
 * A latent between and around those of given pictures: coarse groups between the first two, fine
 * groups nearer to the third, and noise on all. Mixing shortens vectors, which makes pictures pale,
 * so each group is stretched to the length its parents have.
 *
 * @param temperature scales the noise; 1 is usual
 */
export function mixture(
  parents: readonly Latent[],
  seed: number,
  index: number,
  temperature: number,
): Latent {
  const [a, b = a, c = b] = parents;
  if (!a || !b || !c) throw new Error('a mixture needs a picture at least');
  const { uniform, normal } = generator(seed, index, 1);
  const share = SHARE.least + (SHARE.most - SHARE.least) * uniform();
  const values = new Float32Array(a.values.length);
  let start = 0;
  a.groups.forEach((length, group) => {
    const [first, second] = group > 0 && group >= a.groups.length / 2 ? [c, a] : [a, b];
    const [from, to] = [
      first.values.subarray(start, start + length),
      second.values.subarray(start, start + length),
    ];
    const mixed = from.map((value, i) => (1 - share) * value + share * (to[i] ?? 0));
    const wanted = (1 - share) * norm(from) + share * norm(to);
    const stretch = norm(mixed) === 0 ? 1 : wanted / norm(mixed);
    mixed.forEach((value, i) => {
      values[start + i] = stretch * value + temperature * NOISE * normal();
    });
    start += length;
  });
  return { values, groups: [...a.groups] };
}

/** Streams of different pictures, and of different purposes, have nothing to do with each other. */
function generator(seed: number, index: number, purpose = 0): Random {
  const first = random(seed ^ Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(purpose, 0x85ebca6b));
  first.uniform();
  return first;
}

function norm(values: Float32Array): number {
  return Math.hypot(...values);
}
