/**
 * How far a picture is from what a model knows: the share of its detail that a painting from z
 * misses, `‖∇x − ∇x̂‖² / ‖∇x‖²`, where ∇ are the differences of neighbouring pixels. A model paints
 * the edges of its own world and smooths those of others; the error itself tells less, since smooth
 * pictures of any world are painted well (docs/evaluation.md). An even picture has no detail to
 * miss and counts as known. `original` is what `soda.prepare` gives, `painted` what `soda.decode`
 * makes of its latent.
 */
export function unfamiliarity(original: ImageData, painted: ImageData): number {
  const { width, height } = original;
  let [missed, detail, count] = [0, 0, 0];
  const compare = (at: number, next: number): void => {
    for (let channel = 0; channel < 3; channel++) {
      const step = (original.data[next + channel] ?? 0) - (original.data[at + channel] ?? 0);
      const taken = (painted.data[next + channel] ?? 0) - (painted.data[at + channel] ?? 0);
      missed += (step - taken) ** 2;
      detail += step ** 2;
      count++;
    }
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = 4 * (y * width + x);
      if (x + 1 < width) compare(at, at + 4);
      if (y + 1 < height) compare(at, at + 4 * width);
    }
  }
  return detail < count ? 0 : missed / detail;
}
