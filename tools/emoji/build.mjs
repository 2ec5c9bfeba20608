// Builds the emoji set: node build.mjs --out FOLDER [--side 64] [--every 1]
// Writes FOLDER/emojiSIDE-train.tar and FOLDER/emojiSIDE-test.tar; docs/data.md says what is in them.
// --side 256: larger pictures of the same emoji, for the renderer; --every 4: only every fourth emoji, in the same two parts.

import { createHash } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { rightPlaces, thumbnail } from './correct.mjs';
import { concepts, identify } from './identity.mjs';
import { loadUnicode, loadVocabulary } from './names.mjs';
import { draw, toWebp } from './picture.mjs';
import { STYLES, checkLicence } from './sources.mjs';
import { splitOf } from './split.mjs';
import { writeTar } from './tar.mjs';

export const SIDE = 64;
const LEFT_OUT_GROUPS = ['flags', 'symbols', 'component'];
/** An emoji is in the set if so many vendors drew it. */
const VENDORS = 2;
/** A style whose pictures may be filed wrongly, and the one that shows the same designs. */
const CORRECTED = { style: 'fluent3d', reference: 'fluentcolor' };

/** The pictures of every style that loads: [{ style, vendor, pictures }]. A style that does not is named and left out. */
export function openStyles(unicode, report) {
  const words = loadVocabulary(unicode);
  return STYLES.flatMap((source) => {
    try {
      checkLicence(source);
      return [{ ...source, pictures: source.read(source, { unicode, words }) }];
    } catch (error) {
      report(`${source.package}: ${error.message}`);
      return [];
    }
  });
}

/** The keys that enough vendors drew, without flags, symbols and parts of emoji. */
export function choose(unicode, styles) {
  return [...unicode.keys()].sort().filter((key) => {
    if (LEFT_OUT_GROUPS.includes(unicode.get(key).group)) return false;
    const vendors = styles.filter(({ pictures }) => pictures.has(key)).map(({ vendor }) => vendor);
    return new Set(vendors).size >= VENDORS;
  });
}

/** Runs `task` on every item, as many at once as there are cores. */
async function forEach(items, task) {
  let next = 0;
  const worker = async () => {
    while (next < items.length) await task(items[next++]);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}

/**
 * Draws the chosen pictures of one style: a Map from key to { webp, hash, thumbnail }.
 * Which pictures are the same, and which are filed wrongly, is told at SIDE, so that it is the same for every side.
 */
async function drawStyle({ style, package: name, pictures }, keys, { side, wanted, report }) {
  const drawn = new Map();
  await forEach(
    keys.filter((key) => pictures.has(key)),
    async (key) => {
      const picture = pictures.get(key);
      try {
        const small = await draw(picture.read(), SIDE);
        const rgba = side === SIDE || !wanted.has(key) ? small : await draw(picture.read(), side);
        drawn.set(key, {
          webp: wanted.has(key) ? await toWebp(rgba, side) : null,
          hash: createHash('sha256').update(small).digest('base64'),
          thumbnail: Object.values(CORRECTED).includes(style) ? thumbnail(small, SIDE) : null,
        });
      } catch (error) {
        report(`${name}: ${key} (${picture.name}): ${error.message}`);
      }
    },
  );
  return drawn;
}

/** Puts pictures that were filed under another form of the same emoji where they belong. Returns how many. */
function correct(drawn, identities) {
  const [wrong, reference] = [drawn.get(CORRECTED.style), drawn.get(CORRECTED.reference)];
  if (!wrong || !reference) return 0;
  const thumbnails = (map) => new Map([...map].map(([key, { thumbnail: small }]) => [key, small]));
  const [pictures, references] = [thumbnails(wrong), thumbnails(reference)];
  const filed = new Map(wrong);
  let moved = 0;
  for (const forms of formsByBase(identities).values()) {
    for (const [key, from] of rightPlaces(forms, pictures, references)) {
      wrong.set(key, filed.get(from));
      moved++;
    }
  }
  return moved;
}

function formsByBase(identities) {
  const forms = new Map();
  for (const [key, { base }] of identities) forms.set(base, [...(forms.get(base) ?? []), key]);
  return forms;
}

/** Pairs of bases that have a pixel-identical picture in some style. */
function twins(drawn, identities) {
  const pairs = [];
  for (const pictures of drawn.values()) {
    const owner = new Map();
    for (const [key, { hash }] of [...pictures].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const { base } = identities.get(key);
      if (!owner.has(hash)) owner.set(hash, base);
      else if (owner.get(hash) !== base) pairs.push([owner.get(hash), base]);
    }
  }
  return pairs;
}

/**
 * Builds both archives in the folder `out`.
 * - say: gets lines of progress; report: gets what went wrong with one picture or package
 * - only: build no more than these keys
 * - side: of the pictures, a multiple of SIDE; every: one of so many emoji is written
 */
export async function build(
  out,
  { say = () => {}, report = () => {}, only, side = SIDE, every = 1 } = {},
) {
  const unicode = loadUnicode();
  const styles = openStyles(unicode, report);
  const keys = choose(unicode, styles).filter((key) => !only || only.includes(key));
  const identities = identify(keys);
  const wanted = new Set(keys.filter((_, i) => i % every === 0));
  say(`${keys.length} emoji, ${styles.length} styles`);

  const drawn = new Map();
  for (const style of styles) {
    drawn.set(style.style, await drawStyle(style, keys, { side, wanted, report }));
    say(`${style.style}: ${drawn.get(style.style).size} pictures from ${style.package}`);
  }
  say(
    `${CORRECTED.style}: ${correct(drawn, identities)} pictures moved to their right code points`,
  );

  const pairs = twins(drawn, identities);
  const bases = new Set([...identities.values()].map(({ base }) => base));
  const concept = concepts(bases, pairs);
  const plain = concepts(bases, []);
  for (const base of bases) {
    if (concept.get(base) !== plain.get(base))
      say(`${base}: one concept with ${concept.get(base)}, drawn alike in some style`);
  }
  const members = { train: [], test: [] };
  const samples = { train: 0, test: 0 };
  for (const key of wanted) {
    const views = styles.flatMap(({ style }) => {
      const picture = drawn.get(style).get(key);
      return picture?.webp ? [[`${key}.${style}.webp`, picture.webp]] : [];
    });
    if (views.length < VENDORS) {
      report(
        `${key} (${unicode.get(key).name}): left out, ${views.length} of its pictures could be drawn`,
      );
      continue;
    }
    const identity = identities.get(key);
    const json = {
      codepoints: key,
      ...unicode.get(key),
      ...identity,
      concept: concept.get(identity.base),
    };
    const part = splitOf(json.concept);
    members[part].push(...views, [`${key}.json`, Buffer.from(JSON.stringify(json))]);
    samples[part]++;
  }
  mkdirSync(out, { recursive: true });
  for (const part of ['train', 'test']) {
    const path = join(out, `emoji${side}-${part}.tar`);
    await writeTar(path, members[part]);
    const pictures = members[part].length - samples[part];
    say(
      `${path}: ${samples[part]} emoji, ${pictures} pictures, ${(statSync(path).size / 1e6).toFixed(1)} MB`,
    );
  }
}

async function main() {
  const { values } = parseArgs({
    options: {
      out: { type: 'string' },
      side: { type: 'string', default: String(SIDE) },
      every: { type: 'string', default: '1' },
    },
  });
  const [side, every] = [values.side, values.every].map(Number);
  if (!Number.isInteger(side / SIDE) || side < SIDE)
    throw new Error(`side: is ${values.side}, needs to be a multiple of ${SIDE}`);
  if (!Number.isInteger(every) || every < 1)
    throw new Error(`every: is ${values.every}, needs to be a whole number above 0`);
  if (!values.out) throw new Error('say where to: node build.mjs --out FOLDER');
  const start = Date.now();
  const seconds = () => `${((Date.now() - start) / 1000).toFixed(0).padStart(4)} s`;
  let troubles = 0;
  await build(values.out, {
    side,
    every,
    say: (line) => console.log(`${seconds()}  ${line}`),
    report: (line) => {
      troubles++;
      console.error(`${seconds()}  skipped: ${line}`);
    },
  });
  console.log(`${seconds()}  done${troubles ? `, ${troubles} skipped` : ''}`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(resolve(process.argv[1])).href) {
  main().catch((error) => {
    console.error(`emoji: ${error.message}`);
    process.exitCode = 1;
  });
}
