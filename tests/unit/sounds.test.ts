import { describe, expect, test } from 'vitest';
import { NOTES, note, sound, spectrogram, wav } from '../../www/lib/sound.js';
import { freshId, isMine, noteId, seedOf } from '../../www/page/panels/sounds/shelf.js';
import { PLACES, joined } from '../../www/page/panels/sounds/way.js';

describe('sounds of the library', () => {
  test('what is no sound is refused by name, before a worker is started', async () => {
    const numbers = [0, 1, NaN, 3];
    await expect(spectrogram(new Float32Array())).rejects.toMatchObject({ code: 'input' });
    await expect(spectrogram(Float32Array.from(numbers))).rejects.toThrow(/sample 2 .* a number/);
    await expect(wav(new Float32Array())).rejects.toMatchObject({ code: 'input' });
    const wide = { width: 128, height: 64, data: new Uint8ClampedArray(4) };
    await expect(sound(wide as unknown as ImageData)).rejects.toThrow(/128 × 64 .* 64 × 64/);
    await expect(note('kazoo' as 'bell')).rejects.toThrow(/no note 'kazoo'; there are kick, /);
  });
});

describe('sounds of the page', () => {
  test('ids say what they are of, and nothing else is a seed', () => {
    expect(seedOf(freshId(0))).toBe(0);
    expect(seedOf(freshId(4_294_967_295))).toBe(4_294_967_295);
    for (const id of ['new-', 'new-4294967296', 'new--1', 'new-1e3', 'note-bell', ''])
      expect(seedOf(id)).toBeUndefined();
    expect(isMine('mine-0123abcd')).toBe(true);
    for (const kind of NOTES) expect(isMine(noteId(kind))).toBe(false);
  });

  test('nine steps go from one end of the slider to the other', () => {
    expect(PLACES).toEqual([0, 5, 10, 15, 20, 25, 30, 35, 40]);
  });

  test('sounds are joined in their order', () => {
    const all = joined([Float32Array.of(1, 2), new Float32Array(), Float32Array.of(3)]);
    expect([...all]).toEqual([1, 2, 3]);
  });
});
