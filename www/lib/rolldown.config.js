import { defineConfig } from 'rolldown';

/**
 * What a module takes from its siblings instead of holding it again: one class of errors, and one
 * worker for all morphs.
 */
const TAKES = {
  index: {
    'www/lib/morph.ts': './morph.js',
    'www/lib/painted.ts': './painted.js',
    'www/lib/shared/error.ts': './error.js',
  },
  painted: { 'www/lib/morph.ts': './morph.js', 'www/lib/shared/error.ts': './error.js' },
  element: { 'www/lib/index.ts': './index.js' },
  morph: { 'www/lib/shared/error.ts': './error.js' },
  recognition: { 'www/lib/morph.ts': './morph.js' },
  sound: { 'www/lib/shared/error.ts': './error.js' },
};
const INPUTS = { error: 'shared/error' };

// Plain ES modules. `new URL(…, import.meta.url)` stays as written, so that a page without a
// bundler finds the workers and the engines beside index.js, and a bundler sees the pattern it
// knows.
export default defineConfig(
  [
    'index',
    'worker',
    'element',
    'morph',
    'morph-worker',
    'painted',
    'recognition',
    'sound',
    'sound-worker',
    'error',
  ].map((name) => ({
    input: `www/lib/${INPUTS[name] ?? name}.ts`,
    platform: 'browser',
    plugins: [siblings(TAKES[name] ?? {})],
    // Comments are in the types and, whole, in the source maps.
    output: {
      sourcemap: true,
      file: `pkg/dist/${name}.js`,
      comments: { jsdoc: false, annotation: true, legal: true },
    },
  })),
);

/** Leaves the imports of these sources to the modules beside this one. */
function siblings(taken) {
  return {
    name: 'siblings',
    async resolveId(source, importer) {
      if (!importer || !source.startsWith('.')) return null;
      const found = await this.resolve(source, importer, { skipSelf: true });
      const sibling = Object.keys(taken).find((file) =>
        found?.id.replaceAll('\\', '/').endsWith(`/${file}`),
      );
      return sibling ? { id: taken[sibling], external: true } : null;
    },
  };
}
