// Draws the page's gallery of avatars: node gallery.mjs --out www/public/gallery. Five of each style, none of which avatars64 has learnt from.
// FOLDER/avatars/*.png and FOLDER/avatars.json, with who drew each style.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { drawing, rasterise } from './avatars.mjs';
import { LICENCES, checkLicences } from './licences.mjs';
import { STYLES, avatar, svg } from './styles.mjs';

const EACH = 5;
const SIDE = 256;
/** Another one than that of the training set. */
const SEED = 7;

const { values } = parseArgs({ options: { out: { type: 'string' } } });
if (!values.out) throw new Error('say where to: node gallery.mjs --out www/public/gallery');
checkLicences();
const draw = drawing(SEED);
const chosen = new Map(Object.keys(STYLES).map((style) => [style, []]));
while ([...chosen.values()].some((of) => of.length < EACH)) {
  const one = avatar(draw);
  const of = chosen.get(one.attributes.style);
  if (of.length < EACH) of.push(one);
}
mkdirSync(join(values.out, 'avatars'), { recursive: true });
const entries = [];
for (const [style, avatars] of chosen) {
  const [licence, designer] = LICENCES[style];
  for (const [i, each] of avatars.entries()) {
    const { hair, glasses } = each.attributes;
    const words = [
      hair === 'bald' ? 'bald' : `${hair} hair`,
      ...(glasses === 'none' ? [] : [glasses]),
    ];
    const file = `avatars/${style}-${i + 1}.png`;
    writeFileSync(join(values.out, file), await rasterise(svg(each), SIDE));
    entries.push({
      id: `avatar-${style}-${i + 1}`,
      name: `avatar ${entries.length + 1}, ${words.join(', ')}`,
      file,
      style: 'avatars64',
      attribution: `Drawn by DiceBear in the style ${style} by ${designer}, ${licence}`,
    });
  }
}
writeFileSync(
  join(values.out, 'avatars.json'),
  `[\n${entries.map((entry) => `  ${JSON.stringify(entry)}`).join(',\n')}\n]\n`,
);
console.log(`${join(values.out, 'avatars')}: ${entries.length} avatars`);
