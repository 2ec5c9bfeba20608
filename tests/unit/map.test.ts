import { nearest } from 'soda-morph/recognition';
import { describe, expect, test } from 'vitest';
import { type Step, arrange, spread } from '../../www/page/panels/map/arrange.js';
import { alongTheCurve, spacing, towards } from '../../www/page/panels/map/plane.js';
import { View, boxOf } from '../../www/page/panels/map/view.js';
import { random } from '../../www/page/parts/random.js';

/** Gaussian clouds around far corners of a cube, `each` points a cloud. */
function clouds(count: number, each: number, width: number): Float32Array[] {
  const { normal } = random(7);
  const middles = Array.from({ length: count }, () =>
    Array.from({ length: width }, () => 4 * normal()),
  );
  return middles.flatMap((middle) =>
    Array.from({ length: each }, () => Float32Array.from(middle, (value) => value + normal())),
  );
}

function laidOut(rows: readonly Float32Array[]): Extract<Step, { kind: 'done' }> {
  const steps = [...arrange(rows)];
  const shares = steps.flatMap((step) => (step.kind === 'done' ? [] : [step.share]));
  expect(shares.every((share) => share > 0 && share <= 1)).toBe(true);
  const last = steps.at(-1);
  if (last?.kind !== 'done') throw new Error('the layout has no end');
  return last;
}

describe('neighbours', () => {
  const cosine = (a: Float32Array, b: Float32Array): number => {
    const dot = (x: Float32Array, y: Float32Array): number =>
      x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0);
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  };

  test('are those of all pairs compared and sorted', () => {
    const rows = clouds(3, 20, 8);
    const { each, indices, similarities } = laidOut(rows).neighbours;
    expect(each).toBe(15);
    rows.forEach((row, i) => {
      const wanted = rows
        .filter((_, j) => j !== i)
        .map((other) => cosine(row, other))
        .sort((a, b) => b - a)
        .slice(0, each);
      const found = [...similarities.subarray(i * each, (i + 1) * each)];
      found.forEach((value, k) => {
        expect(value).toBeCloseTo(wanted[k] ?? NaN, 5);
      });
      expect([...indices.subarray(i * each, (i + 1) * each)]).not.toContain(i);
      const others = nearest(rows, row, 3);
      expect(others[0]?.index).toBe(i);
      expect(others[0]?.similarity).toBeCloseTo(1, 5);
      expect(others[1]?.similarity).toBeCloseTo(wanted[0] ?? NaN, 5);
    });
  });

  test('a zero is like nothing, and few have few', () => {
    const rows = [Float32Array.of(0, 0), Float32Array.of(3, 4)];
    expect(nearest(rows, Float32Array.of(6, 8), 5)).toEqual([
      { index: 1, similarity: 1 },
      { index: 0, similarity: 0 },
    ]);
    expect(laidOut(rows).neighbours.each).toBe(1);
    expect(laidOut(rows.slice(0, 1)).neighbours.each).toBe(0);
  });
});

describe('the layout', () => {
  test('keeps clouds together and apart from each other', () => {
    const each = 40;
    const { positions } = laidOut(clouds(3, each, 16));
    const middle = (cloud: number): [number, number] => {
      let [x, y] = [0, 0];
      for (let i = cloud * each; i < (cloud + 1) * each; i++)
        [x, y] = [x + (positions[2 * i] ?? 0) / each, y + (positions[2 * i + 1] ?? 0) / each];
      return [x, y];
    };
    const middles = [middle(0), middle(1), middle(2)];
    const right = Array.from({ length: 3 * each }, (_, i) => {
      const distances = middles.map(([x, y]) =>
        Math.hypot((positions[2 * i] ?? 0) - x, (positions[2 * i + 1] ?? 0) - y),
      );
      return distances.indexOf(Math.min(...distances)) === Math.floor(i / each);
    }).filter(Boolean).length;
    expect(right).toBeGreaterThan(3 * each * 0.97);
  });

  test('is the same each time', () => {
    const rows = clouds(2, 15, 8);
    expect(laidOut(rows)).toEqual(laidOut(rows));
  });

  test.each([1, 2, 3, 5, 6])('of %i pictures has a finite place for each', (count) => {
    const { positions } = laidOut(clouds(1, count, 8));
    expect(positions).toHaveLength(2 * count);
    expect(positions.every(Number.isFinite)).toBe(true);
  });

  test('pictures that are all the same do not lie on each other', () => {
    const { positions } = laidOut(Array.from({ length: 30 }, () => Float32Array.of(1, 1, 1, 1)));
    expect(
      new Set(
        Array.from(
          { length: 30 },
          (_, i) => `${String(positions[2 * i])} ${String(positions[2 * i + 1])}`,
        ),
      ).size,
    ).toBe(30);
  });

  test('spreading keeps a distance, and whoever is not crowded stays', () => {
    const positions = Float32Array.of(0, 0, 0, 0, 0.1, 0, 9, 9);
    const apart = spread(positions, 1);
    for (const [i, j] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const) {
      expect(
        Math.hypot(
          (apart[2 * i] ?? 0) - (apart[2 * j] ?? 0),
          (apart[2 * i + 1] ?? 0) - (apart[2 * j + 1] ?? 0),
        ),
      ).toBeGreaterThan(0.85);
    }
    expect([apart[6], apart[7]]).toEqual([9, 9]);
  });
});

describe('the order', () => {
  const side = 16;
  const grid = Float32Array.from({ length: 2 * side * side }, (_, i) =>
    i % 2 === 0 ? (i >> 1) % side : Math.floor((i >> 1) / side),
  );

  test('is a walk without jumps over a grid', () => {
    const order = [...alongTheCurve(grid)];
    expect([...order].sort((a, b) => a - b)).toEqual(
      Array.from({ length: side * side }, (_, i) => i),
    );
    for (let k = 1; k < order.length; k++) {
      const [a, b] = [order[k - 1] ?? 0, order[k] ?? 0];
      expect(
        Math.hypot(
          (grid[2 * a] ?? 0) - (grid[2 * b] ?? 0),
          (grid[2 * a + 1] ?? 0) - (grid[2 * b + 1] ?? 0),
        ),
      ).toBe(1);
    }
  });

  test('arrow keys go to the next in that direction, and stop at the rim', () => {
    const at = 5 * side + 5;
    expect(towards(grid, at, 1, 0)).toBe(at + 1);
    expect(towards(grid, at, -1, 0)).toBe(at - 1);
    expect(towards(grid, at, 0, 1)).toBe(at + side);
    expect(towards(grid, at, 0, -1)).toBe(at - side);
    expect(towards(grid, 0, -1, 0)).toBeUndefined();
  });
});

describe('the view', () => {
  const positions = Float32Array.of(-2, -1, 2, 1, 0, 0);
  const seen = (width = 800, height = 500): View => {
    const view = new View();
    view.resize(width, height);
    view.of(boxOf(positions), spacing(positions));
    view.whole();
    return view;
  };

  test('zooming keeps the point under the hand', () => {
    const view = seen();
    view.zoom(3, 500, 300);
    const before = view.toMap(420, 260);
    view.zoom(1.7, 420, 260);
    const after = view.toMap(420, 260);
    expect(after[0]).toBeCloseTo(before[0], 6);
    expect(after[1]).toBeCloseTo(before[1], 6);
  });

  test('the whole map is inside, whatever the canvas, and cannot be pushed out', () => {
    for (const [width, height] of [
      [800, 500],
      [300, 600],
    ] as const) {
      const view = seen(width, height);
      view.pan(1e6, -1e6);
      for (const [x, y] of [
        [-2, -1],
        [2, 1],
      ] as const) {
        const [left, top] = view.toScreen(x, y);
        expect(left).toBeGreaterThan(0);
        expect(left).toBeLessThan(width);
        expect(top).toBeGreaterThan(0);
        expect(top).toBeLessThan(height);
      }
    }
  });

  test('goes into an address and back', () => {
    const view = seen();
    expect(view.toString()).toBe('');
    view.zoom(4, 700, 400);
    const again = seen();
    again.parse(view.toString());
    expect(again.x).toBeCloseTo(view.x, 2);
    expect(again.scale / view.scale).toBeCloseTo(1, 2);
    again.parse('nonsense');
    expect(again.isWhole).toBe(true);
  });
});
