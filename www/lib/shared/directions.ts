import type { Latent, NamedDirections } from './api.js';

/**
 * What to add to a latent for a step of 1 along a direction that the model brings along
 * (`soda.config.directions`). A picture is of the kind whose mean latent is nearest; undefined
 * where its kind cannot change so.
 *
 * @param index place of the direction in `directions.named`
 */
export function namedDirection(
  directions: NamedDirections,
  latent: Latent,
  index: number,
): Float32Array | undefined {
  const distances = directions.kinds.map((mean) =>
    mean.reduce((sum, value, i) => sum + (value - (latent.values[i] ?? 0)) ** 2, 0),
  );
  const vector = directions.named[index]?.vectors[distances.indexOf(Math.min(...distances))];
  return vector && vector.length > 0 ? Float32Array.from(vector) : undefined;
}
