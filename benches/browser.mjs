// Measures the shipped model in headless Chromium: `npm run bench:browser [-- --json]`, after `npm run build`.
// Printed: milliseconds of encode, of one U-Net step and of a 9-frame morph on each backend, and what the page downloads.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { launchOptions } from '../tests/browser/chromium.js';
import { serveStatic } from '../www/serve.js';
import { slowLine } from './slow-line.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const asJson = process.argv.includes('--json');
/** WebAssembly gets faster over the first calls, while the browser compiles it anew. */
const WARM_UP_STEPS = 20;
/** What a first visit is measured over: down a 10 Mbit/s line, 20 ms each way. */
const SLOW = { bitsPerSecond: 10e6, delayMs: 20 };
/** A morph that would take longer than this is left out. */
const LONGEST_MORPH_MS = 300_000;

for (const file of [
  'dist/index.html',
  'dist/models/emoji64/model.safetensors',
  'pkg/dist/cpu/soda_bg.wasm',
  'pkg/dist/cpu-relaxed/soda_bg.wasm',
  'pkg/dist/webgpu/soda_bg.wasm',
]) {
  if (!existsSync(join(root, file))) {
    console.error(`${file} is not there; build first: make demo`);
    process.exit(1);
  }
}

/** Runs `job` in a fresh browser on a fresh server; counts the bytes that the server sends. */
async function inBrowser(webgpu, job, options = {}) {
  const sent = new Map();
  const server = await serveStatic(
    { '/': dist, '/pkg/': join(root, 'pkg'), '/pages/': join(root, 'tests/browser/pages') },
    { onSent: (path, bytes) => sent.set(path, (sent.get(path) ?? 0) + bytes) },
  );
  const browser = await chromium.launch(launchOptions(webgpu));
  try {
    const page = await browser.newPage(options);
    page.setDefaultTimeout(0);
    return await job(page, server.url, sent);
  } finally {
    await browser.close();
    await server.close();
  }
}

function speeds(backend) {
  return inBrowser(backend === 'webgpu', async (page, url) => {
    await page.goto(`${url}pages/plain.html`);
    await page.waitForFunction(() => 'lib' in window);
    return page.evaluate(measure, {
      backend,
      model: `${url}models/emoji64/`,
      warmUpSteps: WARM_UP_STEPS,
      longestMorph: LONGEST_MORPH_MS,
    });
  });
}

/** Runs in the page. */
async function measure({ backend, model, warmUpSteps, longestMorph }) {
  const { info } = (await navigator.gpu?.requestAdapter()) ?? {};
  const adapter =
    backend === 'webgpu' ? `${info?.vendor ?? ''} ${info?.architecture ?? ''}`.trim() : undefined;
  const software = /swiftshader|llvmpipe/i.test(adapter ?? '');
  const soda = await window.lib.Soda.load(model, { backend });
  const { size, steps } = soda.config;
  const picture = new ImageData(size, size);
  picture.data.forEach((_, i) => {
    picture.data[i] = i % 4 === 3 ? 255 : (i * 37) % 256;
  });
  const time = async (times, job) => {
    const taken = [];
    for (let i = 0; i < times; i++) {
      const begun = performance.now();
      await job();
      taken.push(performance.now() - begun);
    }
    return taken.sort((a, b) => a - b)[taken.length >> 1];
  };
  const [latent] = await soda.encode(picture);
  const [other] = await soda.encode(new ImageData(size, size));
  await soda.decode(latent, { steps: software ? 1 : warmUpSteps });
  const encode = await time(software ? 1 : 7, () => soda.encode(picture, { corrected: false }));
  const inOne = software ? 2 : 20;
  const step = (await time(software ? 1 : 5, () => soda.decode(latent, { steps: inOne }))) / inOne;
  const morph =
    9 * steps * step > longestMorph
      ? undefined
      : await time(software ? 1 : 3, async () => {
          for await (const _ of soda.interpolate(latent, other, { frames: 9 }));
        });
  return { backend, adapter, software, encode, step, steps, morph };
}

/** What a first visit downloads, compressed as the server sends it, until the first morph is asked for. */
function downloads(backend) {
  return inBrowser(
    backend === 'webgpu',
    async (page, url, sent) => {
      await page.goto(`${url}?backend=${backend}`);
      await page.waitForSelector(`html[data-backend=${backend}]`);
      const sum = (fits) =>
        [...sent].filter(([path]) => fits(path)).reduce((bytes, [, each]) => bytes + each, 0);
      const wasm = sum((path) => path.endsWith('.wasm'));
      const weights = sum((path) => path.endsWith('.safetensors'));
      return { backend, wasm, weights, rest: sum(() => true) - wasm - weights };
      // What the service worker fetches afterwards, for visits without a network, nobody waits for.
    },
    { serviceWorkers: 'block' },
  );
}

/** Seconds of a first visit over a slow line, until each thing is on the screen; and of a second one, from what was kept. */
function firstVisit(backend) {
  return inBrowser(backend === 'webgpu', async (page, url) => {
    const line = await slowLine(Number(new URL(url).port), SLOW);
    const begun = performance.now();
    const seconds = () => (performance.now() - begun) / 1000;
    await page.goto(`${line.url}?backend=${backend}`);
    await page.waitForSelector(`html[data-backend=${backend}]`);
    const ready = seconds();
    await page.waitForFunction(() => document.querySelector('#offline')?.textContent, undefined, {
      timeout: 0,
    });
    const again = performance.now();
    await page.reload();
    await page.waitForSelector(`html[data-backend=${backend}]`);
    const warm = (performance.now() - again) / 1000;
    line.close();
    return { backend, ready, warm };
  });
}

const results = { speeds: [], downloads: [], visits: [] };
for (const backend of ['cpu', 'webgpu']) {
  results.visits.push(await firstVisit(backend));
  results.downloads.push(await downloads(backend));
  results.speeds.push(await speeds(backend));
}

if (asJson) console.log(JSON.stringify(results, undefined, 2));
else {
  const ms = (value) =>
    value === undefined ? `over ${LONGEST_MORPH_MS / 1000} s` : `${value.toFixed(1)} ms`;
  const kb = (bytes) => `${(bytes / 1000).toFixed(0)} kB`;
  const row = (...cells) => {
    console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(44) : cell.padStart(14))).join(''));
  };
  row('in headless Chromium', 'encode', 'one step', '9-frame morph');
  for (const { backend, adapter, software, encode, step, morph } of results.speeds) {
    const where =
      backend === 'cpu'
        ? 'WebAssembly on the CPU'
        : `WebGPU (${adapter}${software ? ', in software on the CPU' : ''})`;
    row(where, ms(encode), ms(step), ms(morph));
  }
  console.log('');
  row('a first visit over 10 Mbit/s', 'model ready', 'again: ready');
  const s = (value) => `${value.toFixed(1)} s`;
  for (const { backend, ready, warm } of results.visits)
    row(backend === 'cpu' ? 'CPU' : 'WebGPU', s(ready), s(warm));
  console.log('');
  row('a first visit downloads, compressed', 'engine', 'weights', 'page', 'in all');
  for (const { backend, wasm, weights, rest } of results.downloads)
    row(
      backend === 'cpu' ? 'CPU' : 'WebGPU',
      kb(wasm),
      kb(weights),
      kb(rest),
      kb(wasm + weights + rest),
    );
}
