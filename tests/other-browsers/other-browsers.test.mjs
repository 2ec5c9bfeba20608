// The library and the element in Firefox and in WebKitGTK, and the page in Firefox: `npm run test:other-browsers`. It needs
// what `make test` builds; SODA_FIREFOX, the path of a Firefox, and SODA_WEBKIT, that of WebKitGTK's MiniBrowser, beside
// which WebKitWebDriver and Xvfb are wanted. Without a browser its tests are skipped.
//
// WebKitGTK is not given the page: where its GStreamer is not whole, its process ends when a page asks which films it can
// write.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { serveStatic } from '../../www/serve.js';
import { artefacts } from '../browser/chromium.js';
import * as firefox from './firefox.mjs';
import * as webkit from './webkit.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const BROWSERS = [
  {
    name: 'Firefox',
    variable: 'SODA_FIREFOX',
    launch: firefox.launch,
    builds: ['cpu', 'cpu-relaxed'],
    hasPage: true,
  },
  {
    name: 'WebKitGTK',
    variable: 'SODA_WEBKIT',
    launch: webkit.launch,
    builds: ['cpu'], // It has no relaxed SIMD.
    hasPage: false,
  },
];
const PANELS = ['sample', 'edit', 'teach', 'recognise', 'map', 'sounds', 'morph'];

for (const { name, variable, launch, builds, hasPage } of BROWSERS) {
  const path = process.env[variable];
  const skip = path
    ? false
    : `${variable} names no ${name}; make test sets it where it finds or installs one`;
  describe(name, { skip, timeout: 180_000 }, () => {
    let browser;
    let server;

    before(async () => {
      server = await serveStatic({
        '/': join(root, 'dist'),
        '/pkg/': join(root, 'pkg'),
        '/fixtures/': join(root, 'tests/fixtures'),
        '/pages/': join(root, 'tests/browser/pages'),
      });
      browser = await launch(path);
    });
    after(async () => {
      await browser?.close();
      await server?.close();
    });

    const open = (path) => browser.open(server.url + path);

    /** The library without a bundler, under the policy that embedding.md names. */
    async function library() {
      const page = await open('pages/plain.html');
      await page.waitFor(() => 'lib' in window);
      return page;
    }

    for (const build of builds) {
      test(`the ${build} build computes what the native program computes`, async () => {
        const parity = JSON.parse(readFileSync(join(root, 'tests/fixtures/parity.json'), 'utf8'));
        const page = await library();
        const found = await page.evaluate(
          async (parity, build) => {
            const base = new URL(`/pkg/dist/${build}/`, location.href);
            const module = await import(new URL('soda.js', base).href);
            await module.default({ module_or_path: new URL('soda_bg.wasm', base) });
            const [config, weights] = await Promise.all([
              fetch('/fixtures/rendering/config.json').then((response) => response.text()),
              fetch('/fixtures/rendering/model.safetensors').then((response) =>
                response.arrayBuffer(),
              ),
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
        assert.deepEqual(page.errors, []);
        await page.close();
      });
    }

    test('pictures of every kind are read alike', async () => {
      const page = await library();
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
        page.errors.filter((error) => !error.includes('404')),
        [],
      );
      await page.close();
    });

    test(
      'without a model: a morph moves, pictures are sorted, sounds are seen',
      { skip },
      async () => {
        const page = await library();
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
        assert.deepEqual(page.errors, []);
        await page.close();
      },
    );

    test('the element shows a morph, with a model and without', async () => {
      const page = await open('pages/element.html');
      await page.waitFor(() => customElements.get('soda-morph') !== undefined);
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
      assert.deepEqual(page.errors, []);
      await page.close();
    });

    if (hasPage)
      test('the page: the first morph moves, the model paints, every panel opens', async () => {
        const page = await open('?model=fixtures/tiny/&backend=cpu');
        await page.waitFor(() => document.documentElement.dataset.state === 'ready');
        await page.evaluate(() => {
          window.first = document.querySelector('canvas#stage').toDataURL();
        });
        await page.waitFor(
          () => document.querySelector('canvas#stage').toDataURL() !== window.first,
        );
        mkdirSync(join(artefacts(), 'screenshots'), { recursive: true });
        for (const panel of PANELS) {
          await page.click(`#nav a[href^="#${panel}"]`);
          await page.evaluate((panel) => {
            window.wanted = panel;
          }, panel);
          await page.waitFor(() => {
            const { panel, state } = document.documentElement.dataset;
            return panel === window.wanted && state === 'ready';
          });
          await page.screenshot(join(artefacts(), `screenshots/firefox-${panel}.png`));
        }
        assert.deepEqual(page.errors, []);
        await page.close();
      });
  });
}
