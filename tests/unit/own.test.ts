import { expect, test } from 'vitest';
import { centred, mostZoom, panned, zoomOf, zoomed } from '../../www/page/parts/crop-frame.js';
import { unfamiliarity } from '../../www/lib/recognition/unfamiliarity.js';
import { quantile } from '../../www/page/shell/familiar.js';

const WIDE = { width: 400, height: 200 };

test('a frame begins as the largest square in the middle', () => {
  expect(centred(WIDE)).toEqual({ x: 100, y: 0, side: 200 });
  expect(centred({ width: 30, height: 90 })).toEqual({ x: 0, y: 30, side: 30 });
  expect(zoomOf(centred(WIDE), WIDE)).toBe(1);
});

test('panning stops at the edges', () => {
  expect(panned(centred(WIDE), WIDE, 0.25, 5)).toEqual({ x: 150, y: 0, side: 200 });
  expect(panned(centred(WIDE), WIDE, -9, 0).x).toBe(0);
  expect(panned(centred(WIDE), WIDE, 9, 0).x).toBe(200);
});

test('zooming keeps the point under the pointer or takes it along, stays within the picture and within its limits', () => {
  const frame = centred(WIDE);
  const at = { x: 0.25, y: 0.75 };
  const closer = zoomed(frame, WIDE, 4, at);
  expect(closer.side).toBe(50);
  expect(closer.x + at.x * closer.side).toBeCloseTo(frame.x + at.x * frame.side, 9);
  expect(closer.y + at.y * closer.side).toBeCloseTo(frame.y + at.y * frame.side, 9);
  const [x, y] = [frame.x + at.x * frame.side, frame.y + at.y * frame.side];
  const carried = zoomed(frame, WIDE, 4, at, { x: 0.5, y: 0.5 });
  expect([carried.x + carried.side / 2, carried.y + carried.side / 2]).toEqual([x, y]);
  expect(zoomed(closer, WIDE, 0.01)).toEqual({ ...zoomed(closer, WIDE, 1) });
  expect(zoomOf(zoomed(frame, WIDE, 1e9), WIDE)).toBeCloseTo(mostZoom(WIDE), 9);
  expect(mostZoom({ width: 5, height: 9 })).toBe(1);
  for (const corner of [
    { x: 0, y: 0 },
    { x: 1, y: 1 },
  ]) {
    const out = zoomed(zoomed(frame, WIDE, 6, corner), WIDE, 1.5, {
      x: 1 - corner.x,
      y: 1 - corner.y,
    });
    expect(out.x).toBeGreaterThanOrEqual(0);
    expect(out.x + out.side).toBeLessThanOrEqual(400);
    expect(out.y + out.side).toBeLessThanOrEqual(200);
  }
});

function picture(...rows: number[][]): ImageData {
  const data = Uint8ClampedArray.from(rows.flat().flatMap((value) => [value, value, value, 255]));
  return { width: rows[0]?.length ?? 0, height: rows.length, data } as unknown as ImageData;
}

test('unfamiliarity is the share of the differences between neighbours that is missed', () => {
  const x = picture([0, 200, 100], [50, 50, 50]);
  const even = picture([100, 100, 100], [100, 100, 100]);
  expect(unfamiliarity(x, x)).toBe(0);
  expect(unfamiliarity(x, picture([10, 210, 110], [60, 60, 60]))).toBeCloseTo(0, 9); // Brightness is no detail.
  expect(unfamiliarity(x, even)).toBeCloseTo(1, 9);
  expect(unfamiliarity(x, picture([0, 100, 50], [25, 25, 25]))).toBeCloseTo(1 / 4, 9);
  expect(unfamiliarity(x, picture([200, 0, 100], [150, 150, 150]))).toBeCloseTo(4, 9); // Every step the other way.
  expect(unfamiliarity(picture([0, 100]), picture([0, 70]))).toBeCloseTo(0.09, 9);
  expect(unfamiliarity(picture([0], [100]), picture([0], [70]))).toBeCloseTo(0.09, 9);
  expect(unfamiliarity(even, x)).toBe(0); // An even picture.
});

test('a quantile', () => {
  const values = Array.from({ length: 100 }, (_, i) => 99 - i);
  expect(quantile(values, 0.95)).toBe(95);
  expect(quantile(values, 1)).toBe(99);
  expect(quantile([], 0.5)).toBe(Infinity);
});
