// The built package as a user gets it: importable where there is no browser, typed, and complete.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');
const dist = join(root, 'pkg/dist');

test('importing under server-side rendering touches neither the DOM nor the network', () => {
  const script = `
    globalThis.fetch = () => { throw new Error('the network was touched'); };
    for (const name of ['window', 'document', 'self', 'Worker']) {
      Object.defineProperty(globalThis, name, { configurable: true, get() { throw new Error(name + ' was touched'); } });
    }
    const names = Object.keys(await import('soda-morph'));
    console.log(JSON.stringify(names.sort()));
  `;
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: here,
    encoding: 'utf8',
  });
  assert.deepEqual(JSON.parse(out), [
    'Soda',
    'SodaError',
    'analogy',
    'average',
    'clearCache',
    'configure',
    'interpolate',
    'lerp',
    'mix',
    'morph',
    'namedDirection',
    'similarity',
    'slerp',
  ]);
});

test('the element can be imported on a server, where it defines nothing', async () => {
  const { SodaMorph, words } = await import('soda-morph/element');
  assert.equal(typeof SodaMorph, 'function');
  assert.equal(words.position(40), '40 % of the way');
});

test('latents are added and compared without an engine', async () => {
  const { lerp, similarity } = await import('soda-morph');
  const [a, b] = [
    [1, 0],
    [0, 1],
  ].map((values) => ({ values: new Float32Array(values), groups: [2] }));
  assert.deepEqual([...lerp(a, b, 0.25).values], [0.75, 0.25]);
  assert.equal(similarity(a, b), 0);
});

test('where there are no workers, load rejects as unsupported', async () => {
  const { Soda, SodaError } = await import('soda-morph');
  await assert.rejects(
    Soda.load('model/'),
    (error) => error instanceof SodaError && error.code === 'unsupported',
  );
});

for (const config of ['tsconfig.json', 'tsconfig.node.json']) {
  test(`the types hold, ${config}`, () => {
    execFileSync(
      process.execPath,
      [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(here, config)],
      { stdio: 'pipe', encoding: 'utf8' },
    );
  });
}

test('what the package publishes is all there: its modules, types, three engines, the morph and sounds', () => {
  const { exports } = JSON.parse(readFileSync(join(root, 'pkg/package.json'), 'utf8'));
  for (const file of [
    ...Object.values(exports['.']),
    ...Object.values(exports['./element']),
    ...Object.values(exports['./morph']),
    ...Object.values(exports['./sound']),
    ...Object.values(exports['./recognition']),
  ])
    assert.ok(readFileSync(join(root, 'pkg', file)).length > 0, file);
  for (const build of ['cpu', 'cpu-relaxed', 'webgpu', 'morph', 'sound']) {
    const files = readdirSync(join(dist, build));
    for (const file of ['soda.js', 'soda_bg.wasm'])
      assert.ok(files.includes(file), `${build}/${file}`);
  }
});

test('bundlers and plain pages alike find worker and engines: every URL is written beside import.meta.url', () => {
  const code = readFileSync(join(dist, 'index.js'), 'utf8');
  for (const file of [
    'worker.js',
    'cpu/soda.js',
    'cpu/soda_bg.wasm',
    'cpu-relaxed/soda.js',
    'cpu-relaxed/soda_bg.wasm',
    'webgpu/soda.js',
    'webgpu/soda_bg.wasm',
  ]) {
    assert.ok(code.includes(`new URL("./${file}", import.meta.url)`), file);
  }
  const morph = readFileSync(join(dist, 'morph.js'), 'utf8');
  for (const file of [
    'morph-worker.js',
    'morph/soda.js',
    'morph/soda_bg.wasm',
    'morph/matcher.safetensors',
  ]) {
    assert.ok(morph.includes(`new URL("./${file}", import.meta.url)`), file);
  }
  const sound = readFileSync(join(dist, 'sound.js'), 'utf8');
  for (const file of ['sound-worker.js', 'sound/soda.js', 'sound/soda_bg.wasm'])
    assert.ok(sound.includes(`new URL("./${file}", import.meta.url)`), file);
});

test('its version is the one that it looks for models of', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'pkg/package.json'), 'utf8'));
  assert.ok(readFileSync(join(dist, 'index.js'), 'utf8').includes(`"${version}"`), version);
});

test('the tarball holds what is needed, licences and notices among it, and nothing else', () => {
  // prepack writes the licences of all crates; it speaks on stderr and on stdout before the list.
  const out = execFileSync('npm', ['pack', '--json', '--dry-run'], {
    cwd: join(root, 'pkg'),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{ files }] = JSON.parse(out.slice(out.indexOf('[\n')));
  const paths = files.map((/** @type {{ path: string }} */ { path }) => path);
  const { exports } = JSON.parse(readFileSync(join(root, 'pkg/package.json'), 'utf8'));
  const published = Object.values(exports).flatMap((each) =>
    typeof each === 'string' ? [each] : Object.values(each),
  );
  for (const file of published.filter((each) => !each.includes('*')))
    assert.ok(paths.includes(file.slice(2)), file);
  for (const file of [
    'README.md',
    'NOTICE',
    'LICENSE-MIT',
    'LICENSE-APACHE',
    'LICENSES/Apache-2.0.txt',
    'custom-elements.json',
    'dist/index.js.map',
  ])
    assert.ok(paths.includes(file), file);
  const strange = paths.filter(
    (/** @type {string} */ path) =>
      !/^(dist\/.*\.(js|js\.map|d\.ts|wasm|safetensors)|LICENSE.*|NOTICE|README\.md|THIRD-PARTY\.txt|[a-z-]+\.json)$/.test(
        path,
      ),
  );
  assert.deepEqual(strange, []);
  const inlined = paths.filter((/** @type {string} */ path) => path.includes('recognition-module'));
  assert.deepEqual(inlined, []);
  const notices = readFileSync(join(root, 'pkg/THIRD-PARTY.txt'), 'utf8');
  for (const crate of [
    'burn',
    'burn-flex',
    'wgpu',
    'wasm-bindgen',
    'safetensors',
    'rustfft',
    'nalgebra',
  ])
    assert.match(notices, new RegExp(`^${crate} \\d.*: .*(MIT|Apache)`, 'm'));
  assert.match(notices, /Permission is hereby granted/);
  assert.match(notices, /Apache License/);
});

/** Most bytes after gzip, of what a page loads. */
const BUDGETS = {
  'index.js': 40_000,
  'worker.js': 40_000,
  'element.js': 40_000,
  'morph.js': 15_000,
  'morph-worker.js': 6_000,
  'painted.js': 6_000,
  'recognition.js': 65_000, // Its WebAssembly lies within.
  'sound.js': 4_000,
  'sound-worker.js': 3_000,
  'sound/soda_bg.wasm': 100_000,
  'morph/soda_bg.wasm': 150_000,
  'morph/matcher.safetensors': 1_400_000,
  'cpu/soda_bg.wasm': 1_100_000,
  'cpu-relaxed/soda_bg.wasm': 1_100_000,
  'webgpu/soda_bg.wasm': 3_300_000,
};

for (const [file, most] of Object.entries(BUDGETS)) {
  test(`${file} is at most ${most} bytes long, gzipped`, () => {
    const { length } = gzipSync(readFileSync(join(dist, file)), { level: 9 });
    assert.ok(length <= most, `${length} bytes`);
  });
}

test('JavaScript is at most 40 kB in all, gzipped', () => {
  const lengths = ['index.js', 'worker.js', 'element.js'].map(
    (file) => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length,
  );
  assert.ok(lengths.reduce((sum, each) => sum + each, 0) <= 40_000, lengths.join(' + '));
});

test('custom-elements.json says what the element has', async () => {
  const { SodaMorph } = await import('soda-morph/element');
  const [
    {
      declarations: [about],
    },
  ] = JSON.parse(readFileSync(join(root, 'pkg/custom-elements.json'), 'utf8')).modules;
  const names = (/** @type {{ name: string }[]} */ list) => list.map(({ name }) => name).sort();
  assert.deepEqual(names(about.attributes), [...SodaMorph.observedAttributes].sort());
  const hidden = [
    'constructor',
    'connectedCallback',
    'disconnectedCallback',
    'adoptedCallback',
    'attributeChangedCallback',
  ];
  // Properties that only reflect an attribute stand in the class below.
  const all = [SodaMorph.prototype, Object.getPrototypeOf(SodaMorph.prototype)].flatMap((each) =>
    Object.getOwnPropertyNames(each),
  );
  assert.deepEqual(
    names(about.members),
    [...new Set(all)].filter((name) => !hidden.includes(name)).sort(),
  );
  const code = readFileSync(join(dist, 'element.js'), 'utf8');
  const told = new Set([...code.matchAll(/#tell\("(soda-[a-z]+)"/g)].map(([, name]) => name));
  assert.deepEqual(names(about.events), [...told].sort());
  const parts = new Set([...code.matchAll(/make\("[a-z]+", "([a-z]+)"/g)].map(([, name]) => name));
  assert.deepEqual(names(about.cssParts), [...parts].sort());
  const colours = new Set([...code.matchAll(/var\((--soda-[a-z]+)/g)].map(([, name]) => name));
  assert.deepEqual(names(about.cssProperties), [...colours].sort());
});
