// Firefox OS Emoji: the package has no code points and its own names, most of them Unicode's without spaces.

import { readJson } from './packages.mjs';

/** Names that are not Unicode's, or that Unicode has since given to another emoji. Each was checked by eye. */
const NAMES = {
  '2hearts': '1f495',
  acorn: '1f330',
  americasglobe: '1f30e',
  angry: '1f620',
  asiaaustraliaglobe: '1f30f',
  beachumbrella: '1f3d6',
  boot: '1f462',
  bunny: '1f430',
  bunnyside: '1f407',
  cat: '1f431',
  catside: '1f408',
  chilipepper: '1f336',
  coldsweat: '1f630',
  confetti: '1f38a',
  confounded: '1f616',
  construction: '1f3d7',
  constructionsign: '1f6a7',
  crying: '1f622',
  devilhorns: '1f608',
  disappointed: '1f61e',
  dog: '1f436',
  dogside: '1f415',
  dragonhead: '1f432',
  dragonside: '1f409',
  europafricaglobe: '1f30d',
  europeafricaglobe: '1f30d',
  evergreen: '1f332',
  expressionless: '1f611',
  fallingleaf: '1f342',
  fearful: '1f628',
  fishcakeswirl: '1f365',
  flushed: '1f633',
  forkknife: '1f37d',
  frontfacingchick: '1f425',
  gem: '1f48e',
  grimacing: '1f62c',
  halo: '1f607',
  hampster: '1f439',
  heartarrow: '1f498',
  hearteyes: '1f60d',
  heartgreen: '1f49a',
  heartpurple: '1f49c',
  heartribbon: '1f49d',
  heartyellow: '1f49b',
  heels: '1f460',
  hushed: '1f62f',
  japaneseangrymask: '1f47a',
  leaffluttering: '1f343',
  leopardside: '1f406',
  loudlycrying: '1f62d',
  medicalmask: '1f637',
  meridianglobe: '1f310',
  monkeyhear: '1f649',
  monkeysee: '1f648',
  monkeyspeak: '1f64a',
  mouse: '1f42d',
  mouseside: '1f401',
  neutral: '1f610',
  nomouth: '1f636',
  openmouth: '1f62e',
  pensive: '1f614',
  perservere: '1f623',
  pig: '1f437',
  pigside: '1f416',
  pigsnout: '1f43d',
  poo: '1f4a9',
  present: '1f381',
  racecar: '1f3ce',
  raincloud: '1f327',
  relieved: '1f60c',
  sandals: '1f461',
  screamfear: '1f631',
  sleeping: '1f634',
  sleepy: '1f62a',
  smirk: '1f60f',
  snowcloud: '1f328',
  snowmountains: '1f3d4',
  spurtingwhale: '1f433',
  stormcloud: '1f329',
  studiomic: '1f399',
  sunglasses: '1f60e',
  sunraincloud: '1f326',
  sweatsplash: '1f4a6',
  tennisball: '1f3be',
  tie: '1f454',
  tiger: '1f42f',
  tigerside: '1f405',
  tired: '1f62b',
  toykotower: '1f5fc',
  triumph: '1f624',
  unamused: '1f612',
  wave: '1f30a',
  weary: '1f629',
  whitesun: '2600',
  winking: '1f609',
  worried: '1f61f',
};
/** Pictures that show something else than their name says today, or that are the same as another one. */
const LEFT_OUT = new Set([
  'beating-heart',
  'blackheartsuit',
  'boar',
  'calendar',
  'desktopcomputer',
  'firstquartermoon',
  'fog',
  'keyboard',
  'kiss',
  'lastquartermoonface',
  'pistol',
  'tramcar',
  'whitemediumstar',
  'window',
]);
/** Everybody is drawn with light skin there, which the other styles keep for the light skin tone: people are left out. */
const PEOPLE = 'people-body';

const squashed = (name) => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** A dictionary from the names in this package to keys. */
export function firefoxVocabulary(unicode, words) {
  const names = new Map([...unicode].map(([key, { name }]) => [squashed(name), key]));
  for (const [points, name] of Object.entries(
    readJson('emojibase-data', 'meta/unicode-names.json'),
  )) {
    const key = points.toLowerCase().replaceAll('-fe0f', '');
    if (unicode.has(key) && !names.has(squashed(name))) names.set(squashed(name), key);
  }
  const found = new Map();
  for (const word of Object.keys(readJson('@iconify-json/fxemoji', 'icons.json').icons)) {
    const key = NAMES[word] ?? names.get(word) ?? words.get(word);
    if (key && !LEFT_OUT.has(word) && unicode.get(key)?.group !== PEOPLE) found.set(word, key);
  }
  return found;
}
