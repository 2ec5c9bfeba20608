import { GIFEncoder, applyPalette, quantize } from 'gifenc';
import { pixels } from '../../../parts/enlarge.js';
import type { Order } from './formats.js';

/** GIF counts in hundredths of a second, and browsers take less than two of them for ten. */
const SHORTEST_MS = 20;

/** Each frame with a palette of its own. */
export function animatedGif({ frames, beats, endless, size }: Order, onBeat: (done: number) => void): Blob {
  const gif = GIFEncoder();
  const drawn = new Map<number, { index: Uint8Array; palette: number[][] }>();
  let late = 0;
  beats.forEach(({ frame: at, ms }, i) => {
    let picture = drawn.get(at);
    const frame = frames[at];
    if (!picture && frame) {
      const data = pixels(frame, size);
      const palette = quantize(data, 256);
      picture = { index: applyPalette(data, palette), palette };
      drawn.set(at, picture);
    }
    if (!picture) return;
    // What rounding takes from one frame is given to the next.
    const delay = Math.max(SHORTEST_MS, 10 * Math.round((ms + late) / 10));
    late += ms - delay;
    gif.writeFrame(picture.index, size, size, { palette: picture.palette, delay, repeat: endless ? 0 : -1 });
    onBeat(i + 1);
  });
  gif.finish();
  return new Blob([gif.bytes()], { type: 'image/gif' });
}
