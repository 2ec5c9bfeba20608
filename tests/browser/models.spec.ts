import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { expect, keepScreenshot, openTiny, ready, test } from './site.js';

const tiny = join(import.meta.dirname, '../fixtures/tiny');

test('every model has a card; another is opened from its files, kept, and refused where a file is missing', async ({
  page,
}) => {
  await page.goto('?backend=cpu');
  await ready(page);
  await page.locator('#model').click();
  const dialog = page.getByRole('dialog', { name: 'Models' });
  await expect(dialog.locator('details')).toHaveCount(3);
  await expect(dialog.getByText('Soda emoji set (make data)')).toBeVisible();
  await expect(dialog.locator('details').first()).toContainText(/Weights[\d.]+ MB/);
  await keepScreenshot(page, 'models');
  const open = async (...files: string[]): Promise<void> => {
    const chooser = page.waitForEvent('filechooser');
    await dialog.getByRole('button', { name: 'Open a model from files' }).click();
    await (
      await chooser
    ).setFiles(
      files.map((name) => ({
        name,
        mimeType: 'application/octet-stream',
        buffer: readFileSync(join(tiny, name)),
      })),
    );
  };
  await open('config.json');
  await expect(dialog.getByRole('alert')).toHaveText(/model\.safetensors is missing/);
  await open('config.json', 'model.safetensors');
  await expect(dialog).toHaveCount(0);
  await expect(page.locator('#model span')).toHaveText('tiny');
  expect(new URL(page.url()).hash).toMatch(/model=own-/);
});

test('a model downloaded as a zip file is opened from it; a zip file that lacks a file, or is none, is refused by name', async ({
  page,
}) => {
  await openTiny(page);
  const [config, weights] = ['config.json', 'model.safetensors'].map((name) =>
    readFileSync(join(tiny, name)),
  ) as [Buffer, Buffer];
  const dialog = page.getByRole('dialog', { name: 'Models' });
  const open = async (name: string, buffer: Uint8Array): Promise<void> => {
    const chooser = page.waitForEvent('filechooser');
    await dialog.getByRole('button', { name: 'Open a model from files' }).click();
    await (
      await chooser
    ).setFiles({ name, mimeType: 'application/zip', buffer: Buffer.from(buffer) });
  };
  const chosen = page.locator('#model span');

  await page.locator('#model').click();
  await open(
    'half.zip',
    zipSync({ 'half/config.json': config, '__MACOSX/half/._model.safetensors': config }),
  );
  await expect(dialog.getByRole('alert')).toHaveText(/half\.zip holds no model\.safetensors/);
  await open('half.zip', zipSync({ 'model.safetensors': weights }));
  await expect(dialog.getByRole('alert')).toHaveText(/half\.zip holds no config\.json/);
  await open('none.zip', config);
  await expect(dialog.getByRole('alert')).toHaveText(/none\.zip is not a zip file/);
  await open(
    'mac.zip',
    zipSync({
      '__MACOSX/mac/._config.json': weights,
      'mac/config.json': config,
      'mac/model.safetensors': weights,
    }),
  );
  await expect(dialog).toHaveCount(0);
  await expect(chosen).toHaveText('tiny');
  await ready(page);

  await page.locator('#model').click();
  await dialog.getByRole('button', { name: 'Rename' }).click();
  await dialog.getByLabel('New name of tiny').fill('There and back');
  await page.keyboard.press('Enter');
  const download = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Download both files' }).click();
  const zip = await download;
  expect(zip.suggestedFilename()).toBe('there-and-back.zip');
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await dialog.getByRole('button', { name: 'Delete for good?' }).click();
  await expect(chosen).not.toHaveText('There and back');
  await open(zip.suggestedFilename(), readFileSync(await zip.path()));
  await expect(dialog).toHaveCount(0);
  await expect(chosen).toHaveText('There and back');
  await ready(page);
  await expect(page.locator('#strip canvas[data-painted]')).toHaveCount(9);
});

test('the faces model begins with faces that it has drawn', async ({ page }) => {
  await page.goto('?backend=cpu#morph?model=faces64');
  await ready(page);
  await expect(page.locator('#from .name')).toHaveText(/^drawn face/);
  await expect(page.locator('#credits')).toContainText('none of them a person');
});

test('a model of another version than the page was made with is said, with a way to reload', async ({
  page,
}) => {
  await page.route('**/models/emoji64/*', (route) =>
    route.fulfill({
      path: join(
        import.meta.dirname,
        '../../models/avatars64',
        new URL(route.request().url()).pathname.split('/').at(-1) ?? '',
      ),
    }),
  );
  await page.goto('?backend=cpu#sample');
  await expect(page.locator('#trouble')).toContainText('another version than this page', {
    timeout: 30_000,
  });
  await expect(page.locator('#trouble').getByRole('button', { name: 'Reload' })).toBeVisible();
});
