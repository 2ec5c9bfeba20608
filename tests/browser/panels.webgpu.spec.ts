import { dragLine } from './mapping.js';
import { chooseFiles, strangeFiles, twoKinds } from './pictures.js';
import { expect, keepScreenshot, openPanel, openTiny, ready, stagePixels, test } from './site.js';

test('a morph whose slider repaints, new pictures and an edit, on WebGPU', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await openTiny(page, 'backend=webgpu');
  await expect(page.locator('#engine')).toContainText('WebGPU');
  await expect(page.locator('#strip canvas[data-painted]')).toHaveCount(9);
  const before = await stagePixels(page);
  await page.locator('#scrub').fill('3.5');
  await expect(page.locator('#engine')).toContainText(/repaint [\d.]+ ms/);
  await ready(page);
  expect(await stagePixels(page)).not.toBe(before);

  await page.getByRole('link', { name: 'Sample' }).click();
  await expect(page.locator('.samples .tile:not([disabled])')).toHaveCount(12);
  const tiles = await page
    .locator('.samples canvas')
    .evaluateAll((all) => all.map((each) => (each as HTMLCanvasElement).toDataURL()));
  expect(new Set(tiles).size).toBe(12);

  await page.getByRole('button', { name: 'Edit' }).click();
  const slider = page.locator('.direction:not([hidden]) input').first();
  await expect(slider).toBeVisible();
  await ready(page);
  const canvas = page.locator('.subject > canvas');
  const picture = (): Promise<string> =>
    canvas.evaluate((each) => (each as HTMLCanvasElement).toDataURL());
  const unedited = await picture();
  await slider.fill('3');
  await expect.poll(picture).not.toBe(unedited);
  await ready(page);
});

test('one example of each class sorts the rest, the gallery becomes a map with a line across, and a lesson is learnt, on WebGPU', async ({
  page,
}) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await openTiny(page, 'backend=webgpu');
  await openPanel(page, 'recognise');
  await chooseFiles(page, 'Choose pictures', await twoKinds(page, 4));
  await expect(page.locator('#panel-recognise .tile')).toHaveCount(8);
  await ready(page);
  await page.getByRole('option', { name: /^disc 2\.png/ }).focus();
  await page.keyboard.press('1');
  await page.getByRole('option', { name: /^bar, 3\.png/ }).focus();
  await page.keyboard.press('2');
  for (const [name, kind] of [
    ['Class 1', /^disc/],
    ['Class 2', /^bar/],
  ] as const) {
    const tiles = page
      .locator('#panel-recognise')
      .getByRole('region', { name, exact: true })
      .getByRole('option');
    await expect(tiles).toHaveCount(4);
    for (const tile of await tiles.all()) await expect(tile).toHaveAccessibleName(kind);
  }

  await page.getByRole('link', { name: 'Map' }).click();
  const map = page.getByRole('listbox', { name: /^Map of/ });
  const side = page.locator('.map-side');
  await expect(page.locator('.map-note')).toHaveAttribute('data-phase', 'done');
  await expect(map.getByRole('option')).toHaveCount(62);
  await map.focus();
  await page.keyboard.press('Home');
  await ready(page);
  await side.locator('.near button').first().click();
  await expect(side.locator('.pair canvas[data-painted]')).toBeVisible();
  await dragLine(page, map);
  await expect(side.locator('h2')).toHaveText(/^From .* to /);
  await ready(page);
  const film = side.getByRole('slider', { name: 'Position on the line' });
  const frames = new Set<string>();
  for (const at of ['0', '4', '8']) {
    await film.fill(at);
    frames.add(
      await side
        .locator('.loop canvas')
        .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL()),
    );
  }
  expect(frames.size).toBe(3);
  await keepScreenshot(page, 'webgpu-map');

  await openPanel(page, 'teach');
  await chooseFiles(page, 'Choose pictures', await strangeFiles(page, 3, 32));
  await page.getByRole('combobox', { name: 'Training' }).selectOption('60');
  await page.getByRole('button', { name: 'Start training' }).click();
  await expect(
    page
      .locator('#panel-teach .lesson')
      .getByRole('img', { name: /^Error over \d+ steps: from [\d.]+ to [\d.]+$/ }),
  ).toBeVisible();
  const result = page.locator('#panel-teach .result');
  await expect(result.locator('.gain b')).toBeVisible();
  const told = (await result.locator('.numbers p').textContent()) ?? '';
  const [before = NaN, after = NaN] = [...told.matchAll(/([\d.]+) dB/g)].map(([, dB]) =>
    Number(dB),
  );
  expect(after).toBeGreaterThan(before);
  await expect(page.locator('#model span')).toHaveText(/ \(trained\)$/);
  await ready(page);
  await expect(page.locator('#engine')).toContainText('WebGPU');
  await keepScreenshot(page, 'webgpu-teach');
});
