// Draws avatars in several styles: node build-styles.mjs --out FOLDER [--train 12000] [--test 150] [--side 64] [--seed 1]
// FOLDER/avatars64-train.tar: avatars at random. FOLDER/avatars64-test.tar: others, each with a variant for every attribute that its style can change.
// A sample is 000012.png and 000012.json, which names its attributes.

import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeTar } from '../emoji/tar.mjs';
import { drawing, rasterise } from './avatars.mjs';
import { avatar, checkLicences, svg, variants } from './styles.mjs';

async function archive(path, avatars, side) {
  const members = [];
  for (const [number, each] of avatars.entries()) {
    const key = String(number).padStart(6, '0');
    members.push([`${key}.png`, await rasterise(svg(each), side)], [`${key}.json`, Buffer.from(JSON.stringify(each.attributes))]);
  }
  await writeTar(path, members);
  console.log(`${path}: ${avatars.length} avatars, ${(statSync(path).size / 1e6).toFixed(1)} MB`);
}

async function main() {
  const text = (value) => ({ type: 'string', default: value });
  const { values } = parseArgs({
    options: { out: { type: 'string' }, train: text('12000'), test: text('150'), side: text('64'), seed: text('1') },
  });
  if (!values.out) throw new Error('say where to: node build-styles.mjs --out FOLDER');
  const number = (name) => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < 1) throw new Error(`${name}: is ${values[name]}, needs to be a whole number above 0`);
    return value;
  };
  checkLicences();
  const draw = drawing(number('seed'));
  const test = Array.from({ length: number('test') }, () => variants(avatar(draw), draw)).flat();
  // Nobody of the test set is learnt from, and nobody is drawn twice.
  const held = new Set(test.map((each) => svg(each)));
  const train = [];
  while (train.length < number('train')) {
    const own = avatar(draw);
    const drawn = svg(own);
    if (held.has(drawn)) continue;
    held.add(drawn);
    train.push(own);
  }
  mkdirSync(values.out, { recursive: true });
  await archive(join(values.out, 'avatars64-train.tar'), train, number('side'));
  await archive(join(values.out, 'avatars64-test.tar'), test, number('side'));
}

main().catch((error) => {
  console.error(`avatars: ${error.message}`);
  process.exitCode = 1;
});
