import type { Latent } from 'soda-morph';
import { describe, expect, it } from 'vitest';
import { mixture, parentsOf } from '../../www/page/panels/sample/around.js';
import { random } from '../../www/page/parts/random.js';

const { normal } = random(99);
const latent = (): Latent => ({
  values: Float32Array.from({ length: 60 }, normal),
  groups: [40, 20],
});
const parents = [latent(), latent(), latent()];
const cosine = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0) / Math.hypot(...a) / Math.hypot(...b);

describe('random numbers', () => {
  it('repeat with their seed, and differ with another', () => {
    const draw = (seed: number): number[] => Array.from({ length: 5 }, random(seed).uniform);
    expect(draw(3)).toEqual(draw(3));
    expect(draw(3)).not.toEqual(draw(4));
  });

  it('are uniform and normal, by their first two moments', () => {
    const count = 20_000;
    const source = random(1);
    const moments = (values: number[]): [number, number] => {
      const mean = values.reduce((sum, value) => sum + value, 0) / count;
      return [mean, values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count];
    };
    const [mean, variance] = moments(Array.from({ length: count }, source.uniform));
    expect(mean).toBeCloseTo(0.5, 1);
    expect(variance).toBeCloseTo(1 / 12, 2);
    const [normalMean, normalVariance] = moments(Array.from({ length: count }, source.normal));
    expect(normalMean).toBeCloseTo(0, 1);
    expect(normalVariance).toBeCloseTo(1, 1);
  });
});

describe('mixtures', () => {
  it('have different parents, the same ones for the same seed', () => {
    for (let i = 0; i < 50; i++) {
      const three = parentsOf(5, i, 40);
      expect(new Set(three).size).toBe(3);
      for (const each of three) expect(each).toBeLessThan(40);
      expect(parentsOf(5, i, 40)).toEqual(three);
    }
    expect(
      new Set(Array.from({ length: 50 }, (_, i) => parentsOf(5, i, 40).join())).size,
    ).toBeGreaterThan(45);
  });

  it('without noise are as long as their parents, group by group, and closest to the first in form and the third in colour', () => {
    for (let i = 0; i < 20; i++) {
      const { values } = mixture(parents, 1, i, 0);
      const part = (of: Float32Array, group: number): Float32Array =>
        group === 0 ? of.subarray(0, 40) : of.subarray(40);
      const similar = (group: number): number[] =>
        parents.map((parent) => cosine(part(values, group), part(parent.values, group)));
      expect(similar(0).indexOf(Math.max(...similar(0)))).toBe(0);
      expect(similar(1).indexOf(Math.max(...similar(1)))).toBe(2);
      const lengths = parents.map((parent) => Math.hypot(...part(parent.values, 0)));
      expect(Math.hypot(...part(values, 0))).toBeGreaterThanOrEqual(Math.min(...lengths) - 1e-4);
      expect(Math.hypot(...part(values, 0))).toBeLessThanOrEqual(Math.max(...lengths) + 1e-4);
    }
  });

  it('go further away with the temperature', () => {
    const away = (temperature: number): number => {
      const [still, moved] = [mixture(parents, 1, 0, 0), mixture(parents, 1, 0, temperature)];
      return Math.hypot(...moved.values.map((value, i) => value - (still.values[i] ?? 0)));
    };
    expect(away(1)).toBeGreaterThan(away(0.7));
    expect(away(1.3)).toBeGreaterThan(away(1));
  });
});
