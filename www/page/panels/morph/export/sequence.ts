import { Zip, ZipPassThrough } from 'fflate';
import { enlarge } from '../../../parts/enlarge.js';
import type { Job } from './formats.js';

/** Every frame as a PNG of its own, numbered, in one zip file. */
export async function sequence(
  { frame, frames, size }: Job,
  onFrame: (done: number, total: number) => void,
): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let failure: Error | undefined;
  const zip = new Zip((error, bytes) => {
    if (error) failure = error;
    else parts.push(bytes);
  });
  const digits = String(frames).length;
  for (let i = 0; i < frames; i++) {
    const png = await enlarge(await frame(i), size).convertToBlob({ type: 'image/png' });
    // PNGs hardly get smaller.
    const entry = new ZipPassThrough(`frame-${String(i + 1).padStart(digits, '0')}.png`);
    zip.add(entry);
    entry.push(new Uint8Array(await png.arrayBuffer()), true);
    if (failure) throw failure;
    onFrame(i + 1, frames);
  }
  zip.end();
  return new Blob(parts, { type: 'application/zip' });
}
