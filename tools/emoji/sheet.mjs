// Draws a contact sheet: node sheet.mjs OUT.png ARCHIVE.tar|FOLDER [--rows N] [--every N] [--filter TEXT]
// Of an archive: one row an emoji, one column a style. Of a folder: its PNG files.

import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { STYLES } from './sources.mjs';
import { readTar } from './tar.mjs';

const CELL = 68;

async function sheet(cells, columns, path) {
  const rows = Math.max(...cells.map(({ row }) => row)) + 1;
  const tiles = await Promise.all(
    cells.map(async ({ bytes, row, column }) => ({
      input: await sharp(bytes).resize(64, 64).png().toBuffer(),
      left: column * CELL,
      top: row * CELL,
    })),
  );
  await sharp({
    create: { width: columns * CELL, height: rows * CELL, channels: 3, background: 'white' },
  })
    .composite(tiles)
    .png()
    .toFile(path);
}

const {
  values,
  positionals: [out, from],
} = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: 'string', default: '14' },
    every: { type: 'string', default: '1' },
    filter: { type: 'string', default: '' },
  },
});
const per = Number(values.rows);
if (statSync(from).isDirectory()) {
  const files = readdirSync(from)
    .filter((file) => file.endsWith('.png') && file.includes(values.filter))
    .sort();
  const cells = files.map((file, i) => ({
    bytes: readFileSync(join(from, file)),
    row: Math.floor(i / per),
    column: i % per,
  }));
  await sheet(cells, per, out);
} else {
  const samples = new Map();
  for (const [name, bytes] of readTar(readFileSync(from))) {
    const [key, style] = name.split('.');
    samples.set(key, { ...samples.get(key), [style]: bytes });
  }
  const chosen = [...samples.values()]
    .filter((sample) => sample.json.toString().includes(values.filter))
    .filter((_, i) => i % Number(values.every) === 0)
    .slice(0, 3 * per);
  const width = STYLES.length + 1;
  const cells = chosen.flatMap((sample, i) =>
    STYLES.flatMap(({ style }, column) =>
      sample[style]
        ? [{ bytes: sample[style], row: i % per, column: Math.floor(i / per) * width + column }]
        : [],
    ),
  );
  await sheet(cells, 3 * width, out);
}
