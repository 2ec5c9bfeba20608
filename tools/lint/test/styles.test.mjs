import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bareClasses, usedClasses } from '../styles.mjs';

test('classes that a rule is about without anything around them', () => {
  const css =
    '/* .no {} */ .a,\n.b:hover { top: 0 } .c .d { top: 0 } .e.f { top: 0 } @media (x) { .g[data-h] { top: 0 } }';
  assert.deepEqual([...bareClasses(css)], ['a', 'b', 'g']);
});

test('classes that code gives', () => {
  assert.deepEqual(
    [...usedClasses("make('p', { className: 'a b' }); make('i', { className: `c` });")],
    ['a', 'b', 'c'],
  );
});
