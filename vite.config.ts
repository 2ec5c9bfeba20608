import { cpSync, createReadStream, existsSync, readFileSync, readdirSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import { defineConfig, type Plugin } from 'vite';
import { serviceWorker } from './www/sw/plugin.js';

const root = import.meta.dirname;
const models = join(root, 'models');
/** What a model folder gives to the page. */
const SHIPPED = /[\\/](config\.json|model\.safetensors|README\.md)$/;

/** Puts the shipped models beside the page: copied by the build, read in place by the dev server. */
function shippedModels(): Plugin {
  return {
    name: 'shipped-models',
    configureServer(server) {
      server.middlewares.use('/models', (request, response, next) => {
        const file = normalize(join(models, (request.url ?? '').split('?')[0] ?? ''));
        if (!file.startsWith(models) || !SHIPPED.test(file) || !existsSync(file)) next();
        else createReadStream(file).pipe(response);
      });
    },
    closeBundle() {
      if (!existsSync(models)) return;
      cpSync(models, join(root, 'dist/models'), {
        recursive: true,
        filter: (file) => !extname(file) || SHIPPED.test(file),
      });
    },
  };
}

/** SHA-256 of each shipped model's weights, by its name: the page knows which it was made with. */
function shippedWeights(): Record<string, string> {
  const weights: Record<string, string> = {};
  for (const name of existsSync(models) ? readdirSync(models) : []) {
    const file = join(models, name, 'config.json');
    if (!existsSync(file)) continue;
    const config = JSON.parse(readFileSync(file, 'utf8')) as { weights?: { sha256?: string } };
    if (config.weights?.sha256) weights[name] = config.weights.sha256;
  }
  return weights;
}

/** The dev server puts styles inline and speaks over a socket, which the page's own policy forbids. */
function developmentPolicy(): Plugin {
  return {
    name: 'development-policy',
    apply: 'serve',
    transformIndexHtml: (html) =>
      html
        .replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
        .replace("connect-src 'self'", "connect-src 'self' ws:"),
  };
}

/** Link previews want whole addresses, which are known where the page is built for a site: `SITE_URL=https://… npm run build:page`. */
function linkPreview(): Plugin {
  const site = process.env['SITE_URL'];
  return {
    name: 'link-preview',
    transformIndexHtml: (html) =>
      site === undefined
        ? html
        : html.replace(
            'content="./og.png"',
            `content="${new URL('og.png', site.replace(/\/?$/, '/')).href}"`,
          ),
  };
}

export default defineConfig({
  root,
  base: './',
  publicDir: 'www/public',
  build: {
    outDir: 'dist',
    target: 'es2022',
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1000,
  },
  worker: { format: 'es' },
  define: { SHIPPED_WEIGHTS: JSON.stringify(shippedWeights()) },
  plugins: [
    shippedModels(),
    developmentPolicy(),
    linkPreview(),
    serviceWorker(join(root, 'www/public')),
  ],
});
