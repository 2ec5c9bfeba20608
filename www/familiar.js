// Measures what the page calls far from a model's world (www/page/shell/familiar.ts): `npm run
// familiar -- MODEL FOLDER`, MODEL one of models/, FOLDER with held-out pictures. Run with other
// folders it says how many of them would be called so.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { runnerImport } from 'vite';
import { launchOptions } from '../tests/browser/chromium.js';
import { serveStatic } from './serve.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [model, folder] = process.argv.slice(2);
if (!model || !folder || !existsSync(folder)) {
  console.error('usage: npm run familiar -- MODEL FOLDER, a folder that there is');
  process.exit(1);
}
/** @type {{ module: typeof import('./page/shell/familiar.js') }} */
const {
  module: { USUAL, quantile },
} = await runnerImport(join(root, 'www/page/shell/familiar.ts'));
const {
  module: { unfamiliarity },
} = await runnerImport(join(root, 'www/lib/recognition/unfamiliarity.ts'));
const files = readdirSync(folder)
  .filter((file) => /\.(png|jpe?g|webp)$/.test(file))
  .sort();
if (files.length === 0) {
  console.error(`${folder}: no pictures`);
  process.exit(1);
}
const server = await serveStatic({
  '/': join(root, 'dist'),
  '/pkg/': join(root, 'pkg'),
  '/pages/': join(root, 'tests/browser/pages'),
  '/pictures/': resolve(folder),
});
const browser = await chromium.launch(launchOptions(false));
const page = await browser.newPage();
await page.goto(`${server.url}pages/plain.html`);
await page.waitForFunction(() => 'lib' in window);
// The page's own formula, in the page.
await page.evaluate(`window.unfamiliarity = ${unfamiliarity.toString()}`);
const scores = await page.evaluate(
  async ({ model, pictures }) => {
    const { unfamiliarity } = /** @type {typeof import('./lib/recognition/unfamiliarity.js')} */ (
      /** @type {unknown} */ (window)
    );
    const soda = await window.lib.Soda.load(`/models/${model}/`, { backend: 'cpu' });
    const scores = [];
    for (const picture of pictures) {
      const [[latent], [wanted]] = await Promise.all([soda.encode(picture), soda.prepare(picture)]);
      if (!latent || !wanted) throw new Error(`${picture}: no latent`);
      const [painted] = await soda.decode(latent);
      if (!painted) throw new Error(`${picture}: no painting`);
      scores.push(unfamiliarity(wanted, painted));
    }
    return scores;
  },
  { model, pictures: files.map((file) => `/pictures/${encodeURIComponent(file)}`) },
);
await browser.close();
await server.close();

console.log(
  `${String(scores.length)} pictures: half below ${quantile(scores, 0.5).toFixed(3)}, 95 of 100 ` +
    `below ${quantile(scores, 0.95).toFixed(3)}`,
);
for (const [world, limit] of Object.entries(USUAL)) {
  const far = scores.filter((score) => score > limit).length;
  console.log(
    `far from ${world} (above ${String(limit)}): ${((100 * far) / scores.length).toFixed(0)} %`,
  );
}
