import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from '../build.mjs';
import { makeGallery } from '../gallery.mjs';
import { fromBytes } from '../picture.mjs';
import { LICENCES, STYLES, UNSEEN, checkLicence } from '../sources.mjs';
import { splitOf } from '../split.mjs';
import { byKey, readTar, tarBytes } from '../tar.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const ONLY = [
  '1f436',
  '1f600',
  '1f680',
  '1f3c3',
  '1f3c3-1f3fb',
  '1f3c3-200d-27a1',
  '1f468-1f3fc-200d-1f680',
  '1f468-1f3fd-200d-1f680',
  '1f6b4-1f3fb-200d-2640',
  '1f3c0',
  '1f449-1f3fd',
  '1f917',
  '1f355',
  '1fa90',
  '1f1e9-1f1ea',
  '2648',
];
const PARTS = ['train', 'test'];
const problems = [];
let folder;

test('the style to measure on is no style to learn from', () => {
  assert.ok(!STYLES.some(({ style }) => style === UNSEEN.style));
  assert.throws(() => checkLicence(UNSEEN), /CC-BY-SA-4.0 is not among/);
  checkLicence(UNSEEN, [UNSEEN.licence]);
});

test('held-out emoji are drawn in the style to measure on, each under its own code points', () => {
  const out = join(folder, 'a');
  execFileSync(process.execPath, [join(ROOT, 'tools/emoji/unseen.mjs'), '--out', out]);
  const names = (file) => [...readTar(readFileSync(join(out, file)))].map(([name]) => name);
  const found = names('openmoji64-test.tar');
  const known = names('emoji64-test.tar').filter((name) => name.endsWith('.json'));
  assert.deepEqual(
    found.filter((name) => name.endsWith('.json')),
    known,
  );
  assert.deepEqual(
    found.filter((name) => name.endsWith('.webp')),
    known.map((name) => name.replace('.json', '.openmoji.webp')),
  );
});

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'soda-emoji-'));
  await build(join(folder, 'a'), { report: (line) => problems.push(line), only: ONLY });
});
after(() => rmSync(folder, { recursive: true }));

const archive = (out, part) => readFileSync(join(out, `emoji64-${part}.tar`));

/** What must hold for every pair of archives, small or whole. */
async function checkArchives(out) {
  const sides = new Map();
  for (const part of PARTS) {
    const names = [];
    const views = new Map();
    for (const [name, bytes] of readTar(archive(out, part))) {
      names.push(name);
      const [key, style, ending] = name.split('.');
      if (style === 'json') {
        const json = JSON.parse(bytes);
        assert.equal(json.codepoints, key);
        assert.equal(splitOf(json.concept), part, `${key} is in the wrong archive`);
        assert.equal(sides.get(json.concept) ?? part, part, `${json.concept} is in both archives`);
        sides.set(json.concept, part);
        for (const field of ['name', 'group', 'subgroup', 'base'])
          assert.equal(typeof json[field], 'string', `${key}: ${field}`);
        assert.ok(!['flags', 'symbols', 'component'].includes(json.group));
        for (const field of ['skin_tone', 'gender']) assert.ok(field in json, `${key}: ${field}`);
      } else {
        assert.equal(ending, 'webp');
        assert.ok(
          STYLES.some((source) => source.style === style),
          name,
        );
        views.set(key, (views.get(key) ?? 0) + 1);
        const { data, width, height } = await fromBytes(bytes);
        assert.deepEqual([width, height, data.length], [64, 64, 64 * 64 * 4], name);
        assert.ok(
          data.some((value, i) => i % 4 === 3 && value > 0),
          `${name} is empty`,
        );
      }
    }
    assert.deepEqual(names, [...names].sort(byKey), `${part}: members are not sorted`);
    assert.equal(new Set(names).size, names.length);
    for (const name of names)
      if (name.endsWith('.json'))
        assert.ok(views.get(name.slice(0, -5)) >= 2, `${name} has one view`);
  }
  return sides;
}

test('a small set: right pictures, right archive, nothing reported', async () => {
  await checkArchives(join(folder, 'a'));
  assert.deepEqual(problems, []);
  const names = PARTS.map((part) =>
    [...readTar(archive(join(folder, 'a'), part))].map(([name]) => name),
  );
  assert.ok(names[1].includes('1f680.json') && names[1].includes('1f680.fluent3d.webp'));
  for (const style of [
    'noto',
    'notoblob',
    'twemoji',
    'fluent3d',
    'fluentcolor',
    'fluentflat',
    'emojitwo',
    'firefox',
  ]) {
    assert.ok(names[0].includes(`1f436.${style}.webp`), style);
  }
  assert.ok(
    !names.flat().some((name) => /^(1f1e9|2648)/.test(name)),
    'flags and symbols are left out',
  );
  assert.ok(names[0].includes('1fa90.fluent3d.webp'), 'a picture that is not square is kept');
});

test('two builds give the same bytes, and leave nothing else behind', async () => {
  await build(join(folder, 'b'), { only: ONLY });
  for (const part of PARTS)
    assert.ok(archive(join(folder, 'a'), part).equals(archive(join(folder, 'b'), part)), part);
  assert.deepEqual(readdirSync(join(folder, 'b')).sort(), [
    'emoji64-test.tar',
    'emoji64-train.tar',
  ]);
});

test('headers are USTAR with mode 644, no owner and no time', () => {
  const bytes = Buffer.concat([
    ...tarBytes([
      ['b.txt', Buffer.from('two')],
      ['a.txt', Buffer.alloc(513)],
    ]),
  ]);
  assert.equal(bytes.length % 10240, 0);
  assert.equal(bytes.toString('latin1', 0, 5), 'a.txt');
  assert.equal(bytes.toString('latin1', 257, 265), 'ustar\x0000');
  assert.equal(bytes.toString('latin1', 100, 107), '0000644');
  assert.equal(bytes.toString('latin1', 108, 123), '0000000\x000000000');
  assert.equal(bytes.toString('latin1', 136, 147), '00000000000');
  assert.deepEqual(
    [...readTar(bytes)].map(([name, content]) => [name, content.length]),
    [
      ['a.txt', 513],
      ['b.txt', 3],
    ],
  );
  const listing = execFileSync('tar', ['-tf', '-'], { input: bytes, encoding: 'utf8' });
  assert.equal(listing, 'a.txt\nb.txt\n');
});

test('members are sorted by key, so that a sample lies together', () => {
  const names = ['1f3c3-1f3fb.json', '1f3c3.noto.webp', '1f3c3.json'];
  assert.deepEqual(names.sort(byKey), ['1f3c3.json', '1f3c3.noto.webp', '1f3c3-1f3fb.json']);
});

test('every package is under a licence that is allowed, and a change of licence is an error', () => {
  assert.ok(!LICENCES.some((licence) => /SA|NC|ND/.test(licence)));
  for (const source of STYLES) {
    checkLicence(source);
    assert.ok(source.attribution.length > 0);
  }
  assert.throws(
    () => checkLicence({ ...STYLES[0], declared: 'CC-BY-SA-4.0' }),
    /package.json says licence Apache-2.0/,
  );
  assert.throws(() => checkLicence({ ...STYLES[0], licence: 'CC-BY-SA-4.0' }), /not among/);
});

test('the lock file names no registry and pins every package', () => {
  const lock = JSON.parse(readFileSync(join(ROOT, 'tools/emoji/package-lock.json'), 'utf8'));
  for (const [path, entry] of Object.entries(lock.packages)) {
    assert.equal(entry.resolved, undefined, path);
    if (path) assert.match(entry.integrity, /^sha512-/, path);
  }
});

test('the gallery in the repository is what the script makes', async () => {
  const out = join(folder, 'gallery');
  const entries = await makeGallery(out);
  const kept = join(ROOT, 'www/public/gallery');
  assert.deepEqual(
    readFileSync(join(out, 'gallery.json')),
    readFileSync(join(kept, 'gallery.json')),
  );
  let total = 0;
  for (const { id, file, heldOut, attribution } of entries) {
    assert.ok(id && attribution && typeof heldOut === 'boolean');
    const { width, height } = await fromBytes(readFileSync(join(kept, file)));
    assert.deepEqual([width, height], [128, 128], file);
    const { size } = statSync(join(kept, file));
    assert.ok(size <= 8192, `${file} has ${size} bytes`);
    total += size;
    const large = await fromBytes(readFileSync(join(kept, 'large', file.replace('.png', '.webp'))));
    assert.equal(large.width, large.height, file);
    assert.ok(large.width >= 256, `${file} is ${large.width} pixels wide in large/`);
  }
  assert.ok(total <= 500_000, `${total} bytes in all`);
  assert.ok(entries.filter(({ heldOut }) => heldOut).length >= 20);
  assert.equal(new Set(entries.map(({ id }) => id)).size, entries.length);
});

test(
  'the whole set, where it has been built',
  { skip: !existsSync(join(ROOT, 'data/emoji64-train.tar')) },
  async () => {
    const sides = await checkArchives(join(ROOT, 'data'));
    const heldOut = [...sides.values()].filter((part) => part === 'test').length;
    assert.ok(sides.size > 1000, `${sides.size} concepts`);
    assert.ok(
      heldOut / sides.size > 0.06 && heldOut / sides.size < 0.1,
      `${heldOut} of ${sides.size} held out`,
    );
  },
);
