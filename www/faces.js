// Draws the gallery of the faces model by that model, in the built page: `npm run faces`. None of
// them is a person.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { launchOptions } from '../tests/browser/chromium.js';
import { serveStatic } from './serve.js';

const SEED = 1;
const DRAWN = 60;
const KEPT = 24;
/** As the renderer makes them. */
const SIZE = 256;
const QUALITY = 0.92;

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'www/public/gallery');
const server = await serveStatic({
  '/': join(root, 'dist'),
  '/pkg/': join(root, 'pkg'),
  '/pages/': join(root, 'tests/browser/pages'),
});
const browser = await chromium.launch(launchOptions(false));
const page = await browser.newPage();
await page.goto(`${server.url}pages/plain.html`);
await page.waitForFunction(() => 'lib' in window);
const faces = await page.evaluate(
  async ({ count, seed, kept, size, quality }) => {
    const soda = await window.lib.Soda.load('/models/faces64/', { backend: 'cpu' });
    const drawn = await soda.sample({ count, seed, size });
    // The most usual ones: a latent far out paints a face that is blurred or broken.
    const length = ({ latent }) => Math.hypot(...latent.values);
    const chosen = [...drawn].sort((a, b) => length(a) - length(b)).slice(0, kept);
    return drawn
      .filter((each) => chosen.includes(each))
      .map(({ picture }) => {
        const canvas = Object.assign(document.createElement('canvas'), {
          width: picture.width,
          height: picture.height,
        });
        canvas.getContext('2d')?.putImageData(picture, 0, 0);
        return canvas.toDataURL('image/webp', quality).split(',')[1] ?? '';
      });
  },
  { count: DRAWN, seed: SEED, kept: KEPT, size: SIZE, quality: QUALITY },
);
await browser.close();
await server.close();

await rm(join(folder, 'faces'), { recursive: true, force: true });
await mkdir(join(folder, 'faces'), { recursive: true });
const attribution =
  'Faces drawn by the model faces64, none of them a person; it learnt from the Face Research ' +
  'Lab London Set and from Young Adult White Faces by DeBruine and Jones, 2017, CC BY 4.0';
const entries = faces.map((picture, i) => {
  const number = String(i + 1).padStart(2, '0');
  return {
    picture,
    entry: {
      id: `face-${number}`,
      name: `drawn face ${String(i + 1)}`,
      file: `faces/${number}.webp`,
      style: 'faces64',
      attribution,
    },
  };
});
for (const { picture, entry } of entries)
  await writeFile(join(folder, entry.file), Buffer.from(picture, 'base64'));
await writeFile(
  join(folder, 'faces.json'),
  `[\n${entries.map(({ entry }) => `  ${JSON.stringify(entry)}`).join(',\n')}\n]\n`,
);
console.log(`www/public/gallery/faces: ${String(faces.length)} faces`);
