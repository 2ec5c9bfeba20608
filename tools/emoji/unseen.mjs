// Draws the held-out emoji in a style that no model learns from: node unseen.mjs --out FOLDER [--side 64]
// FOLDER/emojiSIDE-test.tar, which build.mjs writes, says which; FOLDER/openmojiSIDE-test.tar is written.
// To measure models on; its licence is share-alike, so that nothing of it is shipped.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { draw, toWebp } from './picture.mjs';
import { UNSEEN, checkLicence } from './sources.mjs';
import { readTar, writeTar } from './tar.mjs';

const { values } = parseArgs({
  options: { out: { type: 'string' }, side: { type: 'string', default: '64' } },
});
if (!values.out) throw new Error('say where to: node unseen.mjs --out FOLDER');
const side = Number(values.side);
const known = join(values.out, `emoji${side}-test.tar`);
if (!existsSync(known)) throw new Error(`there is no ${known}: make data writes it`);
checkLicence(UNSEEN, [UNSEEN.licence]);
const pictures = UNSEEN.read(UNSEEN);
const members = [];
for (const [name, json] of readTar(readFileSync(known))) {
  const picture = name.endsWith('.json') && pictures.get(name.slice(0, -'.json'.length));
  if (!picture) continue;
  const key = name.slice(0, -'.json'.length);
  const webp = await toWebp(await draw(picture.read(), side), side);
  members.push([name, json], [`${key}.${UNSEEN.style}.webp`, webp]);
}
if (members.length === 0) throw new Error(`${UNSEEN.package}: has none of the emoji of ${known}`);
const path = join(values.out, `${UNSEEN.style}${side}-test.tar`);
await writeTar(path, members);
console.log(`${path}: ${members.length / 2} emoji. ${UNSEEN.attribution}`);
