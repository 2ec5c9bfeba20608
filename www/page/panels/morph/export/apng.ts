import { enlarge } from '../../../parts/enlarge.js';
import { EncodedFrames } from './encoded-frames.js';
import type { Job } from './formats.js';
import type { Sink } from './sink.js';

/** Bytes before a PNG's first chunk, and its first chunk: length, name, 13 bytes, checksum. */
const SIGNATURE = 8;
const HEADER = 25;

/**
 * Every pixel as it was painted. The browser encodes each frame as a PNG of its own, and the chunks
 * of those become one animated PNG: `acTL` says how many frames and plays, `fcTL` how long one is
 * shown, and from the second on data stands in `fdAT` with a number before it (PNG, third edition,
 * §11.3.6).
 */
export async function animatedPng(
  { frame, beats, endless, size }: Job,
  sink: Sink,
  onBeat: (done: number) => void,
): Promise<void> {
  const encoded = new EncodedFrames<Encoded>();
  let sequence = 0;
  for (const [i, { frame: at, ms }] of beats.entries()) {
    const picture = await encoded.get(
      at,
      ({ bytes }) => bytes,
      async () => encode(enlarge(await frame(at), size)),
    );
    const parts: Uint8Array<ArrayBuffer>[] = [];
    if (i === 0) parts.push(picture.head, chunk('acTL', numbers(beats.length, endless ? 0 : 1)));
    parts.push(chunk('fcTL', control(sequence++, size, ms)));
    for (const data of picture.data)
      parts.push(i === 0 ? chunk('IDAT', data) : chunk('fdAT', numbers(sequence++), data));
    await sink.append(...parts);
    onBeat(i + 1);
  }
  await sink.append(chunk('IEND'));
}

/** A frame's picture data, and what a file that begins with it begins with. */
interface Encoded {
  readonly bytes: number;
  readonly head: Uint8Array<ArrayBuffer>;
  readonly data: readonly Uint8Array<ArrayBuffer>[];
}

async function encode(canvas: OffscreenCanvas): Promise<Encoded> {
  const blob = await canvas.convertToBlob({ type: 'image/png' });
  const file = new Uint8Array(await blob.arrayBuffer());
  const view = new DataView(file.buffer);
  const data: Uint8Array<ArrayBuffer>[] = [];
  for (let at = SIGNATURE; at < file.length;) {
    const length = view.getUint32(at);
    if (String.fromCharCode(...file.subarray(at + 4, at + 8)) === 'IDAT')
      data.push(file.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  return { bytes: file.length, head: file.subarray(0, SIGNATURE + HEADER), data };
}

/** A frame that fills the picture and replaces what was there, for so many milliseconds. */
function control(sequence: number, size: number, ms: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(26);
  const view = new DataView(bytes.buffer);
  [sequence, size, size, 0, 0].forEach((value, i) => {
    view.setUint32(4 * i, value);
  });
  view.setUint16(20, Math.min(0xffff, Math.round(ms)));
  view.setUint16(22, 1000);
  return bytes;
}

function numbers(...values: number[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 * values.length);
  values.forEach((value, i) => {
    new DataView(bytes.buffer).setUint32(4 * i, value);
  });
  return bytes;
}

/** Length, name, contents, checksum of name and contents. */
function chunk(name: string, ...contents: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = contents.reduce((sum, part) => sum + part.length, 0);
  const bytes = new Uint8Array(12 + length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, length);
  for (let i = 0; i < name.length; i++) bytes[4 + i] = name.charCodeAt(i);
  let at = 8;
  for (const part of contents) {
    bytes.set(part, at);
    at += part.length;
  }
  view.setUint32(at, crc32(bytes.subarray(4, at)));
  return bytes;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, i) => {
  let value = i;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});

/** The checksum of PNG and ZIP (ISO 3309). */
function crc32(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = (CRC_TABLE[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}
