import type { Latent } from 'soda-morph';
import { describe, expect, it } from 'vitest';
import {
  type Edits,
  UNEDITED,
  compose,
  decodeOptions,
  fromState,
  learnedDirection,
  needs,
  patched,
  toState,
} from '../../www/page/panels/edit/edits.js';
import { fromHash, toHash } from '../../www/page/shell/router.js';

const latent = (...values: number[]): Latent => ({
  values: new Float32Array(values),
  groups: [2, 2],
});
const nothing = (): undefined => undefined;
const [base, b, c] = [latent(1, 2, 3, 4), latent(1, 0, 0, 1), latent(0, 5, 0, 0)];
const known = (id: string): Latent | undefined => ({ b, c })[id];

describe('edits in the address', () => {
  const all: Edits = {
    amounts: { '0.1': 1.5, '2.0': -0.4 },
    learned: [
      { name: 'Happy ~ or_so, 100 %', these: ['fox', 'own-1'], others: ['robot'], amount: -0.75 },
      { name: 'ß', these: ['a'], others: [], amount: 1 },
    ],
    minus: 'b',
    plus: 'c',
    other: 'pizza',
    split: 3,
    view: 'noto',
    vary: { seed: 12, amount: 0.25 },
    exact: true,
    steps: 8,
    sampler: 'dpm++2m',
    guidance: 1.5,
    levels: [0, 2, -1, 0],
    seed: 7,
  };

  it('come back as they were, through a real address', () => {
    expect(
      fromState(fromHash(toHash({ panel: 'edit', state: toState(all) }))?.state ?? {}),
    ).toEqual(all);
  });

  it('take no room where nothing is edited', () => {
    expect(toState(UNEDITED)).toEqual({});
    expect(fromState({})).toEqual(UNEDITED);
    expect(
      toState(
        patched(all, {
          ...Object.fromEntries(Object.keys(all).map((key) => [key, undefined])),
          ...UNEDITED,
        }),
      ),
    ).toEqual({});
  });

  it('that make no sense are left out', () => {
    expect(
      fromState({
        by: '0.1~many_x~2_1.1~99',
        learned: 'name~~b~1',
        split: '-1',
        vary: '1',
        steps: '0',
        sampler: 'euler',
        guidance: 'NaN',
        seed: '1.5',
        exact: 'perhaps',
        levels: '',
      }),
    ).toEqual(UNEDITED);
  });
});

describe('composing', () => {
  it('of no edits is the picture, with its noise', () => {
    const noise = new Float32Array(3);
    expect(compose({ ...base, noise }, UNEDITED, known, nothing)).toEqual({ ...base, noise });
  });

  it('adds directions by their amounts, and leaves the given latent alone', () => {
    const vector = new Float32Array([0, 1, 0, 0]);
    const moved = compose(base, { ...UNEDITED, amounts: { '0.0': 2, '9.9': 5 } }, known, (key) =>
      key === '0.0' ? vector : undefined,
    );
    expect([...moved.values]).toEqual([1, 4, 3, 4]);
    expect([...base.values]).toEqual([1, 2, 3, 4]);
  });

  it('is picture − minus + plus, once both are there', () => {
    expect([
      ...compose(base, { ...UNEDITED, minus: 'b', plus: 'c' }, known, nothing).values,
    ]).toEqual([0, 7, 3, 3]);
    expect([...compose(base, { ...UNEDITED, minus: 'b' }, known, nothing).values]).toEqual([
      ...base.values,
    ]);
  });

  it('mixes fine groups of the other picture in, from the middle on unless told otherwise', () => {
    expect([...compose(base, { ...UNEDITED, other: 'b' }, known, nothing).values]).toEqual([
      1, 2, 0, 1,
    ]);
    expect([
      ...compose(base, { ...UNEDITED, other: 'b', split: 0 }, known, nothing).values,
    ]).toEqual([...b.values]);
    expect([
      ...compose(base, { ...UNEDITED, other: 'b', split: 2 }, known, nothing).values,
    ]).toEqual([...base.values]);
  });

  it('varies by a seed, by so much, and then from other noise', () => {
    const vary = (seed: number, amount: number): Latent =>
      compose(
        { ...base, noise: new Float32Array(3) },
        { ...UNEDITED, vary: { seed, amount } },
        known,
        nothing,
      );
    expect(vary(3, 0.5)).toEqual(vary(3, 0.5));
    expect(vary(3, 0.5)).not.toEqual(vary(4, 0.5));
    expect([...vary(3, 0).values]).toEqual([...base.values]);
    expect(vary(3, 0).noise).toBeUndefined();
    expect(decodeOptions({ ...UNEDITED, seed: 1, vary: { seed: 3, amount: 0 } })).toEqual({
      seed: 3,
    });
  });
});

describe('a learned direction', () => {
  it('leads from the mean of the others to the mean of these', () => {
    expect([
      ...(learnedDirection([latent(2, 0, 0, 0), latent(4, 0, 0, 2)], [latent(1, 1, 0, 0)]) ?? []),
    ]).toEqual([2, -1, 0, 1]);
    expect([...(learnedDirection([b], []) ?? [])]).toEqual([...b.values]);
    expect(learnedDirection([], [b])).toBeUndefined();
  });

  it('once the way, takes a latent at the others to these', () => {
    const edits = { ...UNEDITED, learned: [{ name: 'x', these: ['c'], others: ['b'], amount: 1 }] };
    expect([...compose(b, edits, known, nothing).values]).toEqual([...c.values]);
    expect(needs(edits)).toEqual(['c', 'b']);
  });
});
