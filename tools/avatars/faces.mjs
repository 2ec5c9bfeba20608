// Takes the page's gallery of faces from what the model faces64 has drawn:
//   soda sample --model models/faces64 --count 48 --seed 4 --size 256 --out FOLDER
//   node faces.mjs --drawn FOLDER --out www/public/gallery
// 24 that differ, picked by eye. FOLDER/faces/*.webp and FOLDER/faces.json, with what the model has learnt from.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';

const PICKED = [
  12, 15, 0, 3, 4, 5, 9, 13, 14, 17, 19, 21, 22, 24, 25, 29, 31, 33, 35, 38, 40, 44, 46, 47,
];
const ATTRIBUTION =
  'Faces drawn by the model faces64, none of them a person; it learnt from the Face Research Lab ' +
  'London Set and from Young Adult White Faces by DeBruine and Jones, 2017, CC BY 4.0';

const { values } = parseArgs({
  options: { drawn: { type: 'string' }, out: { type: 'string' } },
});
if (!values.drawn || !values.out)
  throw new Error('say from where and where to: faces.mjs --drawn FOLDER --out www/public/gallery');
mkdirSync(join(values.out, 'faces'), { recursive: true });
const entries = [];
for (const [i, drawn] of PICKED.entries()) {
  const number = String(i + 1).padStart(2, '0');
  const file = `faces/${number}.webp`;
  const picture = join(values.drawn, `${String(drawn).padStart(3, '0')}.png`);
  await sharp(picture).webp({ quality: 92 }).toFile(join(values.out, file));
  entries.push({
    id: `face-${number}`,
    name: `drawn face ${i + 1}`,
    file,
    style: 'faces64',
    attribution: ATTRIBUTION,
  });
}
const lines = entries.map((entry) => `  ${JSON.stringify(entry)}`);
writeFileSync(join(values.out, 'faces.json'), `[\n${lines.join(',\n')}\n]\n`);
