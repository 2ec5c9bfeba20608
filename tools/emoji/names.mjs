// Which emoji a picture shows: Unicode names and groups, and the names that icon packages use instead of code points.

import { readJson } from './packages.mjs';

const TONES = { light: 1, 'medium-light': 2, medium: 3, 'medium-dark': 4, dark: 5 };

/** Code points as a key: lower case, joined by '-', the variation selector FE0F dropped. */
export function keyOf(hexcode) {
  return hexcode
    .toLowerCase()
    .split(/[-\s]+/)
    .filter((point) => point !== 'fe0f')
    .join('-');
}

/** A CLDR short name as icon packages write it: 'Santa Claus: dark skin tone' is 'santa-claus-dark-skin-tone'. */
export function slug(name) {
  const plain = name
    .normalize('NFKD')
    .replace(/[\u0300-\u036f'\u2019]/g, '')
    .toLowerCase();
  return plain.replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
}

/**
 * Every emoji of Unicode, skin tones included.
 * Returns a Map from key to { name, group, subgroup }; names are CLDR short names.
 */
export function loadUnicode() {
  const emojis = readJson('emojibase-data', 'en/data.json');
  const { groups, subgroups } = readJson('emojibase-data', 'meta/groups.json');
  const table = new Map();
  for (const emoji of emojis) {
    for (const form of [emoji, ...(emoji.skins ?? [])]) {
      if (form.group === undefined) continue; // regional indicators and other parts of emoji
      table.set(keyOf(form.hexcode), {
        name: form.label,
        group: groups[form.group],
        subgroup: subgroups[form.subgroup],
      });
    }
  }
  return table;
}

/** Names that CLDR has since changed and that no package lists beside the new one. */
const FORMER_NAMES = {
  'blond-haired-man': '1f471-200d-2642',
  'blond-haired-woman': '1f471-200d-2640',
  'cat-face-with-tears-of-joy': '1f639',
  'cat-face-with-wry-smile': '1f63c',
  'crying-cat-face': '1f63f',
  'direct-hit': '1f3af',
  'dizzy-face': '1f635',
  'hugging-face': '1f917',
  'pouting-face': '1f621',
};

/** Names whose old drawings show something else than the emoji does today: the pistol became a water pistol. */
const CHANGED_NAMES = ['pistol'];

/**
 * A dictionary from icon names to keys.
 * Present CLDR names come first, then what the packages with a code point table call them, then former names.
 */
export function loadVocabulary(unicode) {
  const words = new Map();
  const learn = (word, key) => {
    if (unicode.has(key) && !words.has(word) && !CHANGED_NAMES.includes(word)) words.set(word, key);
  };
  for (const [key, { name }] of unicode) learn(slug(name), key);
  for (const name of ['@iconify-json/noto', '@iconify-json/fluent-emoji-flat']) {
    for (const [points, word] of Object.entries(readJson(name, 'chars.json')))
      learn(word, keyOf(points));
  }
  for (const [alias, { parent, hFlip }] of Object.entries(
    readJson('@iconify-json/noto', 'icons.json').aliases,
  )) {
    if (!hFlip && words.has(parent)) learn(alias, words.get(parent));
  }
  for (const [word, key] of Object.entries(FORMER_NAMES)) learn(word, key);
  return words;
}

/** The key that an icon's name stands for, or undefined. 'artist-medium-dark' is read as 'artist-medium-dark-skin-tone'. */
export function lookUp(words, name) {
  if (words.has(name)) return words.get(name);
  const tone = /-((?:medium-)?(?:light|dark)|medium)$/.exec(name)?.[1];
  return tone && TONES[tone] ? words.get(`${name}-skin-tone`) : undefined;
}
