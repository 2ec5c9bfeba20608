// What an emoji's code points say: skin tone, gender, the emoji without them, and the concept it is a form of.

const TONES = ['1f3fb', '1f3fc', '1f3fd', '1f3fe', '1f3ff'];
const SIGNS = { 2640: 'woman', 2642: 'man' };
/** People that carry a gender in their code point: [the neutral form, gender]. */
const PEOPLE = {
  '1f466': ['1f9d2', 'man'],
  '1f467': ['1f9d2', 'woman'],
  '1f468': ['1f9d1', 'man'],
  '1f469': ['1f9d1', 'woman'],
  '1f474': ['1f9d3', 'man'],
  '1f475': ['1f9d3', 'woman'],
  '1f934': ['1fac5', 'man'],
  '1f478': ['1fac5', 'woman'],
  '1fac3': ['1fac4', 'man'],
  '1f930': ['1fac4', 'woman'],
  '1f9d1': ['1f9d1', 'person'],
  '1f9d2': ['1f9d2', 'person'],
};
const COUPLE = '1f9d1-200d-2764-200d-1f9d1';
const KISS = '1f9d1-200d-2764-200d-1f48b-200d-1f9d1';
const HANDS = '1f9d1-200d-1f91d-200d-1f9d1';
/** Emoji with a code point of their own that are a form of another: [base, gender]. */
const FORMS = {
  '1f385': ['1f9d1-200d-1f384', 'man'],
  '1f936': ['1f9d1-200d-1f384', 'woman'],
  '1f57a': ['1f483', 'man'],
  '1f483': ['1f483', 'woman'],
  '1f46b': [HANDS, null],
  '1f46c': [HANDS, 'man'],
  '1f46d': [HANDS, 'woman'],
  '1f491': [COUPLE, 'person'],
  '1f48f': [KISS, 'person'],
  '1faf1-200d-1faf2': ['1f91d', null],
};
const FACING_RIGHT = '-200d-27a1';
const FAMILY = '1f46a';
const CHILD = '1f9d2';

/** { base, tones, gender } of one key; gender is undefined where the code points leave it open, null where it is mixed. */
export function parse(key) {
  const points = key.split('-');
  const tones = points.filter((p) => TONES.includes(p)).map((p) => TONES.indexOf(p) + 1);
  const plain = points.filter((p) => !TONES.includes(p));
  if (plain.join('-') in FORMS) {
    const [base, gender] = FORMS[plain.join('-')];
    return { base, tones, gender };
  }
  const parts = [];
  const genders = [];
  for (const part of plain.join('-').split('-200d-')) {
    if (part in SIGNS) {
      genders.push(SIGNS[part]);
      continue;
    }
    const [neutral, gender] = PEOPLE[part] ?? [part];
    if (gender) genders.push(gender);
    parts.push(neutral);
  }
  const base = parts.join('-200d-');
  if (isFamily(base))
    return { base, tones, gender: genders.every((g) => g === 'person') ? 'person' : null };
  const gender =
    genders.length === 0 ? undefined : genders.every((g) => g === genders[0]) ? genders[0] : null;
  return { base, tones, gender };
}

function isFamily(base) {
  return base.startsWith('1f9d1-200d-') && base.endsWith(`-200d-${CHILD}`);
}

/**
 * The fields `base`, `skin_tone`, `skin_tones` and `gender` of every key.
 * A form without a tone has tone 0, and one without a gender is "person", only where some other of `keys` has one.
 */
export function identify(keys) {
  const parsed = new Map(keys.map((key) => [key, parse(key)]));
  const toned = new Set();
  const gendered = new Set();
  for (const { base, tones, gender } of parsed.values()) {
    if (tones.length > 0) toned.add(base);
    if (gender === 'man' || gender === 'woman') gendered.add(base);
  }
  return new Map(
    [...parsed].map(([key, { base, tones, gender }]) => {
      const mixed = new Set(tones).size > 1;
      return [
        key,
        {
          skin_tone: mixed ? null : (tones[0] ?? (toned.has(base) ? 0 : null)),
          gender: gender === undefined ? (gendered.has(base) ? 'person' : null) : gender,
          base,
          ...(mixed ? { skin_tones: tones } : {}),
        },
      ];
    }),
  );
}

/**
 * The concept of each base: bases that face right, all families, and `twins` (pairs of bases
 * with a pixel-identical picture in some style) are one concept, named after the first of them.
 */
export function concepts(bases, twins) {
  const parent = new Map();
  const find = (x) => {
    let root = x;
    while ((parent.get(root) ?? root) !== root) root = parent.get(root);
    return root;
  };
  const join = (a, b) => {
    const [low, high] = [find(a), find(b)].sort();
    parent.set(high, low);
  };
  for (const base of bases) {
    if (base.endsWith(FACING_RIGHT)) join(base, base.slice(0, -FACING_RIGHT.length));
    if (isFamily(base)) join(base, FAMILY);
  }
  for (const [a, b] of twins) join(a, b);
  return new Map([...bases].map((base) => [base, find(base)]));
}
