import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import type { Latent } from '../../www/lib/shared/api.js';
import { analogy, interpolate, lerp, mix, similarity, slerp } from '../../www/lib/shared/latent.js';

function latent(values: number[], noise?: number[]): Latent {
  const made = { values: new Float32Array(values), groups: [2, 1] };
  return noise ? { ...made, noise: new Float32Array(noise) } : made;
}
function length(values: Float32Array): number {
  return Math.hypot(...values);
}

const a = latent([1, 0, 0]);
const b = latent([0, 1, 0]);

describe('lerp', () => {
  test('its ends are its arguments and its middle is their mean', () => {
    expect([...lerp(a, b, 0).values]).toEqual([1, 0, 0]);
    expect([...lerp(a, b, 1).values]).toEqual([0, 1, 0]);
    expect([...lerp(a, b, 0.5).values]).toEqual([0.5, 0.5, 0]);
  });

  test('the noise keeps its length on the way, and one noise alone is kept', () => {
    const [from, to] = [latent([1, 0, 0], [3, 0]), latent([0, 1, 0], [0, 3])];
    const middle = lerp(from, to, 0.5).noise ?? new Float32Array();
    expect(length(middle)).toBeCloseTo(3, 5);
    expect(middle[0]).toBeCloseTo(3 * Math.SQRT1_2, 5);
    expect(lerp(from, b, 0.7).noise).toBe(from.noise);
    expect(lerp(a, b, 0.7)).not.toHaveProperty('noise');
  });

  test('its arguments stay as they are', () => {
    lerp(a, b, 0.5).values.fill(9);
    expect([...a.values, ...b.values]).toEqual([1, 0, 0, 0, 1, 0]);
  });
});

describe('interpolate', () => {
  const [c, d, e] = [latent([1, 3, 4]), latent([3, -1, 2]), latent([0, 1, -6])];

  test('goes straight unless told otherwise, and takes weights in any unit', () => {
    expect([...interpolate([c, d], [3, 1]).values]).toEqual([...lerp(c, d, 0.25).values]);
    const mean = interpolate([c, d, e], [1, 1, 2]).values;
    [1, 1, -1.5].forEach((value, i) => {
      expect(mean[i]).toBeCloseTo(value, 6);
    });
  });

  test('on a sphere all groups but the first stay as long as their ends are', () => {
    const groups = (of: Latent) => [of.values.subarray(0, 2), of.values.subarray(2)] as const;
    const wide = (values: number[]): Latent => ({
      values: new Float32Array(values),
      groups: [2, 2],
    });
    const [from, to] = [wide([1, 3, 4, 0]), wide([3, -1, 0, 2])];
    const found = interpolate([from, to], [0.75, 0.25], 'spherical');
    const straight = lerp(from, to, 0.25);
    expect([...groups(found)[0]]).toEqual([...groups(straight)[0]]);
    expect(length(groups(found)[1])).toBeCloseTo(3.5, 5);
    expect(groups(found)[1][0]).toBeCloseTo((3 / Math.hypot(3, 0.5)) * 3.5, 5);
    expect(interpolate([from, from], [1, 2], 'spherical').values[2]).toBeCloseTo(4, 5);
    // Opposite ends: twice as long at most.
    const away = interpolate([wide([0, 0, 1, 0]), wide([0, 0, -1, 0])], [51, 49], 'spherical');
    expect(away.values[2]).toBeCloseTo(0.04, 5);
  });

  test('what does not count is left out, and a lone latent is itself', () => {
    for (const how of ['linear', 'spherical'] as const) {
      expect([...interpolate([c, d], [0, 2], how).values]).toEqual([...d.values]);
      expect([...interpolate([c], [1], how).values]).toEqual([...c.values]);
    }
  });

  test('refuses what is no proportion', () => {
    expect(() => interpolate([c, d], [1])).toThrow('2 latents and 1 weights');
    expect(() => interpolate([c, d], [1, -1])).toThrow('a weight is -1');
    expect(() => interpolate([c, d], [1, NaN])).toThrow('a weight is NaN');
    expect(() => interpolate([c, d], [0, 0])).toThrow('no latent counts');
    expect(() => interpolate([c, d], [1, 1], 'round' as 'linear')).toThrow("is 'round'");
    const other = { ...latent([1, 2, 3]), groups: [1, 2] };
    expect(() => interpolate([c, other], [1, 1])).toThrow('latents of two models');
  });
});

describe('slerp', () => {
  test('goes along the unit sphere at even speed', () => {
    for (const t of [0.1, 0.5, 0.8]) {
      const { values } = slerp(a, b, t);
      expect(length(values)).toBeCloseTo(1, 6);
      expect(Math.atan2(values[1] ?? 0, values[0] ?? 0)).toBeCloseTo((t * Math.PI) / 2, 5);
    }
  });

  test('parallel and zero latents fall back to the straight line', () => {
    expect([...slerp(a, a, 0.3).values]).toEqual([1, 0, 0]);
    expect([...slerp(latent([0, 0, 0]), b, 0.5).values]).toEqual([0, 0.5, 0]);
  });
});

describe('mix', () => {
  test('takes coarse groups of the first and fine ones of the second', () => {
    const [one, two] = [latent([1, 2, 3], [7]), latent([4, 5, 6], [8])];
    expect([...mix(one, two, 0).values]).toEqual([4, 5, 6]);
    expect([...mix(one, two, 1).values]).toEqual([1, 2, 6]);
    expect([...mix(one, two, 2).values]).toEqual([1, 2, 3]);
    expect([...(mix(one, two, 1).noise ?? [])]).toEqual([7]);
  });

  test.each([-1, 3, 0.5, NaN])('refuses the split %s', (split) => {
    expect(() => mix(a, b, split)).toThrow(expect.objectContaining({ code: 'input' }));
  });
});

test('analogy adds what tells c from b', () => {
  expect([...analogy(latent([5, 5, 5]), latent([1, 2, 3]), latent([2, 4, 6])).values]).toEqual([
    6, 7, 8,
  ]);
});

test('similarity is the cosine', () => {
  expect(similarity(a, a)).toBe(1);
  expect(similarity(a, b)).toBe(0);
  expect(similarity(a, latent([-2, 0, 0]))).toBe(-1);
  expect(similarity(a, latent([1, 1, 0]))).toBeCloseTo(Math.SQRT1_2, 6);
  expect(similarity(a, latent([0, 0, 0]))).toBe(0);
});

test('latents survive JSON, arrays of numbers, and another window', () => {
  const [one, two] = [latent([1, 2, 3], [4, 5]), latent([3, 2, 1], [5, 4])];
  const revived = JSON.parse(JSON.stringify([one, two])) as [Latent, Latent];
  expect(lerp(...revived, 0.25)).toEqual(lerp(one, two, 0.25));
  expect(mix(...revived, 1)).toEqual(mix(one, two, 1));
  expect(analogy(...revived, revived[0])).toEqual(analogy(one, two, one));
  expect(similarity(...revived)).toBe(similarity(one, two));
  expect(similarity({ values: [1, 2, 3] as unknown as Float32Array, groups: [2, 1] }, one)).toBe(1);
  const foreign = runInNewContext('new Float32Array([1, 2, 3])') as Float32Array;
  expect(foreign).not.toBeInstanceOf(Float32Array);
  expect(similarity({ values: foreign, groups: [2, 1] }, one)).toBe(1);
});

describe('what is no latent is refused by name', () => {
  test.each([
    ['nothing', undefined, /is no latent/],
    ['words', { values: ['1', '0', '0'], groups: [2, 1] }, /Float32Array/],
    ['an object with other keys', { values: { 0: 1, 2: 0 }, groups: [2] }, /Float32Array/],
    ['a number that JSON made null', { values: [1, null, 0], groups: [2, 1] }, /Float32Array/],
    [
      'groups that do not add up',
      { values: new Float32Array(3), groups: [2] },
      /groups add up to 2, but values has 3/,
    ],
    [
      'a number that is not finite',
      { values: new Float32Array([1, NaN, 0]), groups: [2, 1] },
      /not finite/,
    ],
    ['other groups', { values: new Float32Array(3), groups: [1, 2] }, /latents of two models/],
    [
      'noise of the wrong kind',
      { values: new Float32Array(3), groups: [2, 1], noise: 'none' },
      /noise must be/,
    ],
  ])('%s', (_, wrong, message) => {
    expect(() => lerp(a, wrong as Latent, 0.5)).toThrow(message);
  });

  test.each([-0.1, 1.1, NaN])('t = %s', (t) => {
    expect(() => lerp(a, b, t)).toThrow(/t is .*\[0, 1\]/);
    expect(() => slerp(a, b, t)).toThrow(/t is .*\[0, 1\]/);
  });

  test('noises of two sizes', () => {
    expect(() => lerp(latent([1, 0, 0], [1]), latent([1, 0, 0], [1, 2]), 0.5)).toThrow(
      /noise of two sizes/,
    );
  });
});
