// Draws avatars: node build.mjs --out FOLDER [--set avatars|avatars64] [--train COUNT] [--test COUNT] [--side 64] [--seed 1]
// FOLDER/SET-train.tar (avatars256-train.tar for avatars64 at --side 256, and so on): avatars at random. FOLDER/SET-test.tar: others, each with a variant for every attribute that can be changed.
// A sample is 000012.png and 000012.json, which names its attributes.
//
// avatars is one style, whose every attribute is known, to measure edits on. avatars64 is five styles, what the model of that name learns from.

import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeTar } from '../emoji/tar.mjs';
import * as personas from './avatars.mjs';
import { checkLicences } from './licences.mjs';
import * as styles from './styles.mjs';

/** How an avatar of each set is drawn at random and varied, what it is, how many there are, and whether each is learnt from once only. */
const SETS = {
  avatars: {
    random: personas.person,
    variants: personas.variants,
    attributes: (each) => each,
    svg: personas.svg,
    train: 4000,
    test: 200,
    unique: false,
  },
  avatars64: {
    random: styles.avatar,
    variants: styles.variants,
    attributes: ({ attributes }) => attributes,
    svg: styles.svg,
    train: 30000,
    test: 150,
    unique: true,
  },
};

async function archive(path, avatars, { attributes, svg }, side) {
  const members = [];
  for (const [number, each] of avatars.entries()) {
    const key = String(number).padStart(6, '0');
    members.push(
      [`${key}.png`, await personas.rasterise(svg(each), side)],
      [`${key}.json`, Buffer.from(JSON.stringify(attributes(each)))],
    );
  }
  await writeTar(path, members);
  console.log(`${path}: ${avatars.length} avatars, ${(statSync(path).size / 1e6).toFixed(1)} MB`);
}

async function main() {
  const text = (value) => ({ type: 'string', default: value });
  const { values } = parseArgs({
    options: {
      out: { type: 'string' },
      set: text('avatars'),
      train: { type: 'string' },
      test: { type: 'string' },
      side: text('64'),
      seed: text('1'),
    },
  });
  if (!values.out) throw new Error('say where to: node build.mjs --out FOLDER');
  if (!(values.set in SETS))
    throw new Error(`set: is ${values.set}, not one of ${Object.keys(SETS).join(', ')}`);
  const set = SETS[values.set];
  const number = (name) => {
    const value = Number(values[name] ?? set[name]);
    if (!Number.isInteger(value) || value < 1)
      throw new Error(`${name}: is ${values[name]}, needs to be a whole number above 0`);
    return value;
  };
  checkLicences();
  const draw = personas.drawing(number('seed'));
  const test = Array.from({ length: number('test') }, () =>
    set.variants(set.random(draw), draw),
  ).flat();
  // Nobody of the test set is learnt from.
  const held = new Set(test.map(set.svg));
  const train = [];
  while (train.length < number('train')) {
    const own = set.random(draw);
    const drawn = set.svg(own);
    if (held.has(drawn)) continue;
    if (set.unique) held.add(drawn);
    train.push(own);
  }
  mkdirSync(values.out, { recursive: true });
  // A set of another side does not take the place of the one that models learn from.
  const side = number('side');
  const name = side === 64 ? values.set : `${values.set.replace(/64$/, '')}${side}`;
  await archive(join(values.out, `${name}-train.tar`), train, set, side);
  await archive(join(values.out, `${name}-test.tar`), test, set, side);
}

main().catch((error) => {
  console.error(`avatars: ${error.message}`);
  process.exitCode = 1;
});
