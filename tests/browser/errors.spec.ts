import { expect, test } from './site.js';

test('what is no picture is an input error that names the thing', async ({ plain, errors }) => {
  const found = await plain.evaluate(async () => {
    const soda = await window.lib.Soda.load('/fixtures/tiny', { backend: 'cpu' });
    const canvas = Object.assign(document.createElement('canvas'), { width: 0, height: 0 });
    const cases: [string, unknown][] = [
      ['empty', new File([], 'empty.png', { type: 'image/png' })],
      ['text', new File(['hello'], 'notes.txt', { type: 'text/plain' })],
      ['liar', new Blob(['hello'], { type: 'image/png' })],
      ['page', 'plain.html'],
      ['missing', 'missing.png'],
      ['canvas', canvas],
      ['image', Object.assign(new Image(), { alt: 'broken', src: 'missing.png' })],
      ['video', document.createElement('video')],
      ['number', 5],
      ['nothing', undefined],
    ];
    const answers: [string, string, string][] = [];
    for (const [name, picture] of cases) {
      const answer = await window.failureOf(soda.encode(picture as Blob));
      answers.push([name, answer.code, answer.message]);
    }
    const [latent] = await soda.encode('disc.png'); // It goes on working.
    return { answers, after: latent?.values.length };
  });
  for (const [name, code, message] of found.answers) {
    expect([name, code]).toEqual([name, 'input']);
    expect(message.length).toBeGreaterThan(10);
  }
  const messages = Object.fromEntries(found.answers.map(([name, , message]) => [name, message]));
  expect(messages['empty']).toContain('empty.png is empty (0 bytes)');
  expect(messages['text']).toContain('notes.txt (text/plain)');
  expect(messages['missing']).toContain('404');
  expect(messages['image']).toContain('broken');
  expect(found.after).toBe(16);
  errors.length = 0; // The browser reports the missing pictures.
});

test('options and latents out of range are input errors', async ({ plain }) => {
  const codes = await plain.evaluate(async () => {
    const { Soda } = window.lib;
    const soda = await Soda.load('/fixtures/tiny', { backend: 'cpu' });
    const [latent] = await soda.encode('disc.png');
    if (!latent) throw new Error('no latent');
    const short = { values: new Float32Array(4), groups: [4] };
    return Promise.all([
      window.codeOf(soda.decode(latent, { steps: 0 })),
      window.codeOf(soda.decode(latent, { steps: 2.5 })),
      window.codeOf(soda.decode(latent, { sampler: 'euler' as 'ddim' })),
      window.codeOf(soda.decode(latent, { guidance: NaN })),
      window.codeOf(soda.decode(latent, { levelGuidance: [1] })),
      window.codeOf(soda.decode(latent, { seed: -1 })),
      window.codeOf(soda.decode(latent, { view: 'no such view' })),
      window.codeOf(soda.decode(short)),
      window.codeOf(soda.decode({ ...latent, noise: new Float32Array(5) })),
      window.codeOf(soda.interpolate(latent, latent, { frames: 1 })[Symbol.asyncIterator]().next()),
      window.codeOf(Soda.load('/fixtures/tiny', { backend: 'quantum' as 'cpu' })),
    ]);
  });
  expect(codes).toEqual(codes.map(() => 'input'));
});

test('views, samplers and guidance reach the engine', async ({ plain }) => {
  const pictures = await plain.evaluate(async () => {
    const soda = await window.lib.Soda.load('/fixtures/tiny', { backend: 'cpu' });
    const [latent] = await soda.encode('disc.png');
    const view = soda.config.views[0];
    if (!latent || view === undefined) throw new Error('no latent or view');
    const paint = async (options: object): Promise<string> =>
      (await soda.decode(latent, options))[0]?.data.join() ?? '';
    return Promise.all([
      paint({}),
      paint({ view }),
      paint({ sampler: 'dpm++2m' }),
      paint({ guidance: 2 }),
      paint({ steps: 3 }),
      paint({ levelGuidance: [0, 2, 0] }),
    ]);
  });
  expect(new Set(pictures).size).toBe(6);
});

test('wrong models: not there, not JSON, truncated, not weights', async ({
  plain,
  site,
  errors,
}) => {
  const codes = await plain.evaluate(async (origin) => {
    const { Soda } = window.lib;
    const config = await (await fetch('/fixtures/tiny/config.json')).blob();
    const weights = await (await fetch('/fixtures/tiny/model.safetensors')).blob();
    return [
      await window.codeOf(Soda.load('/no/such/model', { backend: 'cpu' })),
      await window.codeOf(Soda.load(new URL('nowhere/', origin), { backend: 'cpu' })),
      await window.codeOf(Soda.load({ config: new Blob(['<html>']), weights }, { backend: 'cpu' })),
      await window.codeOf(Soda.load({ config: {}, weights }, { backend: 'cpu' })),
      await window.codeOf(
        Soda.load({ config, weights: weights.slice(0, 2000) }, { backend: 'cpu' }),
      ),
      await window.codeOf(Soda.load({ config, weights: new Blob(['hello']) }, { backend: 'cpu' })),
      await window.codeOf(
        Soda.load({ config, weights: 'hello' as unknown as Blob }, { backend: 'cpu' }),
      ),
    ];
  }, site.url);
  expect(codes).toEqual([
    'network',
    'network',
    'weights',
    'weights',
    'weights',
    'weights',
    'input',
  ]);
  errors.length = 0; // The browser reports the 404s.
});

test('without an adapter, WebGPU is unsupported, and auto falls back and says why', async ({
  plain,
}) => {
  const [code, fallback, backend] = await plain.evaluate(async () => {
    const { Soda } = window.lib;
    const code = await window.codeOf(Soda.load('/fixtures/tiny', { backend: 'webgpu' }));
    const soda = await Soda.load('/fixtures/tiny');
    return [code, soda.fallback, soda.backend];
  });
  expect(code).toBe('unsupported');
  expect(backend).toBe('cpu');
  expect(fallback).toContain('WebGPU');
});

test('a page in the place of the engine is called that', async ({ plain, errors }) => {
  await plain
    .context()
    .route('**/every/address/**', (route) =>
      route.fulfill({ contentType: 'text/html; charset=utf-8', body: '<!doctype html>' }),
    );
  const found = await plain.evaluate(async () => {
    const { Soda } = window.lib;
    return {
      wasm: await window.failureOf(
        Soda.load('/fixtures/tiny', { backend: 'cpu', wasmUrl: '/every/address/' }),
      ),
      worker: await window.failureOf(
        Soda.load('/fixtures/tiny', { backend: 'cpu', workerUrl: 'http://' }),
      ),
    };
  });
  expect(found.wasm).toMatchObject({
    code: 'network',
    message: expect.stringContaining('is a page, not the engine; check wasmUrl'),
  });
  expect(found.worker).toMatchObject({
    code: 'input',
    message: expect.stringContaining('check workerUrl'),
  });
  errors.length = 0;
});

test.describe('browsers that lack something', () => {
  for (const [what, message] of [
    ['WebAssembly', 'WebAssembly switched off'],
    ['OffscreenCanvas', 'no OffscreenCanvas'],
  ] as const) {
    test(`without ${what} loading says so`, async ({ plain }) => {
      const failure = await plain.evaluate((what) => {
        Reflect.deleteProperty(window, what);
        return window.failureOf(window.lib.Soda.load('/fixtures/tiny', { backend: 'cpu' }));
      }, what);
      expect(failure).toMatchObject({
        code: 'unsupported',
        message: expect.stringContaining(message),
      });
    });
  }
});

test('a worker or engine that is not there is a network error that says where to look', async ({
  plain,
  errors,
}) => {
  const [worker, wasm] = await plain.evaluate(async () => {
    const { Soda } = window.lib;
    return [
      await window.failureOf(
        Soda.load('/fixtures/tiny', { backend: 'cpu', workerUrl: '/no/worker.js' }),
      ),
      await window.failureOf(Soda.load('/fixtures/tiny', { backend: 'cpu', wasmUrl: '/no/wasm' })),
    ];
  });
  expect(worker).toMatchObject({ code: 'network', message: expect.stringContaining('workerUrl') });
  expect(wasm).toMatchObject({
    code: 'network',
    message: expect.stringMatching(/no\/wasm\/cpu(-relaxed)?\/soda_bg\.wasm.*404/),
  });
  errors.length = 0; // The browser reports the 404s.
});
