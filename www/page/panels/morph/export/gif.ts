import { GIFEncoder, applyPalette, quantize } from 'gifenc';
import { pixels } from '../../../parts/enlarge.js';
import type { Job } from './formats.js';

/** GIF counts in hundredths of a second, and browsers take less than two of them for ten. */
const SHORTEST_MS = 20;

/** Each frame with a palette of its own. */
export async function animatedGif(
  { frame, beats, endless, size }: Job,
  onBeat: (done: number) => void,
): Promise<Blob> {
  const gif = GIFEncoder();
  const drawn = new Map<number, { index: Uint8Array; palette: number[][] }>();
  let late = 0;
  for (const [i, { frame: at, ms }] of beats.entries()) {
    let picture = drawn.get(at);
    if (!picture) {
      const data = pixels(await frame(at), size);
      const palette = quantize(data, 256);
      picture = { index: applyPalette(data, palette), palette };
      drawn.set(at, picture);
    }
    // What rounding takes from one frame is given to the next.
    const delay = Math.max(SHORTEST_MS, 10 * Math.round((ms + late) / 10));
    late += ms - delay;
    gif.writeFrame(picture.index, size, size, {
      palette: picture.palette,
      delay,
      repeat: endless ? 0 : -1,
    });
    onBeat(i + 1);
  }
  gif.finish();
  return new Blob([gif.bytes()], { type: 'image/gif' });
}
