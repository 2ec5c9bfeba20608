import { expect, keepScreenshot, ready, stripFrames, test } from './site.js';

test('the page with the shipped model on the CPU: a morph of plausible pictures', async ({ page }) => {
  await page.goto('?backend=cpu');
  await ready(page);
  const frames = await stripFrames(page);
  expect(frames).toHaveLength(9);
  for (const frame of frames) expect(frame.spread).toBeGreaterThan(10);
  expect(new Set(frames.map((frame) => frame.pixels)).size).toBe(9);
  await expect(page.locator('#engine')).toContainText('Running on the CPU');
  await keepScreenshot(page, 'shipped');
});
