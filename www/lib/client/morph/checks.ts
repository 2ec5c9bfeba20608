import { SodaError } from '../../shared/error.js';

/** The longest side of a frame. */
export const LONGEST = 2048;

/** What any morph is told of its frames. */
export function checkOptions(size: number, fit: string, features: string | undefined): void {
  if (!Number.isInteger(size) || size < 16 || size > LONGEST) {
    throw new SodaError(
      'input',
      `size is ${String(size)}; it must be a whole number from 16 to ${String(LONGEST)}`,
    );
  }
  if (!['cover', 'contain'].includes(fit))
    throw new SodaError('input', `fit is '${fit}'; it must be 'cover' or 'contain'`);
  if (features !== undefined && !['semantic', 'plain'].includes(features)) {
    throw new SodaError('input', `features is '${features}'; it must be 'semantic' or 'plain'`);
  }
}
