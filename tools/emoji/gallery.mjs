// Makes the page's gallery: node gallery.mjs [--out FOLDER], by default www/public/gallery.
// The pictures are chosen by hand: things everybody knows and nobody minds, about half of them from held-out concepts.

import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { concepts, identify } from './identity.mjs';
import { loadUnicode, loadVocabulary, slug } from './names.mjs';
import sharp from 'sharp';
import { draw, toPng } from './picture.mjs';
import { STYLES, checkLicence } from './sources.mjs';
import { splitOf } from './split.mjs';

const SIDE = 128;
/** Sides of the larger copies, which morphs of the pictures themselves are made of: drawings have no size of their own, the bitmaps are of this one. */
const LARGE = { drawing: 512, bitmap: 256 };
const LARGE_QUALITY = 82;
const MOST_BYTES = 8192;
/** Palette sizes to try until a picture is small enough; the first is no palette at all. */
const PALETTES = [undefined, 256, 160, 96, 64];
const HERE = dirname(fileURLToPath(import.meta.url));

/** [code points, style], in the order of the page: faces, animals, nature, food, objects and places. */
export const PICKS = [
  ['1f600', 'fluent3d'],
  ['1f618', 'noto'],
  ['1f60e', 'twemoji'],
  ['1f643', 'fluent3d'],
  ['1f634', 'noto'],
  ['1f970', 'fluent3d'],
  ['1f62d', 'twemoji'],
  ['1f92f', 'fluent3d'],
  ['1f976', 'noto'],
  ['1f929', 'noto'],
  ['1f916', 'fluent3d'],
  ['1f47b', 'twemoji'],
  ['1f98a', 'noto'],
  ['1f43a', 'fluent3d'],
  ['1f436', 'fluent3d'],
  ['1f42e', 'noto'],
  ['1f43c', 'twemoji'],
  ['1f981', 'noto'],
  ['1f42f', 'fluent3d'],
  ['1f430', 'noto'],
  ['1f9a6', 'fluent3d'],
  ['1f438', 'twemoji'],
  ['1f427', 'fluent3d'],
  ['1f989', 'noto'],
  ['1f41d', 'noto'],
  ['1f420', 'fluent3d'],
  ['1f421', 'twemoji'],
  ['1fabc', 'fluent3d'],
  ['1f419', 'noto'],
  ['1f432', 'fluent3d'],
  ['1f98b', 'twemoji'],
  ['1fab2', 'noto'],
  ['1f333', 'fluent3d'],
  ['1f33b', 'noto'],
  ['1f3f5', 'twemoji'],
  ['1f335', 'fluent3d'],
  ['1f31e', 'noto'],
  ['1f308', 'fluent3d'],
  ['1f327', 'twemoji'],
  ['1f34e', 'noto'],
  ['1f34f', 'fluent3d'],
  ['1f352', 'noto'],
  ['1f348', 'twemoji'],
  ['1f353', 'fluent3d'],
  ['1f355', 'noto'],
  ['1f369', 'fluent3d'],
  ['1f361', 'noto'],
  ['1f967', 'fluent3d'],
  ['1f9c1', 'twemoji'],
  ['1f680', 'fluent3d'],
  ['1f697', 'noto'],
  ['1f6f5', 'twemoji'],
  ['1f388', 'noto'],
  ['1f3c0', 'fluent3d'],
  ['1f3a7', 'noto'],
  ['23f0', 'fluent3d'],
  ['1f9e6', 'noto'],
  ['1f4d6', 'twemoji'],
  ['1f3b8', 'fluent3d'],
  ['1f3e1', 'noto'],
  ['1f3ee', 'twemoji'],
  ['1f49d', 'fluent3d'],
];

async function encode(rgba) {
  for (const colours of PALETTES) {
    const png = await toPng(rgba, SIDE, colours);
    if (png.length <= MOST_BYTES || colours === PALETTES.at(-1)) return png;
  }
  throw new Error('no palette to try');
}

async function largeCopy(picture) {
  const side = typeof picture.source === 'string' ? LARGE.drawing : LARGE.bitmap;
  const image = sharp(await draw(picture, side), {
    raw: { width: side, height: side, channels: 4 },
  });
  return image.webp({ quality: LARGE_QUALITY, alphaQuality: 90, effort: 6 }).toBuffer();
}

/** Writes the pictures, their larger copies and gallery.json to `out`, in place of any that are there. Returns the entries. */
export async function makeGallery(out) {
  const unicode = loadUnicode();
  const words = loadVocabulary(unicode);
  const styles = new Map(STYLES.map((source) => [source.style, source]));
  const identities = identify([...unicode.keys()]);
  const concept = concepts(new Set([...identities.values()].map(({ base }) => base)), []);
  const opened = new Map();
  const open = (style) => {
    if (!opened.has(style)) {
      checkLicence(styles.get(style));
      opened.set(style, styles.get(style).read(styles.get(style), { unicode, words }));
    }
    return opened.get(style);
  };

  mkdirSync(join(out, 'large'), { recursive: true });
  for (const file of readdirSync(out)) if (file.endsWith('.png')) rmSync(join(out, file));
  const entries = [];
  for (const [key, style] of PICKS) {
    const { name } = unicode.get(key);
    const id = slug(name);
    const picture = open(style).get(key).read();
    writeFileSync(join(out, `${id}.png`), await encode(await draw(picture, SIDE)));
    writeFileSync(join(out, 'large', `${id}.webp`), await largeCopy(picture));
    entries.push({
      id,
      name,
      file: `${id}.png`,
      style,
      attribution: styles.get(style).attribution,
      heldOut: splitOf(concept.get(identities.get(key).base)) === 'test',
    });
  }
  const lines = entries.map((entry) => `  ${JSON.stringify(entry)}`);
  writeFileSync(join(out, 'gallery.json'), `[\n${lines.join(',\n')}\n]\n`);
  return entries;
}

async function main() {
  const { values } = parseArgs({
    options: { out: { type: 'string', default: join(HERE, '../../www/public/gallery') } },
  });
  const entries = await makeGallery(values.out);
  const heldOut = entries.filter((entry) => entry.heldOut).length;
  console.log(`gallery: ${entries.length} pictures, ${heldOut} of them from held-out concepts`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(resolve(process.argv[1])).href) {
  main().catch((error) => {
    console.error(`gallery: ${error.message}`);
    process.exitCode = 1;
  });
}
