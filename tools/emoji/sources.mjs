// The drawings: which npm package holds which style, under which licence, and where each emoji's picture is in it.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { firefoxVocabulary } from './firefox.mjs';
import { keyOf, lookUp } from './names.mjs';
import { folderOf, readJson } from './packages.mjs';

/** Licences under which pictures may be used and shown: nothing share-alike, nothing non-commercial. */
export const LICENCES = ['Apache-2.0', 'MIT', 'CC-BY-4.0'];

const MICROSOFT = 'Fluent Emoji, Copyright (c) Microsoft Corporation, MIT';

/**
 * Each style: `read` gives a Map from key to { name, read() }, read() giving what `draw` takes. The rest is the name in file names, who drew it, the package, the licence of its pictures,
 * the line to show, and what package.json must say so that a change of licence is noticed.
 */
export const STYLES = [
  {
    style: 'noto',
    vendor: 'google',
    package: '@iconify-json/noto',
    licence: 'Apache-2.0',
    declared: 'Apache-2.0',
    attribution: 'Noto Emoji, Copyright Google LLC, Apache License 2.0',
    read: readIcons,
  },
  {
    style: 'notoblob',
    vendor: 'google',
    package: '@iconify-json/noto-v1',
    licence: 'Apache-2.0',
    declared: 'Apache-2.0',
    attribution: 'Noto Emoji, Copyright Google LLC, Apache License 2.0',
    read: readIcons,
  },
  {
    style: 'twemoji',
    vendor: 'twitter',
    package: '@discordapp/twemoji',
    licence: 'CC-BY-4.0',
    declared: 'MIT AND CC-BY-4.0',
    attribution: 'Twemoji, Copyright Twitter, Inc and other contributors, CC BY 4.0; resized',
    read: readTwemoji,
  },
  {
    style: 'fluent3d',
    vendor: 'microsoft',
    package: '@lobehub/fluent-emoji-3d',
    licence: 'MIT',
    declared: 'MIT',
    attribution: MICROSOFT,
    read: readFluent3d,
  },
  {
    style: 'fluentcolor',
    vendor: 'microsoft',
    package: '@iconify-json/fluent-emoji',
    licence: 'MIT',
    declared: 'MIT',
    attribution: MICROSOFT,
    read: readIcons,
  },
  {
    style: 'fluentflat',
    vendor: 'microsoft',
    package: '@iconify-json/fluent-emoji-flat',
    licence: 'MIT',
    declared: 'MIT',
    attribution: MICROSOFT,
    read: readIcons,
  },
  {
    style: 'emojitwo',
    vendor: 'emojione',
    package: '@iconify-json/emojione',
    licence: 'CC-BY-4.0',
    declared: 'CC-BY-4.0',
    attribution:
      'EmojiTwo / EmojiOne v2, Copyright EmojiOne and the EmojiTwo contributors, CC BY 4.0; resized',
    read: readIcons,
  },
  {
    // The package says Apache-2.0, which is the licence of Mozilla's code; LICENSE.md there puts the drawings under CC BY 4.0.
    style: 'firefox',
    vendor: 'mozilla',
    package: '@iconify-json/fxemoji',
    licence: 'CC-BY-4.0',
    declared: 'Apache-2.0',
    attribution: 'Firefox OS Emoji, Copyright Mozilla Foundation, CC BY 4.0; resized',
    read: readFirefox,
  },
];

/**
 * A style that no model may learn from and nothing ships, since it is share-alike: models are measured on it, on this machine (unseen.mjs).
 * Its package says which code points each picture is of.
 */
export const UNSEEN = {
  style: 'openmoji',
  vendor: 'openmoji',
  package: '@iconify-json/openmoji',
  licence: 'CC-BY-SA-4.0',
  declared: 'CC-BY-SA-4.0',
  attribution: 'OpenMoji, the open-source emoji and icon project, CC BY-SA 4.0; resized',
  read: readByCharacters,
};

/** Throws if an installed package is not under the licence its style was chosen for, or that is none of `allowed`. */
export function checkLicence({ package: name, licence, declared }, allowed = LICENCES) {
  if (!allowed.includes(licence))
    throw new Error(`${name}: ${licence} is not among ${allowed.join(', ')}`);
  const found = readJson(name, 'package.json').license;
  if (found !== declared)
    throw new Error(`${name}: package.json says licence ${found}, ${declared} expected`);
}

/** The `@iconify-json` packages: one JSON file of SVG bodies by name. `find` gives the key for a name. */
function readIcons({ package: name }, { words }, find = (word) => lookUp(words, word)) {
  const icons = readJson(name, 'icons.json');
  const pictures = new Map();
  const add = (key, body, flip) => {
    if (!key || pictures.has(key)) return;
    const { left = 0, top = 0, width = icons.width ?? 16, height = icons.height ?? 16 } = body;
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ' +
      `viewBox="${left} ${top} ${width} ${height}">${body.body}</svg>`;
    pictures.set(key, { name: body.name, read: () => ({ source: svg, flip }) });
  };
  for (const [word, body] of Object.entries(icons.icons))
    add(find(word), { ...body, name: word }, false);
  // An alias is an old name of the same picture, which lookUp knows already, or a mirrored picture of its own.
  for (const [word, { parent, hFlip }] of Object.entries(icons.aliases ?? {})) {
    if (hFlip && icons.icons[parent]) add(find(word), { ...icons.icons[parent], name: word }, true);
  }
  return pictures;
}

function readByCharacters(style) {
  const characters = Object.entries(readJson(style.package, 'chars.json'));
  const names = new Map(characters.map(([hexcode, name]) => [name, keyOf(hexcode)]));
  return readIcons(style, {}, (name) => names.get(name));
}

function readFirefox(style, { unicode, words }) {
  const vocabulary = firefoxVocabulary(unicode, words);
  return readIcons(style, { words }, (word) => vocabulary.get(word));
}

function readFiles(folder, ending, load) {
  const pictures = new Map();
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith(ending)) continue;
    const key = keyOf(file.slice(0, -ending.length));
    if (!pictures.has(key))
      pictures.set(key, { name: file, read: () => ({ source: load(join(folder, file)) }) });
  }
  return pictures;
}

function readTwemoji({ package: name }) {
  return readFiles(join(folderOf(name), 'dist/svg'), '.svg', (path) => readFileSync(path, 'utf8'));
}

function readFluent3d({ package: name }) {
  return readFiles(join(folderOf(name), 'assets'), '.webp', (path) => readFileSync(path));
}
