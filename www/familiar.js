// Measures what the page calls far from a model's world (www/page/parts/familiar.ts): `npm run familiar -- MODEL FOLDER`, MODEL one of
// models/, FOLDER with held-out pictures. Run with other folders it says how many of them would be called so.
import { readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { launchOptions } from '../tests/browser/chromium.js';
import { serveStatic } from './serve.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [model, folder] = process.argv.slice(2);
if (!model || !folder) {
  console.error('usage: npm run familiar -- MODEL FOLDER');
  process.exit(1);
}
const files = readdirSync(folder).filter((file) => /\.(png|jpe?g|webp)$/.test(file)).sort();
const server = await serveStatic({ '/': join(root, 'dist'), '/pkg/': join(root, 'pkg'), '/pages/': join(root, 'tests/browser/pages'), '/pictures/': resolve(folder) });
const browser = await chromium.launch(launchOptions(false));
const page = await browser.newPage();
await page.goto(`${server.url}pages/plain.html`);
await page.waitForFunction(() => 'lib' in window);
const scores = await page.evaluate(async ({ model, pictures }) => {
  const soda = await window.lib.Soda.load(`/models/${model}/`, { backend: 'cpu' });
  const scores = [];
  for (const picture of pictures) {
    const [[latent], [wanted]] = await Promise.all([soda.encode(picture), soda.prepare(picture)]);
    if (!latent || !wanted) throw new Error(`${picture}: no latent`);
    const [painted] = await soda.decode(latent);
    const colours = (/** @type {ImageData | undefined} */ picture) => [...(picture?.data ?? [])].filter((_, at) => at % 4 < 3);
    const [x, y] = [colours(wanted), colours(painted)];
    const mean = x.reduce((sum, each) => sum + each, 0) / x.length;
    const missed = x.reduce((sum, each, at) => sum + (each - (y[at] ?? 0)) ** 2, 0);
    const variance = x.reduce((sum, each) => sum + (each - mean) ** 2, 0);
    scores.push((missed / variance) * Math.sqrt(latent.values.reduce((sum, each) => sum + each ** 2, 0) / latent.values.length));
  }
  return scores;
}, { model, pictures: files.map((file) => `/pictures/${encodeURIComponent(file)}`) });
await browser.close();
await server.close();

scores.sort((a, b) => a - b);
const quantile = (/** @type {number} */ share) => (scores[Math.min(scores.length - 1, Math.floor(share * scores.length))] ?? NaN).toFixed(3);
console.log(`${String(scores.length)} pictures: half below ${quantile(0.5)}, 95 of 100 below ${quantile(0.95)}`);
for (const limit of [0.18, 0.281]) console.log(`above ${String(limit)}: ${((100 * scores.filter((score) => score > limit).length) / scores.length).toFixed(0)} %`);
