import { expect, openTiny, ready, stagePixels, test } from './site.js';

test('a morph whose slider repaints, new pictures and an edit, on WebGPU', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await openTiny(page, 'backend=webgpu');
  await expect(page.locator('#engine')).toContainText('WebGPU');
  await expect(page.locator('#strip canvas[data-painted]')).toHaveCount(9);
  const before = await stagePixels(page);
  await page.locator('#scrub').fill('3.5');
  await expect(page.locator('#engine')).toContainText(/follows in [\d.]+ ms/);
  await ready(page);
  expect(await stagePixels(page)).not.toBe(before);

  await page.getByRole('link', { name: 'Sample' }).click();
  await expect(page.locator('.samples .tile:not([disabled])')).toHaveCount(12);
  const tiles = await page.locator('.samples canvas').evaluateAll((all) => all.map((each) => (each as HTMLCanvasElement).toDataURL()));
  expect(new Set(tiles).size).toBe(12);

  await page.getByRole('button', { name: 'Edit it' }).click();
  const slider = page.locator('.direction:not([hidden]) input').first();
  await expect(slider).toBeVisible();
  await ready(page);
  const canvas = page.locator('.subject > canvas');
  const picture = (): Promise<string> => canvas.evaluate((each) => (each as HTMLCanvasElement).toDataURL());
  const unedited = await picture();
  await slider.fill('3');
  await expect.poll(picture).not.toBe(unedited);
  await ready(page);
});
