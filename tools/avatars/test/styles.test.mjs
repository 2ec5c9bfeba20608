import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawing } from '../avatars.mjs';
import { LICENCES, checkLicences } from '../licences.mjs';
import { STYLES, avatar, svg, variants } from '../styles.mjs';

test('every style is under the licence it was chosen for', () => {
  assert.doesNotThrow(checkLicences);
  assert.deepEqual(Object.keys(LICENCES).sort(), Object.keys(STYLES).sort());
});

test('an avatar is drawn the same way every time, from its options alone', () => {
  const [a, b] = [avatar(drawing(3)), avatar(drawing(3))];
  assert.deepEqual(a, b);
  assert.equal(svg(a), svg(b));
});

test('every value of every attribute of every style is drawn, and differs from the others', () => {
  for (const [style, { parts, free }] of Object.entries(STYLES)) {
    const first = (values) =>
      Object.fromEntries(Object.entries(values).map(([option, choices]) => [option, choices[0]]));
    const base = Object.assign(
      first(free),
      ...Object.values(parts).map((values) => first(Object.values(values)[0])),
    );
    for (const [name, values] of Object.entries(parts)) {
      const drawn = Object.values(values).map((value) =>
        svg({ attributes: { style }, options: { ...base, ...first(value) } }),
      );
      assert.equal(new Set(drawn).size, drawn.length, `${style}: ${name}`);
    }
  }
});

test('variants differ from the avatar in one attribute each, and in nothing that is free', () => {
  const draw = drawing(1);
  for (let i = 0; i < 50; i++) {
    const [own, ...changed] = variants(avatar(draw), draw);
    const { parts, free } = STYLES[own.attributes.style];
    const open = Object.keys(parts).filter((name) => Object.keys(parts[name]).length > 1);
    assert.deepEqual(
      changed.map(({ attributes }) =>
        Object.keys(attributes).filter((name) => attributes[name] !== own.attributes[name]),
      ),
      open.map((name) => [name]),
    );
    for (const { options } of changed)
      for (const option of Object.keys(free)) assert.equal(options[option], own.options[option]);
  }
});
