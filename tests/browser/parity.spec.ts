import { largestDifferences } from './parity.js';
import { expect, test } from './site.js';

test('the CPU build in the browser computes what the native program computes', async ({ plain }) => {
  const { latent, decoded, spread } = await largestDifferences(plain, 'cpu');
  expect(latent).toBeLessThanOrEqual(1e-3);
  expect(decoded).toBeLessThanOrEqual(1e-3);
  expect(spread).toBeGreaterThan(0.5);
});
