import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, keepScreenshot, ready, test } from './site.js';

const tiny = join(import.meta.dirname, '../fixtures/tiny');

test('every model has a card; another is opened from its files, kept, and refused where a file is missing', async ({ page }) => {
  await page.goto('?backend=cpu');
  await ready(page);
  await page.getByRole('button', { name: 'About the models' }).click();
  const dialog = page.getByRole('dialog', { name: 'Models' });
  await expect(dialog.locator('details')).toHaveCount(2);
  await expect(dialog.getByText('Soda emoji set (make data)')).toBeVisible();
  await expect(dialog.locator('details').first()).toContainText(/Weights[\d.]+ MB/);
  await keepScreenshot(page, 'models');
  const open = async (...files: string[]): Promise<void> => {
    const chooser = page.waitForEvent('filechooser');
    await dialog.getByRole('button', { name: 'Open a model from files' }).click();
    await (await chooser).setFiles(files.map((name) => ({ name, mimeType: 'application/octet-stream', buffer: readFileSync(join(tiny, name)) })));
  };
  await open('config.json');
  await expect(dialog.getByRole('alert')).toHaveText(/model\.safetensors is missing/);
  await open('config.json', 'model.safetensors');
  await expect(dialog).toHaveCount(0);
  await expect(page.getByLabel('Model', { exact: true }).locator('option:checked')).toHaveText('tiny');
  expect(new URL(page.url()).hash).toMatch(/model=own-/);
});

test('the faces model begins with faces that it has drawn', async ({ page }) => {
  await page.goto('?backend=cpu#morph?model=faces64');
  await ready(page);
  await expect(page.locator('#from .name')).toHaveText(/^drawn face/);
  await expect(page.locator('#credits')).toContainText('none of them a person');
});
