import { PCA } from 'ml-pca';

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
const MOST_PER_GROUP = 6;

/**
 * Principal components of many latents, group by group (Härkönen et al. 2020 do so for layers); the
 * strongest few of each.
 */
export function principalDirections(
  latents: readonly Float32Array[],
  groups: readonly number[],
): Direction[] {
  const length = groups.reduce((sum, each) => sum + each, 0);
  let start = 0;
  return groups.flatMap((width, group) => {
    const from = start;
    start += width;
    const pca = new PCA(
      latents.map((latent) => [...latent.subarray(from, from + width)]),
      { scale: false },
    );
    const shares = pca.getExplainedVariance();
    const deviations = pca.getStandardDeviations();
    const vectors = pca.getEigenvectors();
    const useful = shares
      .slice(0, MOST_PER_GROUP)
      .filter((share, rank) => share >= LEAST_SHARE && (deviations[rank] ?? 0) > 1e-6);
    return useful.map((share, rank): Direction => {
      const vector = new Float32Array(length);
      const column = vectors.getColumn(rank);
      // The sign of an eigenvector is arbitrary: its largest entry is to be positive.
      const largest = column.reduce(
        (best, value) => (Math.abs(value) > Math.abs(best) ? value : best),
        0,
      );
      const scale = (deviations[rank] ?? 0) * (largest < 0 ? -1 : 1);
      column.forEach((value, i) => {
        vector[from + i] = scale * value;
      });
      return { key: `${String(group)}.${String(rank)}`, group, vector, share };
    });
  });
}
