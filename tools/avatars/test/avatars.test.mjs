import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ATTRIBUTES, drawing, person, png, svg, variants } from '../avatars.mjs';

test('every attribute changes the drawing, and nothing else is random', () => {
  const own = {
    hair: 'bob',
    hair_colour: 'red',
    skin: 'light',
    eyes: 'open',
    mouth: 'smile',
    beard: 'none',
    clothes: 'rounded',
    clothes_colour: 'blue',
  };
  assert.equal(svg(own), svg({ ...own }));
  for (const [name, values] of Object.entries(ATTRIBUTES)) {
    const drawn = Object.keys(values).map((value) => svg({ ...own, [name]: value }));
    assert.equal(new Set(drawn).size, drawn.length, name);
  }
  assert.throws(() => svg({ ...own, eyes: 'blue' }), /eyes is blue/);
});

test('variants differ from the person in one attribute each', () => {
  const draw = drawing(1);
  const [own, ...changed] = variants(person(draw), draw);
  for (const [i, name] of Object.keys(ATTRIBUTES).entries()) {
    const differing = Object.keys(own).filter((key) => own[key] !== changed[i][key]);
    assert.deepEqual(differing, [name]);
  }
});

test('a picture is a PNG of the wanted side', async () => {
  const bytes = await png(person(drawing(2)), 32);
  assert.equal(bytes.toString('latin1', 1, 4), 'PNG');
  assert.equal(bytes.readUInt32BE(16), 32);
});
