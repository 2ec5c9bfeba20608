import { type Latent, lerp } from 'soda-morph';
import { describe, expect, it } from 'vitest';
import {
  alongStops,
  inSquare,
  moved,
  onEdge,
  roundTrip,
} from '../../www/page/panels/morph/path.js';

const latent = (...values: number[]): Latent => ({
  values: new Float32Array(values),
  groups: [values.length],
});
const [a, b, c, d] = [latent(0, 0), latent(1, 0), latent(0, 1), latent(1, 3)] as const;

describe('a chain of stops', () => {
  it('passes through every stop, and between two of them goes straight', () => {
    const stops = [a, b, c];
    stops.forEach((stop, i) => {
      expect([...alongStops(stops, i, 'linear').values]).toEqual([...stop.values]);
    });
    expect([...alongStops(stops, 1.25, 'linear').values]).toEqual([0.75, 0.25]);
  });

  it('ends at its ends', () => {
    expect(alongStops([a, b], -1, 'linear')).toEqual(a);
    expect([...alongStops([a, b], 7, 'linear').values]).toEqual([...b.values]);
  });
});

describe('a square', () => {
  it('has the four pictures in its corners', () => {
    for (const [corner, x, y] of [
      [a, 0, 0],
      [b, 1, 0],
      [c, 0, 1],
      [d, 1, 1],
    ] as const) {
      expect([...inSquare([a, b, c, d], { x, y }, 'linear').values]).toEqual([...corner.values]);
    }
  });

  it('is bilinear: (1 − y)·((1 − x)·a + x·b) + y·((1 − x)·c + x·d)', () => {
    const [x, y] = [0.3, 0.8];
    const found = inSquare([a, b, c, d], { x, y }, 'linear').values;
    const at = (of: Latent, i: number): number => of.values[i] ?? 0;
    [0, 1].forEach((i) => {
      expect(found[i]).toBeCloseTo(
        (1 - y) * ((1 - x) * at(a, i) + x * at(b, i)) + y * ((1 - x) * at(c, i) + x * at(d, i)),
        6,
      );
    });
  });

  it.each(['linear', 'spherical'] as const)('is on its edge what the film shows: %s', (how) => {
    const stops = roundTrip([a, b, c, d]);
    for (const position of [0, 0.25, 1, 1.5, 2, 2.75, 3, 3.5]) {
      const [onFilm, onSquare] = [
        alongStops(stops, position, how),
        inSquare([a, b, c, d], onEdge(position), how),
      ];
      onFilm.values.forEach((value, i) => {
        expect(onSquare.values[i]).toBeCloseTo(value, 6);
      });
    }
    expect(onEdge(4)).toEqual({ x: 0, y: 0 });
  });

  it('mixes noise along spheres, so that it stays noise', () => {
    const noisy = (seed: number): Latent => ({
      ...a,
      noise: Float32Array.from(
        { length: 4000 },
        (_, i) =>
          Math.sqrt(-2 * Math.log((((i * 7919 + seed * 104729) % 9973) + 1) / 9974)) *
          Math.cos(i * seed),
      ),
    });
    const norm = (values: Float32Array | undefined): number => Math.hypot(...(values ?? []));
    const corners = [noisy(1), noisy(2), noisy(3), noisy(5)] as const;
    const middle = norm(inSquare(corners, { x: 0.5, y: 0.5 }, 'spherical').noise);
    expect(middle / norm(corners[0].noise)).toBeGreaterThan(0.9);
    expect(norm(lerp(corners[0], corners[1], 0.5).noise) / norm(corners[0].noise)).toBeGreaterThan(
      0.9,
    );
  });
});

describe('moving in a list', () => {
  it('keeps all items and the order of the others', () => {
    expect(moved(['a', 'b', 'c', 'd'], 0, 2)).toEqual(['b', 'c', 'a', 'd']);
    expect(moved(['a', 'b', 'c', 'd'], 3, 1)).toEqual(['a', 'd', 'b', 'c']);
    expect(moved(['a', 'b'], 0, 2)).toEqual(['a', 'b']);
  });
});
