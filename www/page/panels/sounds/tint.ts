/** Silence, quiet, loud and loudest: the page's greens, the same in both themes. */
const COLOURS = [
  [15, 22, 18],
  [10, 92, 56],
  [90, 223, 153],
  [246, 255, 240],
] as const;

/** A spectrogram in colour, by the mean of its channels. */
export function tinted(picture: ImageData): ImageData {
  const { data, width, height } = picture;
  const out = new ImageData(width, height);
  for (let at = 0; at < data.length; at += 4) {
    const mean = ((data[at] ?? 0) + (data[at + 1] ?? 0) + (data[at + 2] ?? 0)) / 3;
    const place = (mean / 255) * (COLOURS.length - 1);
    const below = Math.min(COLOURS.length - 2, Math.floor(place));
    const [low, high] = [COLOURS[below], COLOURS[below + 1]];
    for (let channel = 0; channel < 3; channel++) {
      const [from, to] = [low?.[channel] ?? 0, high?.[channel] ?? 0];
      out.data[at + channel] = from + (place - below) * (to - from);
    }
    out.data[at + 3] = 255;
  }
  return out;
}
