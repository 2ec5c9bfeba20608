import type { Page } from '@playwright/test';
import type { LoadOptions, ModelFiles, Soda } from 'soda-morph';
import { expect, test } from './site.js';
import { lesson } from './teaching.js';

test('learning tells every step, shows previews, and ends with done; the loss falls', async ({
  plain,
}) => {
  const { events, previews, progress } = await plain.evaluate(async () => {
    const soda = await window.lib.Soda.load('/fixtures/tiny', { backend: 'cpu' });
    const pictures = window.strangePictures(6, 16, 1);
    const [events, previews, progress]: [string[], number[][], string[]] = [[], [], []];
    const losses: number[] = [];
    const onProgress = ({
      stage,
      done,
      total,
    }: {
      stage: string;
      done: number;
      total: number;
    }): void => {
      progress.push(`${stage} ${String(done)}/${String(total)}`);
    };
    for await (const event of soda.fineTune(pictures, {
      steps: 160,
      learningRate: 3e-3,
      previewEvery: 75,
      onProgress,
    })) {
      if (event.kind === 'step') {
        losses.push(event.loss);
        if (!(event.secondsPerStep > 0 && event.steps === 160)) throw new Error('no pace');
      } else events.push(`${event.kind} ${String(event.step)}`);
      if (event.kind === 'preview') previews.push(event.pictures.map(({ width }) => width));
    }
    const mean = (values: number[]): number =>
      values.reduce((sum, each) => sum + each, 0) / values.length;
    events.push(mean(losses.slice(-40)) < 0.8 * mean(losses.slice(0, 40)) ? 'fell' : losses.join());
    return { events, previews, progress };
  });
  expect(events).toEqual(['preview 75', 'preview 150', 'done 160', 'fell']);
  expect(previews).toEqual([
    [16, 16, 16, 16],
    [16, 16, 16, 16],
  ]);
  expect(progress).toHaveLength(160);
  expect(progress.at(-1)).toBe('train 160/160');
});

test('learning advances only as events are asked for; between them other calls get through and see what is learnt', async ({
  plain,
}) => {
  const found = await plain.evaluate(async () => {
    const soda = await window.lib.Soda.load('/fixtures/tiny', { backend: 'cpu' });
    const pictures = window.strangePictures(4, 16, 2);
    const code = async (): Promise<string> => (await soda.encode(pictures))[0]?.values.join() ?? '';
    const steps = (): number =>
      window.tap.filter(({ to, message }) => to === 'worker' && message.kind === 'teachStep')
        .length;
    const codes = [await code()];
    const events = soda.fineTune(pictures, { steps: 500 });
    for (let i = 0; i < 3; i++) await events.next();
    codes.push(await code());
    await new Promise((resolve) => setTimeout(resolve, 300));
    const whilePaused = steps();
    await events.next();
    codes.push(await code());
    const other = await window.codeOf(soda.fineTune(pictures).next());
    await events.return(undefined);
    codes.push(await code(), await code());
    const again = await soda.fineTune(pictures, { steps: 1 }).next();
    return { whilePaused, asked: steps(), codes, other, again: again.value?.kind };
  });
  expect(found.whilePaused).toBe(3);
  expect(found.asked).toBe(5);
  expect(new Set(found.codes.slice(0, 3)).size).toBe(3);
  expect(found.codes[3]).toBe(found.codes[2]); // Leaving keeps what was learnt, and stops.
  expect(found.codes[4]).toBe(found.codes[2]);
  expect(found.other).toBe('input'); // One at a time.
  expect(found.again).toBe('step');
});

test('an abort throws out of the loop, stops within a step, and keeps what was learnt', async ({
  plain,
}) => {
  const { code, steps, changed } = await plain.evaluate(async () => {
    const soda = await window.lib.Soda.load('/fixtures/tiny', { backend: 'cpu' });
    const pictures = window.strangePictures(4, 16, 3);
    const before = (await soda.encode(pictures))[0]?.values.join();
    const stop = new AbortController();
    let [code, steps] = ['ended', 0];
    try {
      for await (const _ of soda.fineTune(pictures, { steps: 500, signal: stop.signal }))
        if (++steps === 3) stop.abort();
    } catch (error) {
      ({ code } = error as { code: string });
    }
    const changed = (await soda.encode(pictures))[0]?.values.join() !== before;
    return { code, steps, changed };
  });
  expect([code, steps, changed]).toEqual(['aborted', 3, true]);
});

test('what cannot be learnt is an input error', async ({ plain }) => {
  const codes = await plain.evaluate(async () => {
    const soda = await window.lib.Soda.load('/fixtures/tiny', { backend: 'cpu' });
    const some = window.strangePictures(2, 16, 4);
    const many = Array.from({ length: 1001 }, () => 'disc.png');
    const first = (pictures: unknown, options: object = {}): Promise<string> =>
      window.codeOf(soda.fineTune(pictures as ImageData[], options).next());
    const codes = await Promise.all([
      first([]),
      first(many),
      first(undefined),
      first([new Blob(['hello'])]),
      ...[
        { steps: 0 },
        { steps: NaN },
        { batchSize: 1.5 },
        { batchSize: 1000 },
        { learningRate: NaN },
        { learningRate: 0 },
        { learningRate: 3 },
        { seed: -1 },
        { previewEvery: -1 },
        { train: 'everything' },
      ].map((options) => first(some, options)),
      window.codeOf(soda.save({ dtype: 'f64' as 'f32' })),
    ]);
    soda.dispose();
    return [...codes, await first(some), await window.codeOf(soda.save())];
  });
  expect(codes.slice(0, -2)).toEqual(codes.slice(0, -2).map(() => 'input'));
  expect(codes.slice(-2)).toEqual(['disposed', 'disposed']);
});

test('decoder and encoder can learn alone', async ({ plain }) => {
  const found = await plain.evaluate(async () => {
    const pictures = window.strangePictures(4, 16, 5);
    const changed: Record<string, [boolean, boolean]> = {};
    for (const train of ['decoder', 'encoder', 'all'] as const) {
      const soda = await window.lib.Soda.load('/fixtures/tiny', { backend: 'cpu' });
      const [fixed] = await soda.encode(pictures);
      if (!fixed) throw new Error('no latent');
      const state = async (): Promise<[string, string]> => [
        (await soda.encode(pictures))[0]?.values.join() ?? '',
        (await soda.decode(fixed))[0]?.data.join() ?? '',
      ];
      const before = await state();
      for await (const _ of soda.fineTune(pictures, { steps: 10, train, learningRate: 3e-3 }));
      const after = await state();
      changed[train] = [before[0] !== after[0], before[1] !== after[1]];
      soda.dispose();
    }
    return changed;
  });
  expect(found).toEqual({ decoder: [false, true], encoder: [true, false], all: [true, true] });
});

test('what was learnt is saved, and opens again as the same model', async ({ plain }) => {
  const found = await plain.evaluate(async () => {
    const load = (model: string | ModelFiles, options: LoadOptions): Promise<Soda> =>
      window.lib.Soda.load(model, options);
    const soda = await load('/fixtures/tiny', { backend: 'cpu' });
    const pictures = window.strangePictures(4, 16, 6);
    for await (const _ of soda.fineTune(pictures, { steps: 20 }));
    const look = async (soda: Soda): Promise<{ values: Float32Array; data: Uint8ClampedArray }> => {
      const [latent] = await soda.encode(pictures);
      const [picture] = await soda.decode(latent ?? []);
      return {
        values: latent?.values ?? new Float32Array(),
        data: picture?.data ?? new Uint8ClampedArray(),
      };
    };
    const own = await look(soda);
    const results = [];
    for (const dtype of ['f32', 'f16'] as const) {
      const files = await soda.save({ dtype });
      const again = await load(files, { backend: 'cpu' });
      const { values, data } = await look(again);
      const config = JSON.parse(await files.config.text()) as {
        training: { steps: number; pictures: number };
      };
      results.push({
        size: files.weights.size,
        config: config.training,
        name: again.config.name,
        latent: Math.max(...own.values.map((value, i) => Math.abs(value - (values[i] ?? NaN)))),
        picture: Math.max(...own.data.map((value, i) => Math.abs(value - (data[i] ?? NaN)))),
      });
      again.dispose();
    }
    return results;
  });
  const [exact, half] = found;
  expect(exact).toMatchObject({
    latent: 0,
    picture: 0,
    name: 'tiny',
    config: { steps: 770, pictures: 24080 },
  });
  expect(half?.latent).toBeLessThan(0.02);
  expect(half?.picture).toBeLessThanOrEqual(3);
  expect(half?.size).toBeLessThan(0.6 * (exact?.size ?? 0));
});

test('where the loss runs away, that is an error and the model stays what it was', async ({
  plain,
}) => {
  const found = await plain.evaluate(async () => {
    const { Soda } = window.lib;
    const good = await Soda.load('/fixtures/tiny', { backend: 'cpu' });
    const { config, weights } = await good.save({ dtype: 'f32' });
    // The last convolution paints numbers whose square is beyond 32 bits.
    const bytes = new Uint8Array(await weights.arrayBuffer());
    const view = new DataView(bytes.buffer);
    const start = 8 + Number(view.getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start))) as Record<
      string,
      { data_offsets: [number, number] }
    >;
    const [from, to] = header['unet.output.bias']?.data_offsets ?? [0, 0];
    for (let at = start + from; at < start + to; at += 4) view.setFloat32(at, 1e30, true);
    const bad = await Soda.load({ config, weights: bytes.buffer }, { backend: 'cpu' });
    const pictures = window.strangePictures(3, 16, 7);
    const [before] = await bad.encode(pictures);
    const failure = await window.failureOf(
      (async () => {
        for await (const _ of bad.fineTune(pictures));
      })(),
    );
    const [after] = await bad.encode(pictures);
    return { ...failure, same: before?.values.join() === after?.values.join() };
  });
  expect(found).toMatchObject({ code: 'input', same: true });
  expect(found.message).toContain('no number at step');
});

test('memory stays flat over many lessons', async ({ plain }) => {
  await plain.evaluate(async () => {
    Object.assign(window, {
      soda: await window.lib.Soda.load('/fixtures/tiny', { backend: 'cpu' }),
    });
  });
  const learn = (times: number): Promise<void> =>
    plain.evaluate(async (times) => {
      const { soda } = window as unknown as { soda: Soda };
      const pictures = window.strangePictures(8, 16, 8);
      for (let i = 0; i < times; i++)
        for await (const _ of soda.fineTune(pictures, { steps: 20, previewEvery: 10 }));
      await soda.save();
    }, times);
  await learn(5);
  const before = await engineBytes(plain);
  await learn(40);
  expect(await engineBytes(plain)).toBeLessThanOrEqual(before + 2 * 65_536);
});

/** Bytes of the engine's memory, which never shrinks. */
async function engineBytes(page: Page): Promise<number> {
  const [worker] = page.workers();
  if (!worker) throw new Error('no worker');
  return worker.evaluate(async () => {
    interface Module {
      default: () => Promise<{ memory: WebAssembly.Memory }>;
    }
    // What is initialised already is given back as it is.
    const path =
      performance
        .getEntriesByType('resource')
        .map(({ name }) => name)
        .find((name) => name.endsWith('/soda.js')) ?? '';
    return (await ((await import(path)) as Module).default()).memory.buffer.byteLength;
  });
}

test.describe('at its pace', () => {
  // Other programs that begin or end meanwhile change how long steps take.
  test.describe.configure({ retries: 2 });

  test('the shipped model learns twenty pictures of another world: six decibels, at the pace it says, while the page stays free', async ({
    plain,
  }) => {
    // SODA_LESSON=300 for the whole lesson.
    const steps = Number(process.env['SODA_LESSON'] ?? '150');
    const { before, after, promised, took, longestTask } = await lesson(
      plain,
      '/models/emoji64',
      20,
      { steps },
    );
    console.log(
      `${String(steps)} steps: ${before.toFixed(2)} dB before, ${after.toFixed(2)} after; ${promised.toFixed(0)} s promised, ${took.toFixed(0)} s taken; longest task ${longestTask.toFixed(0)} ms`,
    );
    expect(after - before).toBeGreaterThanOrEqual(6);
    expect(promised / took).toBeGreaterThan(2 / 3);
    expect(promised / took).toBeLessThan(4 / 3);
    expect(longestTask).toBeLessThan(200);
  });
});
