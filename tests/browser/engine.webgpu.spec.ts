import { expect, keepScreenshot, openTiny, stripFrames, test } from './site.js';

test('with an adapter the page runs on WebGPU, says so, and fetches only that build', async ({ page }) => {
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  await openTiny(page, '');
  await expect(page.locator('html')).toHaveAttribute('data-backend', 'webgpu');
  await expect(page.locator('#engine')).toContainText('Running on WebGPU ·');
  const frames = await stripFrames(page);
  expect(frames).toHaveLength(9);
  for (const frame of frames) expect(frame.spread).toBeGreaterThan(3);
  expect(new Set(frames.map((frame) => frame.pixels)).size).toBeGreaterThan(6);
  expect(requests.filter((url) => url.includes('.wasm'))).toHaveLength(1);
  await keepScreenshot(page, 'webgpu');
});

test('WebGPU paints what the CPU paints', async ({ plain }) => {
  const worst = await plain.evaluate(async () => {
    const { Soda } = window.lib;
    const [cpu, gpu] = await Promise.all([Soda.load('/fixtures/tiny', { backend: 'cpu' }), Soda.load('/fixtures/tiny', { backend: 'webgpu' })]);
    const [latent] = await cpu.encode('disc.png', { invert: true });
    if (!latent || gpu.fallback !== undefined) throw new Error('no latent, or no WebGPU');
    const [[a], [b]] = await Promise.all([cpu.decode(latent), gpu.decode(latent)]);
    if (!a || !b) throw new Error('no pictures');
    return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - (b.data[i] ?? 0))), 0);
  });
  expect(worst).toBeLessThanOrEqual(1);
});

test('batches paint what single pictures paint', async ({ plain }) => {
  const same = await plain.evaluate(async () => {
    const soda = await window.lib.Soda.load('/fixtures/tiny', { backend: 'webgpu' });
    const latents = await soda.encode(['disc.png', new ImageData(8, 8), 'disc.png', new ImageData(8, 8), 'disc.png']);
    const together = await soda.decode(latents, { steps: 2 });
    const alone = await soda.decode(latents.slice(4), { steps: 2 });
    const [a, b] = [together[4]?.data, alone[0]?.data];
    if (!a || !b) throw new Error('no pictures');
    return together.length === 5 && a.every((value, i) => Math.abs(value - (b[i] ?? 0)) <= 1);
  });
  expect(same).toBe(true);
});

test('abort stops the work', async ({ plain }) => {
  const { code, stepsAfterAbort } = await plain.evaluate(async () => {
    const soda = await window.lib.Soda.load('/fixtures/tiny', { backend: 'webgpu' });
    const [latent] = await soda.encode('disc.png');
    if (!latent) throw new Error('no latent');
    const stop = new AbortController();
    const onProgress = ({ done }: { done: number }): void => { if (done === 3) stop.abort(); };
    const code = await window.codeOf(soda.decode(latent, { steps: 500, signal: stop.signal, onProgress }));
    await soda.decode(latent, { steps: 1 });
    const abortAt = window.tap.findIndex(({ to, message }) => to === 'worker' && message.kind === 'abort');
    const id = window.tap[abortAt]?.message.id;
    return { code, stepsAfterAbort: window.tap.slice(abortAt).filter(({ message }) => message.kind === 'progress' && message.id === id).length };
  });
  expect(code).toBe('aborted');
  expect(stepsAfterAbort).toBeLessThan(25);
});

test('a GPU build that does not start gives way to the CPU, with the reason', async ({ plain, context, errors }) => {
  await context.route('**/webgpu/soda.js', (route) => route.fulfill({ status: 404 }));
  const [backend, fallback, asked] = await plain.evaluate(async () => {
    const { Soda } = window.lib;
    const soda = await Soda.load('/fixtures/tiny');
    const asked = await window.codeOf(Soda.load('/fixtures/tiny', { backend: 'webgpu' }));
    return [soda.backend, soda.fallback, asked];
  });
  expect(backend).toBe('cpu');
  expect(fallback).toMatch(/WebGPU did not start: ./);
  expect(asked).not.toBe('fine');
  errors.length = 0; // The browser reports the 404s.
});

test('a lost device is an error of that code, and the next load starts afresh', async ({ plain, context }) => {
  await plain.evaluate(async () => {
    const soda = await window.lib.Soda.load('/fixtures/tiny', { backend: 'webgpu' });
    const [latent] = await soda.encode('disc.png');
    if (!latent) throw new Error('no latent');
    const work = window.codeOf(soda.decode(latent, { steps: 1000 }));
    Object.assign(window, { work, later: () => window.codeOf(soda.encode('disc.png')) });
  });
  const crash = await context.newPage();
  await crash.goto('chrome://gpucrash').catch(() => undefined); // The address never answers; the GPU process ends.
  const [first, later] = await plain.evaluate(async () => {
    const { work, later } = window as unknown as { work: Promise<string>; later: () => Promise<string> };
    return [await work, await later()];
  });
  expect([first, later]).toEqual(['device-lost', 'device-lost']);
  const backend = await plain.evaluate(async () => (await window.lib.Soda.load('/fixtures/tiny')).backend);
  expect(['webgpu', 'cpu']).toContain(backend);
});
