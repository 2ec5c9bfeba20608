import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Entry } from '../../www/page/parts/gallery.js';

const root = join(import.meta.dirname, '../..');
const gallery = JSON.parse(
  readFileSync(join(root, 'www/public/gallery/gallery.json'), 'utf8'),
) as Entry[];
const size = (png: Buffer): [number, number] => [png.readUInt32BE(16), png.readUInt32BE(20)];

describe('the gallery', () => {
  test('has every picture it lists, square, with a name and an attribution, each id once', () => {
    expect(gallery.length).toBeGreaterThan(20);
    expect(new Set(gallery.map((entry) => entry.id)).size).toBe(gallery.length);
    for (const { name, file, attribution } of gallery) {
      const [width, height] = size(readFileSync(join(root, 'www/public/gallery', file)));
      expect([file, width]).toEqual([file, height]);
      expect(name).not.toBe('');
      expect(attribution).not.toBe('');
    }
  });
});

describe('the opening morph', () => {
  const folder = join(root, 'www/public/opening');
  const opening = JSON.parse(readFileSync(join(folder, 'opening.json'), 'utf8')) as {
    from: string;
    to: string;
  };

  test('names two gallery pictures and holds five square frames first and four times as many after', () => {
    expect(gallery.map((entry) => entry.id)).toEqual(
      expect.arrayContaining([opening.from, opening.to]),
    );
    const frames = ['first.webp', 'rest.webp'].map((file) => {
      const webp = readFileSync(join(folder, file));
      // The canvas of an extended or of a simple lossy WebP.
      const extended = webp.toString('latin1', 12, 16) === 'VP8X';
      const [width, height] = extended
        ? [webp.readUIntLE(24, 3) + 1, webp.readUIntLE(27, 3) + 1]
        : [webp.readUInt16LE(26) & 0x3fff, webp.readUInt16LE(28) & 0x3fff];
      return width / height;
    });
    expect(frames).toEqual([5, 20]);
  });
});
