// Draws avatars: node build.mjs --out FOLDER [--train 4000] [--test 200] [--side 64] [--seed 1]
// FOLDER/avatars-train.tar: persons drawn at random. FOLDER/avatars-test.tar: other persons, each with one variant for every attribute.
// A sample is 000012.png and 000012.json, which names its attributes.

import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeTar } from '../emoji/tar.mjs';
import { drawing, person, png, variants } from './avatars.mjs';

/** Throws if the installed style is not under the licence it was chosen for. */
function checkLicence() {
  const place = createRequire(import.meta.url).resolve('@dicebear/personas');
  const licence = readFileSync(join(place.slice(0, place.lastIndexOf('personas') + 'personas'.length), 'LICENSE'), 'utf8');
  if (!licence.includes('License: CC BY 4.0')) throw new Error('@dicebear/personas is no longer CC BY 4.0; choose another style');
}

async function archive(path, avatars, side) {
  const members = [];
  for (const [number, attributes] of avatars.entries()) {
    const key = String(number).padStart(6, '0');
    members.push([`${key}.png`, await png(attributes, side)], [`${key}.json`, Buffer.from(JSON.stringify(attributes))]);
  }
  await writeTar(path, members);
  console.log(`${path}: ${avatars.length} avatars, ${(statSync(path).size / 1e6).toFixed(1)} MB`);
}

async function main() {
  const text = (value) => ({ type: 'string', default: value });
  const { values } = parseArgs({
    options: { out: { type: 'string' }, train: text('4000'), test: text('200'), side: text('64'), seed: text('1') },
  });
  if (!values.out) throw new Error('say where to: node build.mjs --out FOLDER');
  const number = (name) => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < 1) throw new Error(`${name}: is ${values[name]}, needs to be a whole number above 0`);
    return value;
  };
  checkLicence();
  const draw = drawing(number('seed'));
  const test = Array.from({ length: number('test') }, () => variants(person(draw), draw)).flat();
  // Nobody of the test set is learnt from.
  const held = new Set(test.map((attributes) => JSON.stringify(attributes)));
  const train = [];
  while (train.length < number('train')) {
    const own = person(draw);
    if (!held.has(JSON.stringify(own))) train.push(own);
  }
  mkdirSync(values.out, { recursive: true });
  await archive(join(values.out, 'avatars-train.tar'), train, number('side'));
  await archive(join(values.out, 'avatars-test.tar'), test, number('side'));
}

main().catch((error) => {
  console.error(`avatars: ${error.message}`);
  process.exitCode = 1;
});
