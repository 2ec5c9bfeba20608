import { expect, test } from 'vitest';
import { checkPictures, checkTraining } from '../../www/lib/client/checks.js';
import type { Channel } from '../../www/lib/client/channel.js';
import { Pace, save, teach } from '../../www/lib/client/teaching.js';
import { SodaError } from '../../www/lib/shared/error.js';
import { partsThatFit } from '../../www/lib/worker/lesson.js';

test('the first step does not count for the pace once there is another', () => {
  const pace = new Pace();
  expect(pace.after(30)).toBe(30);
  expect(pace.after(1)).toBe(1);
  expect(pace.after(2)).toBe(1.5);
  for (let i = 0; i < 20; i++) pace.after(4);
  expect(pace.after(4)).toBe(4);
});

/** A worker that teaches one lesson at a time, told of what it is asked. */
class Teacher {
  readonly asked: string[] = [];
  #lesson: number | undefined;

  readonly call = (kind: string, request: { lesson: number }): Promise<unknown> => {
    this.asked.push(kind);
    const isOwn = request.lesson === this.#lesson;
    if (kind === 'teach' && this.#lesson !== undefined)
      return Promise.reject(new SodaError('input', 'learning already'));
    if (kind === 'teach') this.#lesson = request.lesson;
    if (kind === 'teachStep' && !isOwn)
      return Promise.reject(new SodaError('internal', 'a step came before the lesson'));
    if (kind === 'teachEnd' && isOwn) this.#lesson = undefined;
    return Promise.resolve({ step: 1, loss: 1, seconds: 1, previews: [], atOnce: 1, short: false });
  };
}

test('a lesson that is refused does not end the one under way', async () => {
  const channel = new Teacher() as unknown as Channel;
  const lesson = (): ReturnType<typeof teach> =>
    teach(channel, [], checkTraining({ steps: 2 }), 0, () => new ImageData(1, 1), {});
  const first = lesson();
  expect((await first.next()).value).toMatchObject({ kind: 'step' });
  await expect(lesson().next()).rejects.toMatchObject({ code: 'input' });
  expect((await first.next()).value).toMatchObject({ kind: 'step' });
  expect((await first.next()).value).toMatchObject({ kind: 'done' });
  await first.return();
  expect((await lesson().next()).value).toMatchObject({ kind: 'step' });
});

test('saving hears its signal', async () => {
  const options: unknown[] = [];
  const call = (...args: unknown[]): Promise<unknown> => {
    options.push(args[2]);
    return Promise.resolve({ config: '{}', weights: new Uint8Array(3) });
  };
  const { signal } = new AbortController();
  const { config, weights } = await save({ call } as unknown as Channel, { signal, dtype: 'f32' });
  expect(options).toEqual([{ signal }]);
  expect([await config.text(), weights.size]).toEqual(['{}', 3]);
});

test('a batch falls into as many parts as memory asks for', () => {
  expect(partsThatFit(8, 16, () => true)).toBe(1);
  expect(partsThatFit(8, 2, () => true)).toBe(4);
  expect(partsThatFit(8, 16, (pictures) => pictures <= 3)).toBe(4);
  expect(partsThatFit(5, 16, (pictures) => pictures <= 2)).toBe(3);
  expect(() => partsThatFit(8, 16, () => false)).toThrow(
    expect.objectContaining({ code: 'out-of-memory' }),
  );
});

test('settings have defaults, and those out of range are named', () => {
  expect(checkTraining({})).toEqual({
    steps: 300,
    batchSize: 4,
    learningRate: 5e-4,
    seed: 1,
    train: 'all',
  });
  for (const [name, value] of Object.entries({
    steps: 0.5,
    batchSize: 257,
    learningRate: Infinity,
    seed: NaN,
    previewEvery: -1,
    train: 'prior',
  })) {
    expect(() => checkTraining({ [name]: value })).toThrow(
      expect.objectContaining({
        code: 'input',
        message: expect.stringContaining(`${name} is`) as string,
      }),
    );
  }
  expect(() => {
    checkPictures([]);
  }).toThrow('there are 0 pictures');
});
