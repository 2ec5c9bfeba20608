import { SodaError } from '../shared/error.js';
import { recognition } from './module.js';

/**
 * How far a picture is from what a model knows: the share of its detail that a painting from z
 * misses, `‖∇x − ∇x̂‖² / ‖∇x‖²`, where ∇ are the differences of neighbouring pixels. A model paints
 * the edges of its own world and smooths those of others; the error itself tells less, since smooth
 * pictures of any world are painted well (docs/evaluation.md). An even picture has no detail to
 * miss and counts as known, 0. `original` is what `soda.prepare` gives, `painted` what
 * `soda.decode` makes of its latent; `soda eval familiarity` measures many.
 *
 * @throws SodaError 'input' where the two differ in size, 'unsupported'
 */
export function unfamiliarity(original: ImageData, painted: ImageData): number {
  const { width, height } = original;
  if (painted.width !== width || painted.height !== height)
    throw new SodaError('input', 'a picture and its painting must be of one size');
  return recognition().unfamiliarity(bytes(original), bytes(painted), width);
}

function bytes({ data }: ImageData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
