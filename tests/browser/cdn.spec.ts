import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serveStatic } from '../../www/serve.js';
import { expect, test as base } from './site.js';

const root = join(import.meta.dirname, '../..');
const { version } = JSON.parse(readFileSync(join(root, 'pkg/package.json'), 'utf8')) as {
  version: string;
};

/** Another origin that has the packages under the paths that a CDN has them under. */
const test = base.extend<{ cdn: string }>({
  cdn: async ({}, use) => {
    const mounts = {
      [`/npm/soda-morph@${version}/`]: join(root, 'pkg'),
      [`/npm/@soda-morph/tiny@${version}/`]: join(root, 'tests/fixtures/tiny'),
    };
    const server = await serveStatic(mounts, { shared: true });
    await use(`${server.url}npm/`);
    await server.close();
  },
});

test('a plain page has everything from a CDN, by an import map, with the policy that the guide gives', async ({
  page,
  site,
  cdn,
}) => {
  const origin = new URL(cdn).origin;
  const policy = `default-src 'none'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval' ${origin}; worker-src blob: ${origin}; connect-src 'self' ${origin}; img-src 'self' data:`;
  writeFileSync(
    join(site.scratch, 'cdn.html'),
    `<!doctype html>
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <link rel="icon" href="data:,">
    <script type="importmap">{ "imports": { "soda-morph": "${cdn}soda-morph@${version}/dist/index.js", "soda-morph/element": "${cdn}soda-morph@${version}/dist/element.js" } }</script>
    <script type="module">
      import { configure } from 'soda-morph';
      import 'soda-morph/element';
      configure({ models: '${cdn}@soda-morph/{name}@{version}/' });
      document.addEventListener('soda-complete', ({ detail }) => { document.title = String(detail.frames.length) + ' frames'; });
      document.body.innerHTML = '<soda-morph model="tiny" backend="cpu" from="../gallery/fox.png" to="../gallery/panda.png" frames="3"></soda-morph>';
    </script>`,
  );
  await page.goto('scratch/cdn.html');
  await expect(page).toHaveTitle('3 frames');
});

test('by default a name is a package of this version on a public CDN', async ({ plain }) => {
  // No test asks a real CDN: the page's own fetch answers in its place.
  const name = await plain.evaluate(async () => {
    const { Soda, configure } = window.lib;
    const asked: string[] = [];
    configure({
      fetch: (url, init) => {
        const { href, origin } = new URL(url as string);
        asked.push(href);
        return fetch(
          origin === location.origin ? href : `/fixtures/tiny/${href.split('/').at(-1) ?? ''}`,
          init,
        );
      },
    });
    const soda = await Soda.load('tiny', { backend: 'cpu' });
    return [soda.config.name, ...asked.filter((url) => !url.startsWith(location.origin))];
  });
  const folder = `https://cdn.jsdelivr.net/npm/@soda-morph/tiny@${version}/`;
  expect(name).toEqual(['tiny', `${folder}config.json`, `${folder}model.safetensors`]);
});
