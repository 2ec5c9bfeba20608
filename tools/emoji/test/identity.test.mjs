import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { concepts, identify, parse } from '../identity.mjs';
import { loadUnicode, loadVocabulary, lookUp, slug } from '../names.mjs';
import { splitOf } from '../split.mjs';

const KEYS = [...loadUnicode().keys()];

test('a skin tone and a gender are read from the code points and taken out of the base', () => {
  const of = identify(KEYS);
  assert.deepEqual(of.get('1f469-1f3fd-200d-1f680'), {
    skin_tone: 3,
    gender: 'woman',
    base: '1f9d1-200d-1f680',
  });
  assert.deepEqual(of.get('1f3c3-1f3fb-200d-2642'), { skin_tone: 1, gender: 'man', base: '1f3c3' });
  assert.deepEqual(of.get('1f3c3'), { skin_tone: 0, gender: 'person', base: '1f3c3' });
  assert.deepEqual(of.get('1f436'), { skin_tone: null, gender: null, base: '1f436' });
  assert.deepEqual(of.get('1f467'), { skin_tone: 0, gender: 'woman', base: '1f9d2' });
  assert.deepEqual(of.get('1f44d-1f3ff'), { skin_tone: 5, gender: null, base: '1f44d' });
});

test('pairs with two tones list both, pairs of mixed gender have none', () => {
  const of = identify(KEYS);
  assert.deepEqual(of.get('1f469-1f3fb-200d-1f91d-200d-1f468-1f3fc'), {
    skin_tone: null,
    gender: null,
    base: '1f9d1-200d-1f91d-200d-1f9d1',
    skin_tones: [1, 2],
  });
  assert.equal(of.get('1f46c-1f3fd').gender, 'man');
  assert.equal(of.get('1f46c-1f3fd').base, '1f9d1-200d-1f91d-200d-1f9d1');
});

test('base, tone and gender name one emoji, except for families and mixed pairs', () => {
  const seen = new Map();
  for (const [key, { base, skin_tone: tone, gender, skin_tones: tones }] of identify(KEYS)) {
    if (tones || gender === null || parse(key).base.endsWith('1f9d2')) continue;
    const name = `${base} ${tone} ${gender}`;
    assert.equal(seen.get(name), undefined, `${key} and ${seen.get(name)} are both ${name}`);
    seen.set(name, key);
  }
});

test('facing right, families and twins are merged, and named after the first of them', () => {
  const bases = [
    '1f3c3',
    '1f3c3-200d-27a1',
    '1f46a',
    '1f9d1-200d-1f9d2',
    '1f431',
    '1f63a',
    '1f436',
  ];
  const of = concepts(new Set(bases), [['1f63a', '1f431']]);
  assert.deepEqual(
    bases.map((base) => of.get(base)),
    ['1f3c3', '1f3c3', '1f46a', '1f46a', '1f431', '1f431', '1f436'],
  );
});

test('the split follows the documented hash', () => {
  let heldOut = 0;
  for (const key of KEYS) {
    const hash = createHash('sha256').update(`emoji64/84/${key}`).digest('hex');
    const expected = BigInt(`0x${hash.slice(0, 13)}`) * 100n < 8n * 16n ** 13n ? 'test' : 'train';
    assert.equal(splitOf(key), expected);
    if (expected === 'test') heldOut++;
  }
  assert.ok(
    heldOut / KEYS.length > 0.06 && heldOut / KEYS.length < 0.1,
    `${heldOut} of ${KEYS.length}`,
  );
  assert.equal(splitOf('1f680'), 'test');
  assert.equal(splitOf('1f600'), 'train');
});

test('names of icon packages are found, old and new ones', () => {
  const words = loadVocabulary(loadUnicode());
  assert.equal(
    slug('person: medium-dark skin tone, blond hair'),
    'person-medium-dark-skin-tone-blond-hair',
  );
  assert.equal(lookUp(words, 'grinning-face'), '1f600');
  assert.equal(lookUp(words, 'pouting-face'), '1f621');
  assert.equal(lookUp(words, 'bear-face'), '1f43b');
  assert.equal(lookUp(words, 'artist-medium-dark'), '1f9d1-1f3fe-200d-1f3a8');
  assert.equal(lookUp(words, 'no-such-thing'), undefined);
});
