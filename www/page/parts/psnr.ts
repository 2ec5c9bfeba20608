/**
 * Peak signal-to-noise ratio of two pictures of one size, over their colours, in dB: 10·log₁₀(255²
 * / mean square). Infinite where they are equal.
 */
export function psnr(a: ImageData, b: ImageData): number {
  if (a.width !== b.width || a.height !== b.height) {
    throw new Error(
      `pictures of two sizes: ${String(a.width)} × ${String(a.height)} and ${String(b.width)} × ` +
        String(b.height),
    );
  }
  let square = 0;
  for (let at = 0; at < a.data.length; at++) {
    if (at % 4 !== 3) square += ((a.data[at] ?? 0) - (b.data[at] ?? 0)) ** 2;
  }
  return 10 * Math.log10(255 ** 2 / (square / ((3 * a.data.length) / 4)));
}

/** Mean of some numbers; NaN for none. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, each) => sum + each, 0) / values.length;
}
