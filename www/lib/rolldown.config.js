import { defineConfig } from 'rolldown';

// Plain ES modules, each whole, but that the element imports the library. `new URL(…, import.meta.url)` stays as written, so that a page without a bundler finds
// the worker and the engines beside index.js, and a bundler sees the pattern it knows.
export default defineConfig(
  ['index', 'worker', 'element'].map((name) => ({
    input: `www/lib/${name}.ts`,
    platform: 'browser',
    external: name === 'element' ? [/\/index\.js$/] : [],
    output: { sourcemap: true, file: `pkg/dist/${name}.js`, paths: (id) => (id.endsWith('/index.js') ? './index.js' : id) },
  })),
);
