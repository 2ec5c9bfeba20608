// The built package as a user gets it: importable where there is no browser, typed, and complete.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

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
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: here, encoding: 'utf8' });
  assert.deepEqual(JSON.parse(out), ['Soda', 'SodaError', 'analogy', 'clearCache', 'configure', 'lerp', 'mix', 'similarity', 'slerp']);
});

test('the element can be imported on a server, where it defines nothing', async () => {
  const { SodaMorph, words } = await import('soda-morph/element');
  assert.equal(typeof SodaMorph, 'function');
  assert.equal(words.position(40), '40 % of the way');
});

test('latents are added and compared without an engine', async () => {
  const { lerp, similarity } = await import('soda-morph');
  const [a, b] = [[1, 0], [0, 1]].map((values) => ({ values: new Float32Array(values), groups: [2] }));
  assert.deepEqual([...lerp(a, b, 0.25).values], [0.75, 0.25]);
  assert.equal(similarity(a, b), 0);
});

test('where there are no workers, load rejects as unsupported', async () => {
  const { Soda, SodaError } = await import('soda-morph');
  await assert.rejects(Soda.load('model/'), (error) => error instanceof SodaError && error.code === 'unsupported');
});

for (const config of ['tsconfig.json', 'tsconfig.node.json']) {
  test(`the types hold, ${config}`, () => {
    execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(here, config)], { stdio: 'pipe', encoding: 'utf8' });
  });
}

test('what the package publishes is all there: three modules, types, three engines', () => {
  const { exports } = JSON.parse(readFileSync(join(root, 'pkg/package.json'), 'utf8'));
  for (const file of [...Object.values(exports['.']), ...Object.values(exports['./element'])]) assert.ok(readFileSync(join(root, 'pkg', file)).length > 0, file);
  for (const build of ['cpu', 'cpu-relaxed', 'webgpu']) {
    const files = readdirSync(join(dist, build));
    for (const file of ['soda.js', 'soda_bg.wasm']) assert.ok(files.includes(file), `${build}/${file}`);
  }
});

test('bundlers and plain pages alike find worker and engines: every URL is written beside import.meta.url', () => {
  const code = readFileSync(join(dist, 'index.js'), 'utf8');
  for (const file of ['worker.js', 'cpu/soda.js', 'cpu/soda_bg.wasm', 'cpu-relaxed/soda.js', 'cpu-relaxed/soda_bg.wasm', 'webgpu/soda.js', 'webgpu/soda_bg.wasm']) {
    assert.ok(code.includes(`new URL("./${file}", import.meta.url)`), file);
  }
});
