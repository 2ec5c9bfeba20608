import { describe, expect, test } from 'vitest';
import { type Place, fromHash, toHash } from '../../www/page/shell/router.js';

describe('places in the address', () => {
  test('go there and back, whatever is in them', () => {
    const places: Place[] = [
      { panel: 'morph', state: {} },
      { panel: 'sample', state: { seed: '7', count: '12' } },
      { panel: 'edit', state: { name: 'a & b = c? #1', ünïcode: '🦊 + 🐙' } },
    ];
    for (const place of places) expect(fromHash(toHash(place))).toEqual(place);
  });

  test('are the same text whatever the order of the fields', () => {
    expect(toHash({ panel: 'morph', state: { b: '2', a: '1' } })).toBe('#morph?a=1&b=2');
  });

  test('what is no place is none', () => {
    for (const hash of ['', '#', '#?a=1', '#Panel 1', 'morph'])
      expect(fromHash(hash)).toBeUndefined();
  });
});
