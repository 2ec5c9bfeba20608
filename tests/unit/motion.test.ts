import { describe, expect, test } from 'vitest';
import {
  PRESETS,
  TOGETHER,
  along,
  fromText as curvesFrom,
  moved,
  presetOf,
  toText as curvesText,
} from '../../www/page/panels/morph/curves.js';
import {
  MOST_PINS,
  fromText as pinsFrom,
  movedPin,
  nextPin,
  toText as pinsText,
} from '../../www/page/panels/morph/pins.js';
import { type Tempo, duration, placeAt, timeline } from '../../www/page/panels/morph/timeline.js';
import { fromCode, isCode, toCode } from '../../www/page/parts/latent-code.js';
import { codesIn } from '../../www/page/shell/coded-pictures.js';
import { newId } from '../../www/page/parts/picture-store.js';

describe('curves of shape and colour', () => {
  test('begin at 0 and end at 1, and never turn back', () => {
    for (const { shape, colour } of Object.values(PRESETS)) {
      for (const curve of [shape, colour]) {
        expect(along(curve, 0)).toBe(0);
        expect(along(curve, 1)).toBe(1);
        const values = Array.from({ length: 101 }, (_, i) => along(curve, i / 100));
        expect(values.every((value, i) => value >= (values[i - 1] ?? 0))).toBe(true);
      }
    }
  });

  test('together is the morph as it is', () => {
    for (const t of [0, 0.25, 0.5, 1]) expect(along(TOGETHER.shape, t)).toBe(t);
  });

  test('shape first: shapes are done when colours have just begun', () => {
    expect(along(PRESETS['shape-first'].shape, 0.6)).toBe(1);
    expect(along(PRESETS['shape-first'].colour, 0.4)).toBe(0);
  });

  test('go through the address; nonsense means together', () => {
    for (const [name, curves] of Object.entries(PRESETS)) {
      expect(curvesFrom(curvesText(curves))).toEqual(curves);
      expect(presetOf(curves)).toBe(name);
    }
    for (const text of [
      undefined,
      '',
      '1-2',
      '0-60-40-101',
      '60-0-0-100',
      '0-x-0-100',
      '0-100--100',
      '50-50-0-100',
    ])
      expect(curvesFrom(text)).toEqual(TOGETHER);
  });

  test('an end that is moved past the other pushes it along', () => {
    expect(moved([0, 0.5], 0, 0.8)[1]).toBeGreaterThan(0.8);
    expect(moved([0.5, 1], 1, 0.2)[0]).toBeLessThan(0.2);
    expect(moved([0, 1], 0, 1)).toEqual([0.95, 1]);
  });
});

describe('points', () => {
  test('go through the address, three at most; nonsense is left out', () => {
    const pins = [
      { a: [0.1, 0.2], b: [0.3, 0.4] },
      { a: [0, 1], b: [1, 0] },
    ] as const;
    expect(pinsFrom(pinsText(pins))).toEqual(pins);
    expect(pinsFrom(Array.from({ length: 9 }, () => '1-2-3-4').join('_'))).toHaveLength(MOST_PINS);
    for (const text of [undefined, '', '1-2-3', '1-2-3-1001', '-1-2-3-4', 'a-b-c-d', '1--3-4'])
      expect(pinsFrom(text)).toEqual([]);
  });

  test('a new pair does not lie on one that is there', () => {
    const first = nextPin([]);
    const second = nextPin([first]);
    expect(Math.hypot(first.a[0] - second.a[0], first.a[1] - second.a[1])).toBeGreaterThan(0.1);
  });

  test('stay within the frame', () => {
    expect(movedPin({ a: [0.5, 0.5], b: [0.5, 0.5] }, 'b', 1.4, -2)).toEqual({
      a: [0.5, 0.5],
      b: [1, 0],
    });
  });
});

describe('a place of a film', () => {
  const tempos: Tempo[] = (['pingpong', 'loop', 'once'] as const).flatMap((repeat) =>
    (['linear', 'in', 'out', 'in-out'] as const).map((easing) => ({ repeat, easing, seconds: 1 })),
  );

  test('is the frame that stands then, to half a frame', () => {
    for (const tempo of tempos) {
      for (const legs of [1, 2]) {
        const frames = 8 * legs + 1;
        const beats = timeline(frames, legs, tempo);
        let end = 0;
        // Where a round joins its end, the way back's share of the first frame stands before it.
        const shift =
          tempo.repeat === 'pingpong'
            ? (timeline(frames, legs, { ...tempo, repeat: 'once' }).at(-1)?.ms ?? 0)
            : 0;
        for (const { frame, ms } of beats) {
          const middle = end + ms / 2 - shift;
          end += ms;
          if (middle < 0) continue;
          expect(
            Math.abs(placeAt(middle, frames, legs, tempo) - frame),
            JSON.stringify([tempo, legs, frame]),
          ).toBeLessThan(1.01);
        }
      }
    }
  });

  test('begins at the first picture, ends at the last, and comes back where it goes back and forth', () => {
    const tempo: Tempo = { repeat: 'pingpong', easing: 'linear', seconds: 1 };
    const round = duration(timeline(9, 1, tempo));
    expect(placeAt(0, 9, 1, tempo)).toBe(0);
    expect(placeAt(round / 2, 9, 1, tempo)).toBeCloseTo(8, 5);
    expect(placeAt(round - 1, 9, 1, tempo)).toBe(0);
    expect(placeAt(1e6, 9, 1, { ...tempo, repeat: 'once' })).toBe(8);
  });
});

describe('a latent in an address', () => {
  const groups = [90, 108, 58];
  const latent = {
    values: Float32Array.from({ length: 256 }, (_, i) => Math.sin(i * i) * 3),
    groups,
  };

  test('comes back to a 254th of its largest value, in less than 360 letters that need no escape', () => {
    const code = toCode(latent);
    expect(code.length).toBeLessThan(360);
    expect(encodeURIComponent(code)).toBe(code);
    expect(isCode(code)).toBe(true);
    const back = fromCode(code, groups);
    const largest = Math.max(...latent.values.map(Math.abs));
    back?.values.forEach((value, i) => {
      expect(Math.abs(value - (latent.values[i] ?? 0))).toBeLessThan(largest / 253);
    });
    expect(back?.groups).toEqual(groups);
  });

  test('of another model, or damaged, is none', () => {
    const code = toCode(latent);
    expect(fromCode(code, [10, 20])).toBeUndefined();
    expect(fromCode(code.slice(0, -4), groups)).toBeUndefined();
    expect(fromCode('code-!!!', groups)).toBeUndefined();
    expect(fromCode('own-1', groups)).toBeUndefined();
    expect(
      fromCode(`code-${btoa(String.fromCharCode(0, 0, 192, 127, ...new Uint8Array(256)))}`, groups),
    ).toBeUndefined(); // Not a number.
  });

  test('all of zeros stays so', () => {
    expect(
      fromCode(toCode({ values: new Float32Array(256), groups }), groups)?.values.every(
        (value) => value === 0,
      ),
    ).toBe(true);
  });

  test('codes are found in a state, each once, and not without end', () => {
    expect(codesIn({ from: 'code-a', to: 'fox', pictures: 'code-b.code-a.fox' })).toEqual([
      'code-a',
      'code-b',
    ]);
    expect(
      codesIn({ pictures: Array.from({ length: 99 }, (_, i) => `code-${String(i)}`).join('.') }),
    ).toHaveLength(32);
  });
});

test('ids are not used again', () => {
  const ids = Array.from({ length: 1000 }, () => newId('own'));
  expect(new Set(ids).size).toBe(1000);
  for (const id of ids) expect(id).toMatch(/^own-[0-9a-z]{16}$/);
});
