import type { Latent } from 'soda-morph';

/** Begins the id of a picture that an address carries as its latent. */
const PREFIX = 'code-';
/** Values of a latent in the 127 steps that a byte has on either side. */
const STEPS = 127;
/** No model has more numbers than this. */
const MOST = 4096;

/** Whether an id is a latent and no picture. */
export function isCode(id: string): boolean {
  return id.startsWith(PREFIX);
}

/**
 * A latent as an id for addresses: the largest value as a 32-bit float, then each value as a share
 * of it in one byte, in base64url. Of 256 numbers it makes 352 letters; the error is at most 1/254
 * of the largest value. Noise is left out.
 */
export function toCode({ values }: Latent): string {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const bytes = new Uint8Array(4 + values.length);
  const view = new DataView(bytes.buffer);
  view.setFloat32(0, largest, true);
  values.forEach((value, i) => {
    view.setInt8(4 + i, largest === 0 ? 0 : Math.round((value / largest) * STEPS));
  });
  const base64 = btoa(String.fromCharCode(...bytes));
  return PREFIX + base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** The way back, for a model of these groups; undefined for what is no latent of it. */
export function fromCode(id: string, groups: readonly number[]): Latent | undefined {
  if (!isCode(id) || id.length > 2 * MOST) return undefined;
  let bytes: Uint8Array;
  try {
    const letters = atob(id.slice(PREFIX.length).replaceAll('-', '+').replaceAll('_', '/'));
    bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  } catch {
    return undefined;
  }
  const length = groups.reduce((sum, group) => sum + group, 0);
  if (bytes.length !== 4 + length) return undefined;
  const view = new DataView(bytes.buffer);
  const largest = view.getFloat32(0, true);
  if (!Number.isFinite(largest) || largest < 0 || largest > 1e6) return undefined;
  const values = Float32Array.from({ length }, (_, i) => (largest * view.getInt8(4 + i)) / STEPS);
  return { values, groups: [...groups] };
}
