import { largestDifferences } from './parity.js';
import { expect, test } from './site.js';

for (const build of ['cpu', 'cpu-relaxed'] as const) {
  test(`the ${build} build in the browser computes what the native program computes`, async ({
    plain,
  }) => {
    const { latent, decoded, rendered, spread } = await largestDifferences(plain, build);
    expect(latent).toBeLessThanOrEqual(1e-3);
    expect(decoded).toBeLessThanOrEqual(1e-3);
    // In steps of 8-bit colour.
    expect(rendered).toBeLessThanOrEqual(1);
    expect(spread).toBeGreaterThan(0.5);
  });
}

test('pictures come at the size that was asked for, where there is a renderer', async ({
  plain,
}) => {
  const found = await plain.evaluate(async () => {
    const load = (name: string): ReturnType<typeof window.lib.Soda.load> =>
      window.lib.Soda.load(`/fixtures/${name}`, { backend: 'cpu' });
    const [rendering, tiny] = await Promise.all([load('rendering'), load('tiny')]);
    const [latent] = await rendering.encode('disc.png');
    if (!latent) throw new Error('no latent');
    const side = async (options: { size?: number }): Promise<number | undefined> =>
      (await rendering.decode(latent, options))[0]?.width;
    const frames: number[] = [];
    for await (const { width } of rendering.interpolate(latent, latent, { frames: 2, size: 64 }))
      frames.push(width);
    const failures = await Promise.all(
      [rendering.decode(latent, { size: 100 }), tiny.decode(latent, { size: 64 })].map(
        window.failureOf,
      ),
    );
    return {
      sizes: [rendering, tiny].map(({ config }) => [config.size, config.renderedSize]),
      sides: [await side({}), await side({ size: 16 }), await side({ size: 64 })],
      frames,
      failures,
    };
  });
  expect(found.sizes).toEqual([
    [16, 64],
    [16, undefined],
  ]);
  expect(found.sides).toEqual([16, 16, 64]);
  expect(found.frames).toEqual([64, 64]);
  expect(found.failures[0]).toEqual({
    code: 'input',
    message: 'size is 100; it must be 16 or 64',
  });
  expect(found.failures[1]?.message).toContain('this model has no renderer');
});

test('the engine with relaxed SIMD is the one that is fetched where the browser has it', async ({
  plain,
}) => {
  const fetched = plain.waitForRequest(/soda_bg\.wasm/);
  await plain.evaluate(async () => {
    (await window.lib.Soda.load('/fixtures/tiny', { backend: 'cpu' })).dispose();
  });
  expect((await fetched).url()).toContain('/cpu-relaxed/');
});

test('a browser without relaxed SIMD gets the plain engine', async ({ plain }) => {
  // Workers are told apart by what they can do, so take it away where the worker asks.
  await plain.route('**/worker.js', async (route) => {
    const response = await route.fetch();
    const old = 'WebAssembly.validate = () => false;\n';
    await route.fulfill({ response, body: old + (await response.text()) });
  });
  const fetched = plain.waitForRequest(/soda_bg\.wasm/);
  await plain.evaluate(async () => {
    (await window.lib.Soda.load('/fixtures/tiny', { backend: 'cpu' })).dispose();
  });
  expect((await fetched).url()).toContain('/cpu/');
});
