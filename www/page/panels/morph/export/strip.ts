import { context2d, enlarge } from '../../../parts/enlarge.js';
import type { Job } from './formats.js';
import type { Sink } from './sink.js';

/** Browsers draw no wider canvas than this. */
const WIDEST = 16_384;

/** All frames side by side; in rows where there are too many for one, or where it was asked for. */
export async function stripPng(
  { frame, frames, size, columns = columnsOf(frames, size) }: Job,
  sink: Sink,
  onFrame: (done: number, total: number) => void,
): Promise<void> {
  const strip = new OffscreenCanvas(columns * size, Math.ceil(frames / columns) * size);
  const context = context2d(strip);
  for (let i = 0; i < frames; i++) {
    context.drawImage(
      enlarge(await frame(i), size),
      (i % columns) * size,
      Math.floor(i / columns) * size,
    );
    onFrame(i + 1, frames);
  }
  const png = await strip.convertToBlob({ type: 'image/png' });
  await sink.append(new Uint8Array(await png.arrayBuffer()));
}

/** Frames in a row: all of them, or as many as fit where the rows come out even. */
export function columnsOf(frames: number, size: number): number {
  const rows = Math.ceil((frames * size) / WIDEST);
  return Math.ceil(frames / rows);
}
