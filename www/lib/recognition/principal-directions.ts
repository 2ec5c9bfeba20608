import { SodaError } from '../shared/error.js';
import { flat, recognition } from './module.js';

/** A direction in which latents vary. */
export interface PrincipalDirection {
  /** Place of the latent group that it is in. */
  readonly group: number;
  /** Place among the directions of its group, the strongest first. */
  readonly rank: number;
  /** As long as a whole latent, zero outside its group; its length is one standard deviation. */
  readonly vector: Float32Array<ArrayBuffer>;
  /** Of the group's variance, 0 to 1. */
  readonly share: number;
}

/**
 * Principal components of many latents, group by group (Härkönen et al. 2020 do so for layers), the
 * strongest of each first, as `soda eval directions` finds them. Those in which latents do not vary
 * are left out.
 *
 * @param count how many of each group at most
 * @throws SodaError 'input' where there are fewer than two latents or they are of several models
 */
export function principalDirections(
  latents: readonly { readonly values: ArrayLike<number>; readonly groups: readonly number[] }[],
  count = 6,
): PrincipalDirection[] {
  const [first] = latents;
  if (!first || latents.length < 2)
    throw new SodaError('input', 'directions are found in two latents or more');
  const { values, width } = flat(latents.map((latent) => latent.values));
  if (first.groups.reduce((sum, each) => sum + each, 0) !== width)
    throw new SodaError('input', 'the groups of a latent do not add up to its length');
  let start = 0;
  return first.groups.flatMap((length, group) => {
    const [from, to] = [start, start + length];
    start = to;
    const found = recognition().principalComponents(values, width, from, to, count);
    return Array.from({ length: found.length / (width + 2) }, (_, rank) => {
      const [share = 0, deviation = 0, ...direction] = found.subarray(
        rank * (width + 2),
        (rank + 1) * (width + 2),
      );
      const vector = Float32Array.from(direction, (value) => deviation * value);
      return { group, rank, vector, share, deviation };
    })
      .filter(({ deviation }) => deviation > 1e-6)
      .map(({ group, rank, vector, share }) => ({ group, rank, vector, share }));
  });
}
