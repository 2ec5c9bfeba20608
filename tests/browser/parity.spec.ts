import { largestDifferences } from './parity.js';
import { expect, test } from './site.js';

for (const build of ['cpu', 'cpu-relaxed'] as const) {
  test(`the ${build} build in the browser computes what the native program computes`, async ({
    plain,
  }) => {
    const { latent, decoded, spread } = await largestDifferences(plain, build);
    expect(latent).toBeLessThanOrEqual(1e-3);
    expect(decoded).toBeLessThanOrEqual(1e-3);
    expect(spread).toBeGreaterThan(0.5);
  });
}

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
