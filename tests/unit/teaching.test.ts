import { expect, test } from 'vitest';
import { checkPictures, checkTraining } from '../../www/lib/client/checks.js';
import { Pace } from '../../www/lib/client/teaching.js';
import { partsThatFit } from '../../www/lib/worker/lesson.js';

test('the first step does not count for the pace once there is another', () => {
  const pace = new Pace();
  expect(pace.after(30)).toBe(30);
  expect(pace.after(1)).toBe(1);
  expect(pace.after(2)).toBe(1.5);
  for (let i = 0; i < 20; i++) pace.after(4);
  expect(pace.after(4)).toBe(4);
});

test('a batch falls into as many parts as memory asks for', () => {
  expect(partsThatFit(8, 16, () => true)).toBe(1);
  expect(partsThatFit(8, 2, () => true)).toBe(4);
  expect(partsThatFit(8, 16, (pictures) => pictures <= 3)).toBe(4);
  expect(partsThatFit(5, 16, (pictures) => pictures <= 2)).toBe(3);
  expect(() => partsThatFit(8, 16, () => false)).toThrow(expect.objectContaining({ code: 'out-of-memory' }));
});

test('settings have defaults, and those out of range are named', () => {
  expect(checkTraining({})).toEqual({ steps: 300, batchSize: 4, learningRate: 5e-4, seed: 1, train: 'all' });
  for (const [name, value] of Object.entries({ steps: 0.5, batchSize: 257, learningRate: Infinity, seed: NaN, previewEvery: -1, train: 'prior' })) {
    expect(() => checkTraining({ [name]: value })).toThrow(expect.objectContaining({ code: 'input', message: expect.stringContaining(`${name} is`) as string }));
  }
  expect(() => { checkPictures([]); }).toThrow('there are 0 pictures');
});
