import type { Page } from '@playwright/test';
import type { Soda } from 'soda-morph';
import { keepDevices, loseDevice } from './device.js';
import { largestDifferences } from './parity.js';
import { expect, keepScreenshot, openTiny, stripFrames, test } from './site.js';

declare global {
  interface Window {
    gpu: Soda;
    progress: string[];
  }
}

// Where WebGPU runs in software, compiling the shaders takes most of a minute: the tests share one loaded engine.
test.describe.serial('the engine on WebGPU', () => {
  let page: Page;

  test.beforeAll(async ({ browser, site }) => {
    page = await browser.newPage({ baseURL: site.url });
    await keepDevices(page);
    await page.goto('pages/plain.html');
    await page.waitForFunction(() => 'lib' in window);
    await page.evaluate(async () => {
      window.progress = [];
      window.gpu = await window.lib.Soda.load('/fixtures/tiny', {
        onProgress: ({ stage }) => {
          if (window.progress.at(-1) !== stage) window.progress.push(stage);
        },
      });
    });
  });
  test.afterAll(() => page.close());

  test('is what auto takes where there is an adapter; it warms up while loading', async () => {
    const { backend, fallback, stages } = await page.evaluate(() => ({
      backend: window.gpu.backend,
      fallback: window.gpu.fallback,
      stages: window.progress,
    }));
    expect([backend, fallback]).toEqual(['webgpu', undefined]);
    expect(stages.slice(-2)).toEqual(['compile', 'warm-up']);
  });

  test('paints what the CPU paints', async () => {
    const worst = await page.evaluate(async () => {
      const cpu = await window.lib.Soda.load('/fixtures/tiny', { backend: 'cpu' });
      const [latent] = await cpu.encode('disc.png', { invert: true });
      if (!latent) throw new Error('no latent');
      const [[a] = [], [b] = []] = await Promise.all(
        [cpu, window.gpu].map((soda) => soda.decode(latent, { steps: 4 })),
      );
      cpu.dispose();
      if (!a || !b) throw new Error('no pictures');
      return a.data.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - (b.data[i] ?? 0))),
        0,
      );
    });
    expect(worst).toBeLessThanOrEqual(1);
  });

  test('paints the same in a batch as alone', async () => {
    const worst = await page.evaluate(async () => {
      const latents = await window.gpu.encode([
        'disc.png',
        new ImageData(8, 8),
        'disc.png',
        new ImageData(8, 8),
        'disc.png',
      ]);
      const together = await window.gpu.decode(latents, { steps: 2 });
      const alone = await window.gpu.decode(latents.slice(4), { steps: 2 });
      const [a, b] = [together[0]?.data, alone[0]?.data];
      if (!a || !b || together.length !== 5) throw new Error('pictures are missing');
      return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? 0))), 0);
    });
    expect(worst).toBeLessThanOrEqual(1);
  });

  test('stops on an abort, and goes on with the next call', async () => {
    const { code, stepsAfterAbort } = await page.evaluate(async () => {
      const [latent] = await window.gpu.encode('disc.png');
      if (!latent) throw new Error('no latent');
      const stop = new AbortController();
      const onProgress = ({ done }: { done: number }): void => {
        if (done === 3) stop.abort();
      };
      const code = await window.codeOf(
        window.gpu.decode(latent, { steps: 500, signal: stop.signal, onProgress }),
      );
      await window.gpu.decode(latent, { steps: 1 });
      const abortAt = window.tap.findIndex(
        ({ to, message }) => to === 'worker' && message.kind === 'abort',
      );
      const id = window.tap[abortAt]?.message.id;
      return {
        code,
        stepsAfterAbort: window.tap
          .slice(abortAt)
          .filter(({ message }) => message.kind === 'progress' && message.id === id).length,
      };
    });
    expect(code).toBe('aborted');
    expect(stepsAfterAbort).toBeLessThan(25);
  });

  test('learns as the CPU does, and saves what it learnt', async () => {
    const found = await page.evaluate(async () => {
      const pictures = window.strangePictures(4, 16, 9);
      const learn = async (soda: Soda): Promise<number[]> => {
        const losses: number[] = [];
        for await (const event of soda.fineTune(pictures, { steps: 4, previewEvery: 4 })) {
          if (event.kind === 'step') losses.push(event.loss);
          if (event.kind === 'preview') losses.push(event.pictures.length);
        }
        return losses;
      };
      const cpu = await window.lib.Soda.load('/fixtures/tiny', { backend: 'cpu' });
      const [onCpu, onGpu] = [await learn(cpu), await learn(window.gpu)];
      const again = await window.lib.Soda.load(await window.gpu.save({ dtype: 'f32' }), {
        backend: 'cpu',
      });
      const [[a] = [], [b] = [], [c] = []] = await Promise.all(
        [cpu, window.gpu, again].map((soda) => soda.encode(pictures[0] ?? '')),
      );
      if (!a || !b || !c) throw new Error('no latents');
      cpu.dispose();
      again.dispose();
      const apart = (x: Float32Array, y: Float32Array): number =>
        Math.max(...x.map((value, i) => Math.abs(value - (y[i] ?? NaN))));
      return { onCpu, onGpu, trained: apart(a.values, b.values), saved: apart(b.values, c.values) };
    });
    expect(found.onGpu).toHaveLength(5);
    found.onGpu.forEach((loss, i) => {
      expect(Math.abs(loss - (found.onCpu[i] ?? NaN))).toBeLessThan(1e-3);
    });
    expect(found.saved).toBeLessThan(1e-2);
    expect(found.trained).toBeLessThan(0.1);
  });

  test('a lost device is an error of that code, for the call under way and for later ones', async () => {
    await page.evaluate(async () => {
      const [latent] = await window.gpu.encode('disc.png');
      if (!latent) throw new Error('no latent');
      Object.assign(window, { work: window.codeOf(window.gpu.decode(latent, { steps: 1000 })) });
    });
    await loseDevice(page);
    const codes = await page.evaluate(async () => {
      const first = await (window as unknown as { work: Promise<string> }).work;
      return [first, await window.codeOf(window.gpu.encode('disc.png'))];
    });
    expect(codes).toEqual(['device-lost', 'device-lost']);
  });

  test('after that, loading anew gives an engine that works', async () => {
    const width = await page.evaluate(async () => {
      const soda = await window.lib.Soda.load('/fixtures/tiny');
      const [latent] = await soda.encode('disc.png');
      const [picture] = await soda.decode(latent ?? [], { steps: 1 });
      return picture?.width;
    });
    expect(width).toBe(16);
  });
});

test('the WebGPU build computes what the native program computes', async ({ plain }) => {
  const { latent, decoded, rendered, spread } = await largestDifferences(plain, 'webgpu');
  expect(latent).toBeLessThanOrEqual(1e-3);
  expect(decoded).toBeLessThanOrEqual(1e-3);
  // In steps of 8-bit colour.
  expect(rendered).toBeLessThanOrEqual(1);
  expect(spread).toBeGreaterThan(0.5);
});

test('with an adapter the page runs on WebGPU, says so, and fetches only that build', async ({
  page,
}) => {
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

test('a GPU build that does not start gives way to the CPU, with the reason', async ({
  plain,
  context,
  errors,
}) => {
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

test('a driver that paints something else than the model gives way to the CPU', async ({
  plain,
  context,
}) => {
  const asked: string[] = [];
  await context.route('**/fixtures/tiny/config.json*', async (route) => {
    asked.push(route.request().url());
    const response = await route.fetch();
    const config = (await response.json()) as { reference: string };
    // Its colours upside down are what a driver would paint that gets the model wrong.
    const other = (digit: string): string => ((parseInt(digit, 16) + 8) % 16).toString(16);
    config.reference = config.reference.replace(/./g, other);
    await route.fulfill({ response, json: config });
  });
  const [backend, fallback, code] = await plain.evaluate(async () => {
    const { Soda } = window.lib;
    const soda = await Soda.load('/fixtures/tiny');
    const code = await window.codeOf(Soda.load('/fixtures/tiny', { backend: 'webgpu' }));
    return [soda.backend, soda.fallback, code];
  });
  expect(asked.length).toBeGreaterThan(0);
  expect(backend).toBe('cpu');
  expect(fallback).toMatch(/gets the model wrong: .*another picture/);
  expect(code).toBe('unsupported');
});
