import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from './site.js';

/** The native program, which scripts/test.sh has built; run by itself: SODA_PROGRAM=…/release/soda npm run test:browser. */
const program = process.env['SODA_PROGRAM'] ?? '';
const gallery = join(import.meta.dirname, '../../www/public/gallery');

/** The only f32 matrix of a safetensors file. */
function matrix(path: string): number[] {
  const bytes = readFileSync(path);
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, start)) as Record<
    string,
    { dtype?: string; data_offsets: [number, number] }
  >;
  const [tensor] = Object.values(header).filter(({ dtype }) => dtype === 'F32');
  if (!tensor) throw new Error(`${path}: no f32 tensor`);
  const [from, to] = tensor.data_offsets;
  return Array.from({ length: (to - from) / 4 }, (_, i) => bytes.readFloatLE(start + from + 4 * i));
}

for (const preset of ['browser', 'resnet18', 'resnet50']) {
  test(`${preset} trains, is saved, and gives the same latents in the browser as natively`, async ({
    plain,
    site,
  }) => {
    test.skip(!program, 'SODA_PROGRAM names no native program to train with; `make test` sets it');
    const folder = join(site.scratch, preset);
    mkdirSync(join(folder, 'pictures'), { recursive: true });
    for (const name of ['balloon.png', 'beetle.png'])
      copyFileSync(join(gallery, name), join(folder, 'pictures', name));
    const run = (...options: string[]): Buffer =>
      execFileSync(program, [...options, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
    run(
      'train',
      '--preset',
      preset,
      '--phases',
      '32:4:2',
      '--data',
      join(folder, 'pictures'),
      '--out',
      join(folder, 'run'),
    );
    const model = join(folder, 'run/model');
    run(
      'encode',
      '--model',
      model,
      '--data',
      join(folder, 'pictures/beetle.png'),
      '--out',
      join(folder, 'z.safetensors'),
    );
    const native = matrix(join(folder, 'z.safetensors'));

    const found = await plain.evaluate(async (preset) => {
      const soda = await window.lib.Soda.load(`/scratch/${preset}/run/model`, { backend: 'cpu' });
      const [latent] = await soda.encode(`/scratch/${preset}/pictures/beetle.png`);
      if (!latent) throw new Error('no latent');
      const [picture] = await soda.decode(latent, { steps: 1 });
      soda.dispose();
      return { values: [...latent.values], painted: picture ? picture.width : 0 };
    }, preset);
    const worst = Math.max(...found.values.map((value, i) => Math.abs(value - (native[i] ?? NaN))));
    expect(found.values).toHaveLength(native.length);
    // Browsers decode and resize pictures by their own ways.
    expect(worst).toBeLessThanOrEqual(0.05 * Math.max(...native.map(Math.abs)));
    expect(found.painted).toBe(64);
  });
}
