// What the library takes: `npm run bench:library`. It needs the built library (`make demo` or `make test`).
// Painting a picture at 64 and at 256 pixels, from its latent, on the CPU in Chromium: medians, one thread.
// Describing a picture, from its file to its numbers, in Chromium: processor time of the page's process, all its threads together, which
// other programs do not change much, and the time that passes. And the first frame of a morph between two pictures in Chromium, on a cold page over 10 Mbit/s with 40 ms to
// the server.
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { MOUNTS } from '../examples/serve.js';
import { launchOptions } from '../tests/browser/chromium.js';
import { serveStatic } from '../www/serve.js';

const BITS = 10e6;
const RUNS = 5;
const PICTURES = 40;
const PICTURE = '/www/public/gallery/avatars/adventurer-1.png';

const root = join(import.meta.dirname, '..');
const server = await serveStatic(MOUNTS);
const browser = await chromium.launch(launchOptions(false));

/** @param {readonly number[]} values */
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

const describing = await described();
console.log(
  `describe, a picture of 256 pixels: ${describing.processor.toFixed(1)} ms of processor time, ${describing.passed.toFixed(1)} ms pass`,
);
const painting = await painted();
console.log(
  `painted from a latent, one picture on one thread: ${painting[0].toFixed(0)} ms at 64 pixels, ${painting[1].toFixed(0)} ms at 256`,
);
const firsts = [];
for (let run = 0; run < RUNS; run++) firsts.push(await firstFrame());
console.log(
  `first frame over 10 Mbit/s: ${(median(firsts) / 1000).toFixed(2)} s after the page was asked for (${RUNS} runs: ${firsts.map((ms) => (ms / 1000).toFixed(2)).join(', ')})`,
);
await browser.close();
await server.close();

/** Milliseconds a picture, after one that loads the module and the network. */
async function described() {
  const page = await browser.newPage();
  await page.goto(`${server.url}pkg/dist/index.js`);
  const session = await browser.newBrowserCDPSession();
  const processor = async () => {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    const pages = processInfo.filter(({ type }) => type === 'renderer');
    return pages.reduce((sum, { cpuTime }) => sum + 1000 * cpuTime, 0);
  };
  /** @param {number} count */
  const describe = (count) =>
    page.evaluate(
      async ([address, count]) => {
        const { describe } = await import('/pkg/dist/recognition.js');
        const picture = await (await fetch(address)).blob();
        const begun = performance.now();
        await describe(Array(count).fill(picture));
        return performance.now() - begun;
      },
      [PICTURE, count],
    );
  await describe(10);
  const before = await processor();
  const passed = await describe(PICTURES);
  const after = await processor();
  await page.close();
  return { processor: (after - before) / PICTURES, passed: passed / PICTURES };
}

/** Milliseconds to paint a picture at the model's own size, and rendered. */
async function painted() {
  const page = await browser.newPage();
  // Any page of that origin can import the library.
  await page.goto(`${server.url}pkg/dist/index.js`);
  return page.evaluate(async () => {
    const { Soda } = await import('/pkg/dist/index.js');
    const soda = await Soda.load('/models/avatars64/', { backend: 'cpu' });
    const [sample] = await soda.sample({ count: 1, seed: 1 });
    const medians = [];
    for (const size of [soda.config.size, soda.config.renderedSize]) {
      const times = [];
      for (let run = 0; run < 15; run++) {
        const begun = performance.now();
        await soda.decode(sample.latent, { size });
        times.push(performance.now() - begun);
      }
      medians.push(times.sort((a, b) => a - b)[7]);
    }
    return medians;
  });
}

/** Milliseconds from the navigation to the first frame on the element's canvas; nothing is cached. */
async function firstFrame() {
  const context = await browser.newContext();
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 40,
    downloadThroughput: BITS / 8,
    uploadThroughput: BITS / 8,
  });
  await page.goto(`${server.url}examples/two-pictures.html`, { waitUntil: 'commit' });
  await page.waitForFunction(
    () => document.querySelector('soda-morph')?.shadowRoot?.querySelector('canvas[data-painted]'),
    undefined,
    { polling: 'raf' },
  );
  const ms = await page.evaluate(() => performance.now());
  await context.close();
  return ms;
}
