import UPNG from 'upng-js';
import { pixels } from '../../../parts/enlarge.js';
import type { Order } from './formats.js';

/** Every pixel as it was painted. */
export function animatedPng({ frames, beats, endless, size }: Order, onBeat: (done: number) => void): Blob {
  const drawn = new Map<number, ArrayBuffer>();
  const buffers = beats.map(({ frame: at }, i) => {
    const frame = frames[at];
    const buffer = drawn.get(at) ?? (frame ? pixels(frame, size).buffer : new ArrayBuffer(4 * size * size));
    drawn.set(at, buffer);
    onBeat(i);
    return buffer;
  });
  const file = new Uint8Array(UPNG.encode(buffers, size, size, 0, beats.map(({ ms }) => Math.round(ms))));
  if (!endless) playOnce(file);
  return new Blob([file], { type: 'image/apng' });
}

/** The library writes 0 plays, for ever, into the chunk acTL: length, name, frames, plays, checksum. */
function playOnce(file: Uint8Array): void {
  const name = [0x61, 0x63, 0x54, 0x4c];
  const at = file.findIndex((_, i) => name.every((byte, k) => file[i + k] === byte));
  if (at === -1) return;
  const view = new DataView(file.buffer, file.byteOffset);
  view.setUint32(at + 8, 1);
  view.setUint32(at + 12, UPNG.crc.crc(file, at, 12));
}
