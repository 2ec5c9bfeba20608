import { Zip, ZipPassThrough } from 'fflate';
import { enlarge } from '../../../parts/enlarge.js';
import type { Job } from './formats.js';
import type { Sink } from './sink.js';

/** Zip files tell places and numbers of files in this many bits, as far as everybody reads them. */
const [MOST_BYTES, MOST_FILES] = [2 ** 32 - 1, 2 ** 16 - 1];

/** Every frame as a PNG of its own, numbered, in one zip file. */
export async function sequence(
  { frame, frames, size }: Job,
  sink: Sink,
  onFrame: (done: number, total: number) => void,
): Promise<void> {
  if (frames > MOST_FILES)
    throw new Error(
      `a zip file holds at most ${String(MOST_FILES)} pictures, and these are ${String(frames)}: ` +
        'choose fewer seconds or fewer frames a second',
    );
  let made: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  let failure: Error | undefined;
  const zip = new Zip((error, part) => {
    if (error) failure = error;
    else made.push(part);
  });
  const write = async (): Promise<void> => {
    if (failure) throw failure;
    bytes += made.reduce((sum, { length }) => sum + length, 0);
    if (bytes > MOST_BYTES)
      throw new Error('a zip file holds at most 4 GB: choose a smaller size or fewer seconds');
    await sink.append(...made);
    made = [];
  };
  const digits = String(frames).length;
  for (let i = 0; i < frames; i++) {
    const png = await enlarge(await frame(i), size).convertToBlob({ type: 'image/png' });
    // PNGs hardly get smaller.
    const entry = new ZipPassThrough(`frame-${String(i + 1).padStart(digits, '0')}.png`);
    zip.add(entry);
    entry.push(new Uint8Array(await png.arrayBuffer()), true);
    await write();
    onFrame(i + 1, frames);
  }
  zip.end();
  await write();
}
