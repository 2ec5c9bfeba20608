import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../imports.mjs';

const graph = (edges) => new Map(Object.entries(edges).map(([from, to]) => [from, new Set(to)]));
const ROWS = [['low'], ['middle'], ['high']];
const room = (path) => path.split('/')[0];
const wrong = (edges) => judge(graph(edges), ROWS, room).wrong;

test('arrows downwards are fine, and are drawn', () => {
  const { arrows, wrong: lines } = judge(
    graph({ 'high/a': ['middle/b', 'low/c'], 'middle/b': ['low/c'], 'low/c': [] }),
    ROWS,
    room,
  );
  assert.deepEqual(lines, []);
  assert.deepEqual(arrows, ['high → low', 'high → middle', 'middle → low']);
});

test('an arrow upwards, a circle and a room without a place are named', () => {
  assert.match(
    wrong({ 'low/a': ['high/b'], 'high/b': [] })[0],
    /low\/a imports high\/b: an arrow upwards/,
  );
  assert.match(
    wrong({ 'low/a': ['low/b'], 'low/b': ['low/a'] })[0],
    /a circle: low\/a → low\/b → low\/a/,
  );
  assert.match(wrong({ 'attic/a': ['low/b'], 'low/b': [] })[0], /attic has no place/);
});
