import { expect, test } from 'vitest';
import { centred, mostZoom, panned, zoomOf, zoomed } from '../../www/page/parts/crop-frame.js';
import { anomaly, quantile } from '../../www/page/parts/familiar.js';

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
  for (const corner of [{ x: 0, y: 0 }, { x: 1, y: 1 }]) {
    const out = zoomed(zoomed(frame, WIDE, 6, corner), WIDE, 1.5, { x: 1 - corner.x, y: 1 - corner.y });
    expect(out.x).toBeGreaterThanOrEqual(0);
    expect(out.x + out.side).toBeLessThanOrEqual(400);
    expect(out.y + out.side).toBeLessThanOrEqual(200);
  }
});

function picture(...values: number[]): ImageData {
  return { width: values.length, height: 1, data: Uint8ClampedArray.from(values.flatMap((value) => [value, value, value, 255])) } as unknown as ImageData;
}

test('an anomaly is the share of variance that is missed, times the root mean square of the latent', () => {
  const [x, mean, latent] = [picture(0, 200), picture(100, 100), { values: Float32Array.of(3, 3, 3) }];
  expect(anomaly(x, x, latent)).toBe(0);
  expect(anomaly(x, mean, latent)).toBeCloseTo(3, 6); // The mean explains nothing.
  expect(anomaly(x, picture(50, 150), latent)).toBeCloseTo(3 / 4, 6);
  expect(anomaly(mean, x, latent)).toBe(0); // An even picture.
});

test('a quantile', () => {
  const values = Array.from({ length: 100 }, (_, i) => 99 - i);
  expect(quantile(values, 0.95)).toBe(95);
  expect(quantile(values, 1)).toBe(99);
  expect(quantile([], 0.5)).toBe(Infinity);
});
