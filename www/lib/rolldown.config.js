import { defineConfig } from 'rolldown';

// Two plain ES modules, each whole. `new URL(…, import.meta.url)` stays as written, so that a page without a bundler finds
// the worker and the engines beside index.js, and a bundler sees the pattern it knows.
export default defineConfig(
  ['index', 'worker'].map((name) => ({
    input: `www/lib/${name}.ts`,
    platform: 'browser',
    output: { file: `pkg/dist/${name}.js` },
  })),
);
