// Paints the morph that the page opens with, by the shipped model in the built page: `npm run opening -- FROM TO` (gallery ids).
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { launchOptions } from '../tests/browser/chromium.js';
import { serveStatic } from './serve.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'www/public/opening');
const [from, to] = process.argv.slice(2);
/** @type {{ id: string, file: string }[]} */
const gallery = JSON.parse(await readFile(join(root, 'www/public/gallery/gallery.json'), 'utf8'));
const files = [from, to].map((id) => gallery.find((entry) => entry.id === id)?.file);
if (!from || !to || !files[0] || !files[1]) {
  console.error(`usage: npm run opening -- FROM TO, two of: ${gallery.map((entry) => entry.id).join(' ')}`);
  process.exit(1);
}

const server = await serveStatic({ '/': join(root, 'dist'), '/pkg/': join(root, 'pkg'), '/pages/': join(root, 'tests/browser/pages') });
const browser = await chromium.launch(launchOptions(false));
const page = await browser.newPage();
await page.goto(`${server.url}pages/plain.html`);
await page.waitForFunction(() => 'lib' in window);
const strip = await page.evaluate(async (files) => {
  const soda = await window.lib.Soda.load('/models/emoji64/', { backend: 'cpu' });
  const [a, b] = await soda.encode(files.map((file) => `/gallery/${file ?? ''}`));
  if (!a || !b) throw new Error('no latents');
  /** @type {ImageData[]} */
  const frames = [];
  for await (const frame of soda.interpolate(a, b)) frames.push(frame);
  const { size } = soda.config;
  const canvas = Object.assign(document.createElement('canvas'), { width: size * frames.length, height: size });
  frames.forEach((frame, i) => { canvas.getContext('2d')?.putImageData(frame, i * size, 0); });
  return { frames: frames.length, png: canvas.toDataURL('image/png').split(',')[1] ?? '' };
}, files);
await browser.close();
await server.close();

const weights = await readFile(join(root, 'models/emoji64/model.safetensors'));
const manifest = { from, to, frames: strip.frames, file: 'strip.png', weights: createHash('sha256').update(weights).digest('hex') };
await mkdir(folder, { recursive: true });
await writeFile(join(folder, 'strip.png'), Buffer.from(strip.png, 'base64'));
await writeFile(join(folder, 'opening.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
console.log(`www/public/opening: ${from} becomes ${to}, ${strip.frames} frames`);
