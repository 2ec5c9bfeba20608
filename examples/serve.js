// `npm run examples`: serves the examples with the library, the models and the pictures beside them.
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serveStatic } from '../www/serve.js';

const root = join(import.meta.dirname, '..');

/** What examples ask for, by the address they ask for it. */
export const MOUNTS = {
  '/examples/': import.meta.dirname,
  '/pkg/dist/': join(root, 'pkg/dist'),
  '/models/': join(root, 'models'),
  '/www/public/gallery/': join(root, 'www/public/gallery'),
};

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { url } = await serveStatic(MOUNTS, { port: 4180 });
  console.log(`\n  The examples are at ${url}examples/\n\n  Ctrl+C ends it.\n`);
}
