import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { rightPlaces, thumbnail } from '../correct.mjs';
import { areaAverage, draw, fromBytes, mirrored, toPng, toWebp } from '../picture.mjs';

const svg = (body, box = '0 0 8 8') =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${box}">${body}</svg>`;

test('averaging weights colours by alpha', () => {
  const block = Buffer.from([200, 0, 0, 255, 0, 255, 0, 0, 0, 255, 0, 0, 100, 0, 0, 255]);
  assert.deepEqual([...areaAverage(block, 2, 1)], [150, 0, 0, 128]);
});

test('averaging refuses a size that does not divide', () => {
  assert.throws(() => areaAverage(Buffer.alloc(36), 3, 2), /3 pixels wide, a multiple of 2/);
});

test('an SVG is drawn over its whole view box, and mirrored when asked', async () => {
  const source = svg('<rect width="4" height="8" fill="#f00"/>');
  const left = await draw({ source }, 64);
  const pixel = (picture, x, y) => [...picture.subarray((y * 64 + x) * 4, (y * 64 + x) * 4 + 4)];
  assert.equal(left.length, 64 * 64 * 4);
  assert.deepEqual(pixel(left, 10, 32), [255, 0, 0, 255]);
  assert.equal(pixel(left, 50, 32)[3], 0);
  assert.deepEqual(await draw({ source, flip: true }, 64), mirrored(left, 64));
});

test('a bitmap that is not square is fitted into a square', async () => {
  const source = await sharp({
    create: { width: 128, height: 132, channels: 4, background: '#00f' },
  })
    .png()
    .toBuffer();
  const picture = await draw({ source }, 64);
  assert.equal(picture.length, 64 * 64 * 4);
  assert.deepEqual(
    [...picture.subarray((32 * 64 + 32) * 4, (32 * 64 + 32) * 4 + 4)],
    [0, 0, 255, 255],
  );
});

test('empty and broken pictures are errors', async () => {
  await assert.rejects(draw({ source: svg('') }, 64), /every pixel is transparent/);
  await assert.rejects(draw({ source: svg('<rect') }, 64));
  await assert.rejects(draw({ source: Buffer.from('not a picture') }, 64));
});

test('WebP and PNG keep every visible pixel', async () => {
  const rgba = await draw(
    { source: svg('<circle cx="4" cy="4" r="3" fill="#3a7" opacity=".7"/>') },
    64,
  );
  for (const bytes of [await toWebp(rgba, 64), await toPng(rgba, 64)]) {
    const { data, width, height } = await fromBytes(bytes);
    assert.deepEqual([width, height], [64, 64]);
    for (let i = 0; i < rgba.length; i += 4) {
      assert.equal(data[i + 3], rgba[i + 3]);
      if (rgba[i + 3]) assert.deepEqual([...data.subarray(i, i + 3)], [...rgba.subarray(i, i + 3)]);
    }
  }
});

test('exchanged pictures are found although the two renderings differ in brightness', async () => {
  const keys = ['a', 'b', 'c'];
  const colours = ['#e0b090', '#c08860', '#604028'];
  const rendering = async (order, opacity) =>
    new Map(
      await Promise.all(
        keys.map(async (key, i) => {
          const body =
            `<rect width="8" height="8" fill="#46a"/><circle cx="4" cy="4" r="2" fill="${colours[order[i]]}"/>` +
            `<rect width="8" height="8" fill="#fff" opacity="${opacity}"/>`;
          return [key, thumbnail(await draw({ source: svg(body) }, 64), 64)];
        }),
      ),
    );
  const wanted = await rendering([0, 1, 2], 0);
  assert.deepEqual([...rightPlaces(keys, await rendering([0, 1, 2], 0.2), wanted)], []);
  assert.deepEqual(
    [...rightPlaces(keys, await rendering([1, 0, 2], 0.2), wanted)],
    [
      ['a', 'b'],
      ['b', 'a'],
    ],
  );
  assert.deepEqual(
    [...rightPlaces(keys, await rendering([1, 2, 0], 0.2), wanted)],
    [
      ['a', 'c'],
      ['b', 'a'],
      ['c', 'b'],
    ],
  );
});
