// The library, the element and the page in Firefox, driven over WebDriver BiDi: `npm run test:firefox`. It needs what
// `make test` builds, and SODA_FIREFOX, the path of a Firefox; without one all is skipped.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import puppeteer from 'puppeteer-core';
import { artefacts } from '../browser/chromium.js';
import { serveStatic } from '../../www/serve.js';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');
const firefox = process.env.SODA_FIREFOX;
const skip = firefox
  ? false
  : 'SODA_FIREFOX names no Firefox; `make test` sets it where it finds or installs one';
const PANELS = ['sample', 'edit', 'teach', 'recognise', 'map', 'sounds', 'morph'];

let browser;
let server;

before(async () => {
  if (skip) return;
  server = await serveStatic({
    '/': join(root, 'dist'),
    '/pkg/': join(root, 'pkg'),
    '/fixtures/': join(root, 'tests/fixtures'),
    '/pages/': join(root, 'tests/browser/pages'),
  });
  browser = await puppeteer.launch({ browser: 'firefox', executablePath: firefox, headless: true });
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/** A page of the server, and what went wrong on it so far. */
async function open(path) {
  const page = await browser.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.setViewport({ width: 1280, height: 900 });
  await page.goto(server.url + path);
  return { page, errors };
}

/** The library without a bundler, under the policy that embedding.md names. */
async function library() {
  const opened = await open('pages/plain.html');
  await opened.page.waitForFunction(() => 'lib' in window);
  return opened;
}

for (const build of ['cpu', 'cpu-relaxed']) {
  test(`the ${build} build computes what the native program computes`, { skip }, async () => {
    const parity = JSON.parse(readFileSync(join(root, 'tests/fixtures/parity.json'), 'utf8'));
    const { page, errors } = await library();
    const found = await page.evaluate(
      async (parity, build) => {
        const base = new URL(`/pkg/dist/${build}/`, location.href);
        const module = await import(new URL('soda.js', base).href);
        await module.default({ module_or_path: new URL('soda_bg.wasm', base) });
        const [config, weights] = await Promise.all([
          fetch('/fixtures/rendering/config.json').then((response) => response.text()),
          fetch('/fixtures/rendering/model.safetensors').then((response) => response.arrayBuffer()),
        ]);
        const engine = await module.Engine.load(config, new Uint8Array(weights));
        const latent = await engine.encode(new Float32Array(parity.pixels));
        const { steps, sampler } = parity;
        const values = [new Float32Array(parity.latent), new Float32Array(parity.noise)];
        const sampling = engine.decoding(...values, { steps, sampler, size: 64 });
        while (sampling.done < sampling.steps) await sampling.step();
        return { latent: [...latent], decoded: [...(await sampling.tensor())] };
      },
      parity,
      build,
    );
    for (const key of ['latent', 'decoded']) {
      assert.equal(found[key].length, parity[key].length);
      const apart = found[key].map((value, i) => Math.abs(value - parity[key][i]));
      assert.ok(Math.max(...apart) <= 1e-3, `${key}: ${Math.max(...apart)}`);
    }
    assert.deepEqual(errors, []);
    await page.close();
  });
}

test('pictures of every kind are read alike', { skip }, async () => {
  const { page, errors } = await library();
  const found = await page.evaluate(async () => {
    const soda = await window.lib.Soda.load('/fixtures/tiny', { backend: 'cpu' });
    const canvas = Object.assign(document.createElement('canvas'), { width: 16, height: 16 });
    const context = canvas.getContext('2d');
    for (let i = 0; i < 16; i++) {
      context.fillStyle = `hsl(${22 * i} 80% ${20 + 4 * i}%)`;
      context.fillRect(i, 0, 1, 16);
      context.fillRect(0, i, i, 1);
    }
    const png = await new Promise((resolve) => canvas.toBlob(resolve));
    const image = Object.assign(new Image(), { src: URL.createObjectURL(png) });
    await image.decode();
    const offscreen = new OffscreenCanvas(16, 16);
    offscreen.getContext('2d').drawImage(canvas, 0, 0);
    const data = context.getImageData(0, 0, 16, 16);
    const kinds = {
      data,
      png,
      canvas,
      offscreen,
      image,
      bitmap: await createImageBitmap(canvas),
    };
    const apart = {};
    for (const [kind, picture] of Object.entries(kinds)) {
      const [read] = await soda.prepare(picture);
      apart[kind] = Math.max(...read.data.map((value, i) => Math.abs(value - data.data[i])));
    }
    const [jpeg] = await soda.prepare(
      await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 1)),
    );
    apart.jpeg = jpeg.data.reduce((sum, v, i) => sum + Math.abs(v - data.data[i]), 0) / 1024;
    const codes = [
      await window.codeOf(soda.encode(new Blob(['no picture'], { type: 'image/png' }))),
      await window.codeOf(soda.encode('nowhere.png')),
    ];
    return { apart, codes };
  });
  const { jpeg, ...exact } = found.apart;
  for (const [kind, apart] of Object.entries(exact)) assert.ok(apart <= 1, `${kind}: ${apart}`);
  assert.ok(jpeg < 12, `jpeg: ${jpeg} on average`);
  assert.deepEqual(found.codes, ['input', 'input']);
  assert.deepEqual(
    errors.filter((error) => !error.includes('404')),
    [],
  );
  await page.close();
});

test(
  'without a model: a morph ends in its pictures, pictures are sorted, sounds are seen',
  { skip },
  async () => {
    const { page, errors } = await library();
    const found = await page.evaluate(async () => {
      const [fox, panda] = ['/gallery/fox.png', '/gallery/panda.png'];
      const morph = await window.lib.morph(fox, panda, { size: 128 });
      const frames = await Promise.all([0, 0.5, 1].map((t) => morph.frame(t)));
      const bytes = frames.map(({ data }) => data);
      const apart = (a, b) => a.reduce((sum, v, i) => sum + Math.abs(v - b[i]), 0) / a.length;
      const canvas = document.createElement('canvas');
      await morph.draw(canvas, 0.5);
      const { describe, NearestMean } = await import('/pkg/dist/recognition.js');
      const names = [
        'grinning-face',
        'star-struck',
        'sleeping-face',
        'strawberry',
        'cherries',
        'green-apple',
      ];
      const numbers = await describe(names.map((name) => `/gallery/${name}.png`));
      const examples = [0, 1, 3, 4].map((i) => ({ values: numbers[i], label: i < 2 ? 0 : 1 }));
      const classifier = new NearestMean(numbers, examples, 2);
      const { note, spectrogram, sound } = await import('/pkg/dist/sound.js');
      const picture = await spectrogram(await note('bell'));
      return {
        features: morph.features,
        moved: [apart(bytes[0], bytes[1]), apart(bytes[1], bytes[2])],
        drawn: [canvas.width, canvas.height],
        widths: [...new Set(numbers.map(({ length }) => length))],
        labels: [2, 5].map((i) => classifier.guess(numbers[i]).label),
        picture: [picture.width, picture.height],
        samples: (await sound(picture)).length,
      };
    });
    assert.equal(found.features, 'semantic');
    for (const moved of found.moved) assert.ok(moved > 3, `${found.moved}`);
    assert.ok(
      found.drawn.every((side) => side >= 128),
      `${found.drawn}`,
    );
    assert.deepEqual(found.widths, [1344]);
    assert.deepEqual(found.labels, [0, 1], 'a face is a face, an apple fruit');
    assert.deepEqual([...found.picture, found.samples], [64, 64, 16384]);
    assert.deepEqual(errors, []);
    await page.close();
  },
);

test('the element shows a morph, with a model and without', { skip }, async () => {
  const { page, errors } = await open('pages/element.html');
  await page.waitForFunction(() => customElements.get('soda-morph') !== undefined);
  const pair = 'from="../gallery/fox.png" to="../gallery/panda.png" frames="5"';
  for (const model of ['', 'model="../fixtures/tiny" backend="cpu"']) {
    const frames = await page.evaluate(
      (html) =>
        new Promise((resolve, reject) => {
          let frames = 0;
          document.body.innerHTML = html;
          const [element] = document.body.children;
          element.addEventListener('soda-frame', () => frames++);
          element.addEventListener('soda-error', ({ detail }) => reject(detail));
          element.addEventListener('soda-complete', () => resolve(frames));
        }),
      `<soda-morph ${model} ${pair}></soda-morph>`,
    );
    assert.equal(frames, 5);
  }
  assert.deepEqual(errors, []);
  await page.close();
});

test('the page: the first morph moves, the model paints, every panel opens', { skip }, async () => {
  const { page, errors } = await open('?model=fixtures/tiny/&backend=cpu');
  const stage = () =>
    page.evaluate(() => {
      const canvas = document.querySelector('#stage canvas, canvas#stage, .stage canvas');
      return canvas?.toDataURL() ?? '';
    });
  await page.waitForSelector('html[data-state=ready]');
  const first = await stage();
  await page.waitForFunction(
    (first) => {
      const canvas = document.querySelector('#stage canvas, canvas#stage, .stage canvas');
      return canvas && canvas.toDataURL() !== first;
    },
    {},
    first,
  );
  for (const panel of PANELS) {
    await page.click(`#nav a[href^="#${panel}"]`);
    await page.waitForSelector(`html[data-panel=${panel}][data-state=ready]`);
    await page.screenshot({ path: join(artefacts(), `screenshots/firefox-${panel}.png`) });
  }
  assert.deepEqual(errors, []);
  await page.close();
});
