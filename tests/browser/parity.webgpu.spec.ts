import { largestDifferences } from './parity.js';
import { expect, test } from './site.js';

test('the WebGPU build in the browser computes what the native program computes', async ({ plain }) => {
  const { latent, decoded, spread } = await largestDifferences(plain, 'webgpu');
  expect(latent).toBeLessThanOrEqual(1e-3);
  expect(decoded).toBeLessThanOrEqual(1e-3);
  expect(spread).toBeGreaterThan(0.5);
});
