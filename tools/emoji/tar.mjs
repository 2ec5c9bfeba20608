// USTAR archives that depend on nothing but their content: members sorted, no times, no owners.

import { createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

const BLOCK = 512;
const RECORD = 20 * BLOCK;

function header(name, size) {
  if (Buffer.byteLength(name) > 100) throw new Error(`tar: ${name} is longer than 100 bytes`);
  const block = Buffer.alloc(BLOCK);
  const octal = (value, at, width) =>
    block.write(`${value.toString(8).padStart(width - 1, '0')}\0`, at, 'latin1');
  block.write(name, 0);
  octal(0o644, 100, 8);
  octal(0, 108, 8); // uid
  octal(0, 116, 8); // gid
  octal(size, 124, 12);
  octal(0, 136, 12); // mtime
  block.fill(' ', 148, 156);
  block.write('0', 156); // a regular file
  block.write('ustar\x0000', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** Orders names by key (what is before the first dot), then by the rest, so that the files of a sample lie together. */
export function byKey(a, b) {
  const compare = (x, y) => (x < y ? -1 : x > y ? 1 : 0);
  return compare(a.split('.')[0], b.split('.')[0]) || compare(a, b);
}

/** The bytes of an archive with the members [name, bytes], in order. */
export function* tarBytes(members) {
  let written = 0;
  for (const [name, bytes] of [...members].sort(([a], [b]) => byKey(a, b))) {
    const padding = Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK);
    yield Buffer.concat([header(name, bytes.length), bytes, padding]);
    written += BLOCK + bytes.length + padding.length;
  }
  const end = written + 2 * BLOCK;
  yield Buffer.alloc(Math.ceil(end / RECORD) * RECORD - written);
}

/** Writes an archive beside its place and then moves it there, so that nobody ever sees half of one. */
export async function writeTar(path, members) {
  const partial = `${path}.partial`;
  await pipeline(tarBytes(members), createWriteStream(partial));
  await rename(partial, path);
}

/** The members [name, bytes] of an archive written here, in their order. */
export function* readTar(archive) {
  for (let at = 0; at + BLOCK <= archive.length && archive[at] !== 0;) {
    const text = (from, length) =>
      archive.toString('latin1', at + from, at + from + length).replace(/\0.*$/s, '');
    const size = parseInt(text(124, 12), 8);
    const start = at + BLOCK;
    yield [text(0, 100), archive.subarray(start, start + size)];
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
}
