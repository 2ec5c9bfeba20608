import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from './site.js';

const tiny = join(import.meta.dirname, '../fixtures/tiny');

test('abort in the middle of the download ends the download', async ({ plain, stalled }) => {
  await plain.evaluate((model) => {
    const stop = new AbortController();
    Object.assign(window, {
      stop,
      load: window.codeOf(window.lib.Soda.load(model, { backend: 'cpu', signal: stop.signal })),
    });
  }, stalled.url);
  await stalled.asked;
  const code = await plain.evaluate(() => {
    const { stop, load } = window as unknown as { stop: AbortController; load: Promise<string> };
    stop.abort();
    return load;
  });
  expect(code).toBe('aborted');
  await stalled.hungUp;
});

test('loading reports its stages, bytes first', async ({ plain }) => {
  const progress = await plain.evaluate(async () => {
    const seen: { stage: string; done: number; total: number }[] = [];
    const soda = await window.lib.Soda.load('/fixtures/tiny', {
      backend: 'cpu',
      cache: false,
      onProgress: (p) => seen.push({ ...p }),
    });
    soda.dispose();
    return seen;
  });
  const bytes = progress.filter(({ stage }) => stage === 'download');
  const size = readFileSync(join(tiny, 'model.safetensors')).length;
  expect(bytes.at(-1)?.done).toBeGreaterThan(size);
  expect(bytes.at(-1)?.done).toBe(bytes.at(-1)?.total);
  expect(bytes.map(({ done }) => done)).toEqual(
    bytes.map(({ done }) => done).sort((a, b) => a - b),
  );
  expect(progress.at(-1)).toEqual({ stage: 'compile', done: 1, total: 1 });
});

test('a model can be given as files', async ({ plain }) => {
  const names = await plain.evaluate(async () => {
    const { Soda } = window.lib;
    const [config, weights] = await Promise.all(
      ['config.json', 'model.safetensors'].map((file) =>
        fetch(`/fixtures/tiny/${file}`).then((r) => r.blob()),
      ),
    );
    if (!config || !weights) throw new Error('not fetched');
    const buffer = await weights.arrayBuffer();
    const one = await Soda.load({ config, weights }, { backend: 'cpu' });
    const two = await Soda.load(
      { config: JSON.parse(await config.text()) as object, weights: buffer },
      { backend: 'cpu' },
    );
    return [one.config.name, two.config.name, buffer.byteLength > 0];
  });
  expect(names).toEqual(['tiny', 'tiny', true]);
});

test('weights are kept by their hash, verified, replaced, and used without a network', async ({
  plain,
  site,
  errors,
}) => {
  const folder = join(site.scratch, 'changing');
  mkdirSync(folder);
  const asked: string[] = [];
  plain.on('request', (request) => {
    asked.push(`${request.method()} ${request.url().split('/').at(-1) ?? ''}`);
  });
  const weightsAsked = (): string[] =>
    asked.splice(0).filter((each) => each.includes('model.safetensors'));
  const publish = (weights: Buffer): void => {
    const name = {
      sha256: createHash('sha256').update(weights).digest('hex'),
      bytes: weights.length,
    };
    const config = JSON.parse(readFileSync(join(tiny, 'config.json'), 'utf8')) as object;
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config, weights: name }));
    writeFileSync(join(folder, 'model.safetensors'), weights);
  };
  const load = (): Promise<string> =>
    plain.evaluate(() =>
      window.codeOf(window.lib.Soda.load('/scratch/changing/', { backend: 'cpu' })),
    );
  const keptCopies = (): Promise<number> =>
    plain.evaluate(async () => {
      const counts = await Promise.all(
        (await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).length),
      );
      return counts.reduce((sum, count) => sum + count, 0);
    });
  const weights = readFileSync(join(tiny, 'model.safetensors'));
  publish(weights);
  expect(await load()).toBe('fine');
  await expect.poll(keptCopies).toBe(2);
  expect(weightsAsked()).toEqual(['GET model.safetensors']);
  expect(await load()).toBe('fine');
  expect(weightsAsked()).toEqual([]);

  // A copy that is changed on the way is not taken for the one that config.json names.
  publish(Buffer.from(weights.with(-1, 1 ^ (weights.at(-1) ?? 0))));
  writeFileSync(join(folder, 'model.safetensors'), weights);
  expect(await load()).toBe('weights');
  expect(weightsAsked()).toEqual(['GET model.safetensors', 'GET model.safetensors']);
  publish(weights.subarray(0, -8));
  expect(await load()).toBe('weights');
  publish(weights);
  expect(await load()).toBe('fine');
  await expect.poll(keptCopies).toBe(2);

  await plain.route('**/scratch/changing/**', (route) => route.abort());
  expect(await load()).toBe('fine');
  await plain.evaluate(() => window.lib.clearCache());
  expect(await keptCopies()).toBe(0);
  expect(await load()).toBe('network');
  errors.length = 0; // The browser reports what it could not reach.
});

test("a model is named, and found where configure says, with a query and by the page's own fetch", async ({
  plain,
  errors,
}) => {
  const { asked, answers } = await plain.evaluate(async () => {
    const { Soda, configure } = window.lib;
    const asked: string[] = [];
    const answers: string[] = [];
    configure({ models: '/fixtures/{name}/?token=secret' });
    answers.push((await Soda.load('tiny', { backend: 'cpu', cache: false })).config.name);
    configure({
      fetch: (url, init) => {
        asked.push(new URL(url as string).pathname + new URL(url as string).search);
        return fetch(url, init);
      },
    });
    answers.push((await Soda.load('tiny', { backend: 'cpu', cache: false })).config.name);
    answers.push(await window.codeOf(Soda.load('nothing', { backend: 'cpu' })));
    return { asked, answers };
  });
  expect(answers).toEqual(['tiny', 'tiny', 'network']);
  expect(
    asked
      .slice(0, 3)
      .map((each) => each.replace(/cpu-relaxed/, 'cpu'))
      .sort(),
  ).toEqual([
    '/fixtures/tiny/config.json?token=secret',
    '/fixtures/tiny/model.safetensors?token=secret',
    '/pkg/dist/cpu/soda_bg.wasm',
  ]);
  errors.length = 0; // The browser reports the model that is not there.
});
