import { expect, test } from 'vitest';
import { namedDirection } from '../../www/lib/shared/directions.js';

const directions = {
  kinds: [
    [0, 0],
    [4, 4],
  ],
  named: [
    {
      name: 'Glasses',
      ends: ['none', 'glasses'] as const,
      vectors: [
        [1, 0],
        [0, 1],
      ],
    },
    { name: 'Beard', ends: ['none', 'beard'] as const, vectors: [[0.5, 0.5], []] },
  ],
};
const latent = (...values: number[]): { values: Float32Array; groups: number[] } => ({
  values: Float32Array.from(values),
  groups: [2],
});

test('a picture moves as those of the nearest kind do', () => {
  expect(namedDirection(directions, latent(1, 0.5), 0)).toEqual(Float32Array.of(1, 0));
  expect(namedDirection(directions, latent(3, 5), 0)).toEqual(Float32Array.of(0, 1));
});

test('what a kind cannot do, and what is no direction, is undefined', () => {
  expect(namedDirection(directions, latent(0, 0), 1)).toEqual(Float32Array.of(0.5, 0.5));
  expect(namedDirection(directions, latent(4, 4), 1)).toBeUndefined();
  expect(namedDirection(directions, latent(0, 0), 2)).toBeUndefined();
});
