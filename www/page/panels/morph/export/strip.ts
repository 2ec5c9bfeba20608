import { context2d, enlarge } from '../../../parts/enlarge.js';
import type { Order } from './formats.js';

/** Browsers draw no wider canvas than this. */
const WIDEST = 16_384;

/** All frames side by side; in rows where there are too many for one, or where it was asked for. */
export function stripPng({ frames: film, size, sheet }: Order): Promise<Blob> {
  const { frames, columns } = sheet ?? { frames: film, columns: columnsOf(film.length, size) };
  const strip = new OffscreenCanvas(columns * size, Math.ceil(frames.length / columns) * size);
  const context = context2d(strip);
  frames.forEach((frame, i) => { context.drawImage(enlarge(frame, size), (i % columns) * size, Math.floor(i / columns) * size); });
  return strip.convertToBlob({ type: 'image/png' });
}

/** Frames in a row: all of them, or as many as fit where the rows come out even. */
export function columnsOf(frames: number, size: number): number {
  const rows = Math.ceil((frames * size) / WIDEST);
  return Math.ceil(frames / rows);
}
