import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { weightsName, withName } from '../name-weights.mjs';
import { writePackage } from '../packages.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const models = readdirSync(join(root, 'models')).filter((name) => existsSync(join(root, 'models', name, 'config.json')));
const json = (/** @type {string[]} */ ...path) => JSON.parse(readFileSync(join(...path), 'utf8'));

test('a name takes the place of an older one, and leaves all else as it was', () => {
  const name = weightsName(Buffer.from('weights'));
  const named = withName('{\n  "seed": 12345678901234567890,\n  "mean": 1.0\n}\n', name);
  assert.match(named, /^\{\n {2}"seed": 12345678901234567890,\n {2}"mean": 1\.0,\n/);
  assert.deepEqual(JSON.parse(named).weights, name);
  const later = weightsName(Buffer.from('other weights'));
  assert.equal(withName(named, later), withName('{\n  "seed": 12345678901234567890,\n  "mean": 1.0\n}\n', later));
});

for (const model of models) {
  test(`${model}: config.json names the weights beside it (else: npm run name-weights)`, () => {
    const weights = readFileSync(join(root, 'models', model, 'model.safetensors'));
    assert.deepEqual(json(root, 'models', model, 'config.json').weights, weightsName(weights));
  });

  test(`${model}: its package has weights, card, notices and the library's version, and packs`, (context) => {
    const out = mkdtempSync(join(tmpdir(), 'soda-models-'));
    context.after(() => rmSync(out, { recursive: true }));
    const folder = writePackage(model, out);
    const about = json(folder, 'package.json');
    assert.equal(about.name, `@soda-morph/${model}`);
    assert.equal(about.version, json(root, 'pkg/package.json').version);
    assert.equal(about.license, json(folder, 'config.json').licence);
    const [packed] = JSON.parse(execFileSync('npm', ['pack', '--json', '--dry-run', folder], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
    const files = packed.files.map((/** @type {{ path: string }} */ { path }) => path);
    for (const file of ['README.md', 'NOTICE', 'LICENSES/Apache-2.0.txt', 'config.json', 'model.safetensors']) assert.ok(files.includes(file), file);
    const card = readFileSync(join(folder, 'README.md'), 'utf8');
    for (const [, target] of card.matchAll(/\]\(([^)#:]+)\)/g)) assert.ok(existsSync(join(folder, target ?? '')), `the card's link ${target}`);
  });
}
