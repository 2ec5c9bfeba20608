import { expect, test } from 'vitest';
import { runningMean } from '../../www/page/panels/teach/curve.js';
import { gain, retry } from '../../www/page/panels/teach/lesson.js';
import { psnr } from '../../www/page/parts/psnr.js';
import { duration } from '../../www/page/panels/teach/strings.js';

function grey(...values: number[]): ImageData {
  return {
    width: values.length,
    height: 1,
    data: Uint8ClampedArray.from(values.flatMap((value) => [value, value, value, 255])),
  } as unknown as ImageData;
}

test('PSNR is that of the mean square over colours', () => {
  expect(psnr(grey(0, 255), grey(0, 255))).toBe(Infinity);
  expect(psnr(grey(0, 0), grey(255, 255))).toBe(0);
  expect(psnr(grey(0, 0), grey(0, 16))).toBeCloseTo(10 * Math.log10(255 ** 2 / 128), 9);
  expect(() => psnr(grey(0), grey(0, 0))).toThrow('two sizes');
});

test('a mean over neighbours keeps the length, constants and sums', () => {
  expect(runningMean([], 3)).toEqual([]);
  expect(runningMean([5, 5, 5, 5], 2)).toEqual([5, 5, 5, 5]);
  expect(runningMean([0, 3, 6], 1)).toEqual([1.5, 3, 4.5]);
});

test('what may be want of memory is tried again with half of the batch, down to one picture', () => {
  const first = { again: false, onCpu: false };
  for (const code of ['out-of-memory', 'internal'] as const) {
    expect(retry(code, 4, first)).toEqual({ batch: 2 });
    expect(retry(code, 1, first)).toBeUndefined();
  }
  for (const code of ['input', 'disposed', 'aborted'] as const)
    expect(retry(code, 4, first)).toBeUndefined();
});

test('a lost device costs nothing the first time; lost again and again it asks for less, and at last for the CPU', () => {
  expect(retry('device-lost', 4, { again: false, onCpu: false })).toEqual({ batch: 4 });
  expect(retry('device-lost', 4, { again: true, onCpu: false })).toEqual({ batch: 2 });
  expect(retry('device-lost', 1, { again: true, onCpu: false })).toEqual({ batch: 4, onCpu: true });
  expect(retry('device-lost', 1, { again: true, onCpu: true })).toBeUndefined();
});

test('the gain is that of the means', () => {
  const outcome = (
    before: number,
    after: number,
  ): { before: { psnr: number }; after: { psnr: number } } => ({
    before: { psnr: before },
    after: { psnr: after },
  });
  expect(gain([outcome(10, 20), outcome(20, 22)])).toEqual({ before: 15, after: 21 });
});

test('a time in words is within a third of the time', () => {
  for (let seconds = 2; seconds < 200_000; seconds *= 1.01) {
    const words = duration(seconds);
    const value = words.includes('an hour') ? 1 : Number(/[\d.]+/.exec(words)?.[0]);
    const said = value * (words.endsWith(' s') ? 1 : words.includes('minute') ? 60 : 3600);
    expect(Math.abs(Math.log(said / seconds)), `${words} for ${String(seconds)} s`).toBeLessThan(
      Math.log(4 / 3),
    );
  }
});
