import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Entry } from '../../www/page/parts/gallery.js';

const root = join(import.meta.dirname, '../..');
const gallery = JSON.parse(readFileSync(join(root, 'www/public/gallery/gallery.json'), 'utf8')) as Entry[];
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
  const opening = JSON.parse(readFileSync(join(folder, 'opening.json'), 'utf8')) as { from: string; to: string; frames: number; file: string; weights: string };

  test('was painted by the model that is shipped (else: npm run opening)', () => {
    const weights = createHash('sha256').update(readFileSync(join(root, 'models/emoji64/model.safetensors'))).digest('hex');
    expect(opening.weights).toBe(weights);
  });

  test('names two gallery pictures and holds as many square frames as it says', () => {
    expect(gallery.map((entry) => entry.id)).toEqual(expect.arrayContaining([opening.from, opening.to]));
    const [width, height] = size(readFileSync(join(folder, opening.file)));
    expect(width).toBe(opening.frames * height);
  });
});
