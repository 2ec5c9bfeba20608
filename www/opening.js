// Makes what is shown before anything can be computed, by the built library: the first frames of
// the page's first morph, the icons, and the picture for link previews. `npm run opening -- FROM
// TO` (gallery ids).
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { launchOptions } from '../tests/browser/chromium.js';
import { serveStatic } from './serve.js';

/** Frames, and their side in pixels. The first ones are a strip of their own, decoded at once. */
const FRAMES = 25;
const FIRST = 5;
const SIDE = 320;

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const shown = join(root, 'www/public');
const [from, to] = process.argv.slice(2);
/** @type {{ id: string, file: string }[]} */
const gallery = JSON.parse(await readFile(join(shown, 'gallery/gallery.json'), 'utf8'));
const files = [from, to].map((id) =>
  gallery.find((entry) => entry.id === id)?.file.replace('.png', '.webp'),
);
if (!from || !to || !files[0] || !files[1]) {
  console.error(
    `usage: npm run opening -- FROM TO, two of: ${gallery.map((entry) => entry.id).join(' ')}`,
  );
  process.exit(1);
}

const server = await serveStatic({
  '/gallery/': join(shown, 'gallery'),
  '/pkg/': join(root, 'pkg'),
  '/pages/': join(root, 'tests/browser/pages'),
  '/': shown,
});
const browser = await chromium.launch(launchOptions(false));
const page = await browser.newPage();
await page.goto(`${server.url}pages/plain.html`);
await page.waitForFunction(() => 'lib' in window);
const made = await page.evaluate(
  async ({ files, count, first, side }) => {
    const [a = '', b = ''] = files.map((file) => `/gallery/large/${file ?? ''}`);
    const pair = await window.lib.morph(a, b, { size: 512, fit: 'contain' });
    /** @param {OffscreenCanvas} canvas @param {string} type @param {number} [quality] */
    const encoded = async (canvas, type, quality) => {
      const bytes = new Uint8Array(
        await (await canvas.convertToBlob({ type, quality })).arrayBuffer(),
      );
      return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
    };
    /** @param {number} width @param {number} height */
    const canvasOf = (width, height) => {
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext('2d');
      if (!context) throw new Error('no canvas');
      context.imageSmoothingQuality = 'high';
      return { canvas, context };
    };
    /** @param {number} t */
    const frameAt = async (t) => {
      const frame = await pair.frame(t);
      const { canvas, context } = canvasOf(frame.width, frame.height);
      context.putImageData(frame, 0, 0);
      return canvas;
    };
    /** @param {number} from @param {number} to */
    const strip = async (from, to) => {
      const { canvas, context } = canvasOf(side * (to - from), side);
      for (let i = from; i < to; i++)
        context.drawImage(await frameAt(i / (count - 1)), (i - from) * side, 0, side, side);
      return encoded(canvas, 'image/webp', 0.8);
    };

    // Five steps on a card, and the word.
    const card = canvasOf(1200, 630);
    card.context.fillStyle = '#f3f6f3';
    card.context.fillRect(0, 0, 1200, 630);
    card.context.fillStyle = '#131a15';
    card.context.font = '700 88px system-ui, sans-serif';
    card.context.fillText('soda', 72, 148);
    card.context.font = '400 40px system-ui, sans-serif';
    card.context.fillStyle = '#566259';
    card.context.fillText('One picture becomes another, in your browser.', 72, 560);
    for (let i = 0; i < 5; i++) {
      const x = 72 + i * 216;
      card.context.fillStyle = '#ffffff';
      card.context.beginPath();
      card.context.roundRect(x, 220, 192, 192 + 48, 28);
      card.context.fill();
      card.context.drawImage(await frameAt(i / 4), x + 12, 256, 168, 168);
    }

    const mark = new Image();
    mark.src = '/favicon.svg';
    await mark.decode();
    /**
     * @param {number} size @param {number} share of the canvas that the mark takes @param {string}
     * [ground]
     */
    const icon = (size, share, ground) => {
      const { canvas, context } = canvasOf(size, size);
      if (ground) {
        context.fillStyle = ground;
        context.fillRect(0, 0, size, size);
      }
      const [at, length] = [(size * (1 - share)) / 2, size * share];
      context.drawImage(mark, at, at, length, length);
      return encoded(canvas, 'image/png');
    };
    return {
      files: {
        'opening/first.webp': await strip(0, first),
        'opening/rest.webp': await strip(first, count),
        'og.png': await encoded(card.canvas, 'image/png'),
        'icons/180.png': await icon(180, 1, '#0b7a48'),
        'icons/192.png': await icon(192, 1),
        'icons/512.png': await icon(512, 1),
        'icons/maskable.png': await icon(512, 0.8, '#0b7a48'),
      },
    };
  },
  { files, count: FRAMES, first: FIRST, side: SIDE },
);
await browser.close();
await server.close();

await mkdir(join(shown, 'opening'), { recursive: true });
await mkdir(join(shown, 'icons'), { recursive: true });
for (const [file, picture] of Object.entries(made.files))
  await writeFile(join(shown, file), Buffer.from(picture, 'base64'));
await writeFile(
  join(shown, 'opening/opening.json'),
  `${JSON.stringify({ from, to }, undefined, 2)}\n`,
);
console.log(
  `www/public: ${from} becomes ${to} in ${String(FRAMES)} frames; icons; the picture for link ` +
    `previews`,
);
