import { type Latent } from 'soda-morph';
import { principalDirections } from 'soda-morph/recognition';

/** A principal direction of one latent group. */
export interface Direction {
  /** `group.rank`. */
  key: string;
  group: number;
  /** As long as a whole latent, zero outside its group; its length is one standard deviation. */
  vector: Float32Array;
  /** Of the group's variance. */
  share: number;
}

/** A direction with less of its group's variance is hardly seen. */
const LEAST_SHARE = 0.02;

/** The strongest few directions of each group in which latents vary. */
export function directionsOf(latents: readonly Latent[]): Direction[] {
  return principalDirections(latents)
    .filter(({ share }) => share >= LEAST_SHARE)
    .map(({ group, rank, vector, share }) => ({
      key: `${String(group)}.${String(rank)}`,
      group,
      vector,
      share,
    }));
}
