import { expect, test } from 'vitest';
import { enlargedInto } from '../../www/lib/client/morph/painting.js';
import { wayOf } from '../../www/lib/client/morph/way.js';

type Complex = readonly [number, number];
const product = (a: Complex, b: Complex): Complex => [
  a[0] * b[0] - a[1] * b[1],
  a[0] * b[1] + a[1] * b[0],
];
const sum = (a: Complex, b: Complex, sign = 1): Complex => [a[0] + sign * b[0], a[1] + sign * b[1]];

test('a straight way is 2t − 1 of the half shift back', () => {
  expect(wayOf(undefined, 0.3)).toEqual({ turn: [1, 0], away: [0, 0], back: [-0.4, 0] });
  expect(wayOf([1, 0, 5, 2], 0)).toEqual({ turn: [1, 0], away: [0, 0], back: [-1, 0] });
});

test('a spiral way keeps every distance from the fixed point of a turn', () => {
  const angle = 1.1;
  const alpha: Complex = [Math.cos(angle), Math.sin(angle)];
  const centre: Complex = [3, 4];
  const beta = sum(centre, product(alpha, centre), -1);
  const a: Complex = [5, 4];
  const b = sum(product(alpha, a), beta);
  const middle = sum(a, b).map((x) => x / 2) as unknown as Complex;
  const half = sum(b, a, -1).map((x) => x / 2) as unknown as Complex;
  for (const t of [0, 0.25, 0.5, 1]) {
    const seen: Complex = [
      centre[0] + 2 * Math.cos(t * angle),
      centre[1] + 2 * Math.sin(t * angle),
    ];
    const { turn, away, back } = wayOf([...alpha, ...beta], t);
    const p = sum(sum(product(turn, seen), away), product(back, half), -1);
    expect(p[0]).toBeCloseTo(middle[0], 6);
    expect(p[1]).toBeCloseTo(middle[1], 6);
  }
});

test('a grid is enlarged linearly between the centres of its cells', () => {
  const values = new Float32Array(3 * 4);
  for (let i = 0; i < 4; i++) values.fill(10 * (i % 2) + 100 * Math.floor(i / 2), 3 * i, 3 * i + 3);
  const output = new Float32Array(3 * 4 * 4);
  enlargedInto(output, values, 4, 4);
  const at = (x: number, y: number): number | undefined => output[3 * (4 * y + x)];
  expect([at(0, 0), at(1, 0), at(2, 0), at(3, 0)]).toEqual([0, 2.5, 7.5, 10]);
  expect([at(0, 1), at(0, 2), at(3, 3)]).toEqual([25, 75, 110]);
});
