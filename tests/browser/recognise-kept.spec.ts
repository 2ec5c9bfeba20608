import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { launchOptions } from './chromium.js';
import { twoKinds } from './pictures.js';
import { expect, keepScreenshot, ready, rememberStream, test } from './site.js';

// Two cameras that show a test picture.
const { args, ...launch } = launchOptions(false);
test.use({
  launchOptions: {
    ...launch,
    args: [...args, '--use-fake-device-for-media-stream=device-count=2'],
  },
});

const PANEL = '?model=fixtures/tiny/&backend=cpu#recognise';

async function sortSome(page: Page): Promise<void> {
  await page.goto(PANEL);
  await ready(page);
  const chooser = page.waitForEvent('filechooser');
  await page.locator('#panel-recognise').getByRole('button', { name: 'Choose pictures' }).click();
  await (await chooser).setFiles(await twoKinds(page, 3));
  await expect(page.locator('#panel-recognise .tile')).toHaveCount(6);
  await ready(page);
  await page.getByRole('option', { name: /^disc 2\.png/ }).focus();
  await page.keyboard.press('1');
  await page.getByRole('option', { name: /^bar, 3\.png/ }).focus();
  await page.keyboard.press('2');
  await expect(page.getByText('Not sorted yet')).toHaveCount(0);
}

const tile = (page: Page, name: RegExp): ReturnType<Page['getByRole']> =>
  page.getByRole('option', { name });

test('what was sorted outlives a reload, has a name, and can be gone on with, exported, imported and deleted', async ({
  page,
}) => {
  await sortSome(page);
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Discs and bars');
  await page.keyboard.press('Enter');
  // Coming back before all is read again must not keep what is not there yet.
  await page.reload();
  await page.getByRole('link', { name: 'Morph' }).click();
  await page.getByRole('link', { name: 'Recognise' }).click();
  await page.getByRole('link', { name: 'Morph' }).click();
  await page.getByRole('link', { name: 'Recognise' }).click();
  await page.reload();
  await ready(page);
  await expect(tile(page, /^disc 2\.png, example of Class 1$/)).toBeVisible();
  await expect(tile(page, /^bar, 1\.png, sorted as Class 2/)).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Name', exact: true })).toHaveValue(
    'Discs and bars',
  );
  await keepScreenshot(page, 'recognise-kept');

  await page.getByRole('button', { name: 'Start another' }).click();
  await expect(page.locator('#panel-recognise .tile')).toHaveCount(0);
  await page.getByRole('button', { name: 'Discs and bars, 6 pictures' }).click();
  await expect(tile(page, /^disc 2\.png, example of Class 1$/)).toBeVisible();

  await page.getByRole('button', { name: 'Your things' }).click();
  const things = page.getByRole('dialog', { name: 'Your things' });
  const sorted = things.getByRole('region', { name: 'Sorted pictures' });
  await expect(sorted.getByRole('listitem')).toHaveCount(1);
  const download = page.waitForEvent('download');
  await things.getByRole('button', { name: 'Export all as a zip file' }).click();
  const archive = await (await download).path();
  await things
    .getByLabel('Import')
    .last()
    .setInputFiles({
      name: 'soda-things.zip',
      mimeType: 'application/zip',
      buffer: await readFile(archive),
    });
  await expect(sorted.getByRole('listitem')).toHaveCount(2);
  await sorted.getByRole('button', { name: 'Delete Discs and bars' }).last().click();
  await sorted.getByRole('button', { name: 'Delete Discs and bars for good?' }).click();
  await expect(sorted.getByRole('listitem')).toHaveCount(1);
  await sorted.getByRole('button', { name: 'Open Discs and bars' }).click();
  await expect(tile(page, /^disc 2\.png, example of Class 1$/)).toBeVisible();
  await expect(page.locator('#panel-recognise .tile')).toHaveCount(6);
});

test('a name that is given in the moment of leaving is kept', async ({ page }) => {
  await sortSome(page);
  const field = page.getByRole('textbox', { name: 'Name', exact: true });
  for (let i = 0; i < 6; i++) {
    await field.fill(`Discs ${String(i)}`);
    // The page is left in the very task in which the name is given.
    await field.evaluate((input) => {
      input.dispatchEvent(new Event('change'));
      location.reload();
    });
    await page.waitForLoadState();
    await ready(page);
    await expect(field).toHaveValue(`Discs ${String(i)}`, { timeout: 10_000 });
  }
});

test('an address of a project that this browser does not have says so and breaks nothing', async ({
  page,
}) => {
  await page.goto(`${PANEL}?project=project-nowhere`);
  await ready(page);
  await expect(page.locator('#panel-recognise').getByRole('alert').first()).toHaveText(
    'That is no longer kept in this browser.',
  );
  await expect(page.getByRole('button', { name: 'Take the gallery' })).toBeVisible();
});

test('the classifier can be taken along as JSON', async ({ page }) => {
  await sortSome(page);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Take the classifier along' }).click();
  const file = JSON.parse(await readFile(await (await download).path(), 'utf8')) as {
    classes: string[];
    numbers: string;
    classifier: { kind: string; scale: { mean: number[] }; classes: { examples: number }[] };
  };
  expect(file.classes).toEqual(['Class 1', 'Class 2']);
  expect(file.numbers).toBe('joined(latent, described)');
  expect(file.classifier.kind).toBe('soda-nearest-mean');
  expect(file.classifier.classes.map(({ examples }) => examples)).toEqual([1, 1]);
  // The latent's numbers, and 264 of the matcher's.
  expect(file.classifier.scale.mean.length).toBeGreaterThan(264);
});

test('live: the camera shows examples and is told what it sees; another camera is really another, and one that is unplugged is said', async ({
  page,
  context,
}) => {
  await context.grantPermissions(['camera']);
  await rememberStream(page);
  const device = (): Promise<string | undefined> =>
    page.evaluate(
      () =>
        (window as unknown as { stream: MediaStream }).stream.getVideoTracks()[0]?.getSettings()
          .deviceId,
    );
  await page.goto(PANEL);
  await ready(page);
  await page.getByRole('button', { name: 'Live camera' }).click();
  const dialog = page.getByRole('dialog');
  const chips = dialog.locator('.chips button');
  await expect(chips).toHaveCount(2);
  await expect(dialog.locator('.hint')).toContainText('Hold something before the camera');
  await expect(page.locator('html')).toHaveAttribute('data-state', 'ready');
  await chips.nth(0).click();
  await expect(page.locator('#panel-recognise .tile')).toHaveCount(1);
  await page.waitForTimeout(700); // The test picture moves on.
  await chips.nth(1).click();
  await expect(page.locator('#panel-recognise .tile')).toHaveCount(2);
  await expect(dialog.locator('.verdict')).toHaveText(/^Class [12]$/);
  await expect(chips.first().locator('span')).toHaveText(/^\d+ %$/);
  await keepScreenshot(page, 'recognise-live');

  const first = await device();
  await dialog.getByRole('button', { name: 'Other camera' }).click();
  await expect.poll(device).not.toBe(first);
  await page.evaluate(() => {
    (window as unknown as { stream: MediaStream }).stream
      .getVideoTracks()[0]
      ?.dispatchEvent(new Event('ended'));
  });
  await expect(dialog.getByRole('alert')).toContainText('The camera is gone');
  await dialog.getByRole('button', { name: 'Try again' }).click();
  await expect(dialog.locator('.trouble')).toBeEmpty();
  await page.keyboard.press('Escape');
  await expect(tile(page, /^Class 1, from the camera, example of Class 1$/)).toBeVisible();
});
