import { GIFEncoder, applyPalette, quantize } from 'gifenc';
import { pixels } from '../../../parts/enlarge.js';
import { EncodedFrames } from './encoded-frames.js';
import type { Job } from './formats.js';
import type { Sink } from './sink.js';

/** GIF counts in hundredths of a second, and browsers take less than two of them for ten. */
const SHORTEST_MS = 20;
/** Where the delay stands in a frame's graphic control extension (GIF89a, §23). */
const DELAY_AT = 4;

/** A frame as it stands in the file, the control extension first. */
type Block = Uint8Array<ArrayBuffer>;

/** Each frame with a palette of its own. */
export async function animatedGif(
  { frame, beats, endless, size }: Job,
  sink: Sink,
  onBeat: (done: number) => void,
): Promise<void> {
  const gif = GIFEncoder({ auto: false });
  const encoded = new EncodedFrames<Block>();
  const encode = async (at: number, delay: number, first: boolean): Promise<Block> => {
    const data = pixels(await frame(at), size);
    const palette = quantize(data, 256);
    const repeat = endless ? 0 : -1;
    gif.writeFrame(applyPalette(data, palette), size, size, { first, palette, delay, repeat });
    const block = gif.bytes();
    gif.reset();
    return block;
  };
  gif.writeHeader();
  await sink.append(gif.bytes());
  gif.reset();
  let late = 0;
  for (const [i, { frame: at, ms }] of beats.entries()) {
    // What rounding takes from one frame is given to the next.
    const delay = Math.max(SHORTEST_MS, 10 * Math.round((ms + late) / 10));
    late += ms - delay;
    let block: Block;
    // What stands before the first frame, its palette among it, is not repeated with it.
    if (i === 0) block = await encode(at, delay, true);
    else {
      const make = (): Promise<Block> => encode(at, delay, false);
      block = await encoded.get(at, ({ length }) => length, make);
      new DataView(block.buffer).setUint16(DELAY_AT, delay / 10, true);
    }
    await sink.append(block);
    onBeat(i + 1);
  }
  gif.finish();
  await sink.append(gif.bytes());
}
