import { readFile } from 'node:fs/promises';
import type { Locator, Page } from '@playwright/test';
import { twoKinds } from './pictures.js';
import { expect, keepScreenshot, ready, test } from './site.js';

async function withPictures(page: Page): Promise<void> {
  await page.goto('?model=fixtures/tiny/&backend=cpu#recognise');
  await ready(page);
  const files = await twoKinds(page, 6);
  const chooser = page.waitForEvent('filechooser');
  await page.locator('#panel-recognise').getByRole('button', { name: 'Choose pictures' }).click();
  await (await chooser).setFiles(files);
  await expect(page.locator('#panel-recognise .tile')).toHaveCount(12);
  await ready(page);
}

function row(page: Page, name: string): Locator {
  return page.locator('#panel-recognise').getByRole('region', { name, exact: true });
}

async function names(page: Page, className: string): Promise<string[]> {
  const labels = await row(page, className)
    .getByRole('option')
    .evaluateAll((tiles) => tiles.map((tile) => tile.ariaLabel ?? ''));
  return labels.map((label) => label.replace(/\.png.*/, '')).sort();
}

test('an empty panel says what it takes', async ({ page }) => {
  await page.goto('?model=fixtures/tiny/&backend=cpu#recognise');
  await ready(page);
  await expect(page.locator('#panel-recognise').getByText('Drop pictures here')).toBeVisible();
  await expect(page.locator('#panel-recognise .sorting')).toBeHidden();
  await keepScreenshot(page, 'recognise-empty');
});

test('one example of each of two classes sorts the rest, by number keys alone; undo takes a mark back', async ({
  page,
}) => {
  await withPictures(page);
  await expect(row(page, 'Not sorted yet').getByRole('option')).toHaveCount(12);
  await page.getByRole('option', { name: /^disc 2\.png/ }).focus();
  await page.keyboard.press('1');
  await page.getByRole('option', { name: /^bar, 3\.png/ }).focus();
  await page.keyboard.press('2');
  await expect(row(page, 'Not sorted yet')).toHaveCount(0);
  expect(await names(page, 'Class 1')).toEqual([
    'disc 1',
    'disc 2',
    'disc 3',
    'disc 4',
    'disc 5',
    'disc 6',
  ]);
  expect(await names(page, 'Class 2')).toEqual([
    'bar, 1',
    'bar, 2',
    'bar, 3',
    'bar, 4',
    'bar, 5',
    'bar, 6',
  ]);
  await expect(page.getByRole('option', { name: 'disc 2.png, example of Class 1' })).toBeVisible();
  await expect(
    page.getByRole('option', { name: /^disc 1\.png, sorted as Class 1, \d+ % sure$/ }),
  ).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(row(page, 'Not sorted yet').getByRole('option')).toHaveCount(11);
  await page.getByRole('button', { name: 'Redo' }).click();
  await expect(row(page, 'Not sorted yet')).toHaveCount(0);
});

test('classes are named; dragging corrects and trains anew; leaving one out says how well it sorts', async ({
  page,
}) => {
  await withPictures(page);
  await page.getByLabel('Name of class 1').fill('Suns');
  await page.getByLabel('Name of class 1').press('Enter');
  await page.getByLabel('Name of class 2').fill('Poles');
  await page.getByLabel('Name of class 2').press('Enter');
  for (const [tile, to] of [
    [/^disc 1\.png/, 'Suns'],
    [/^disc 2\.png/, 'Suns'],
    [/^bar, 1\.png/, 'Poles'],
    [/^bar, 2\.png/, 'Poles'],
  ] as const) {
    await page.getByRole('option', { name: tile }).dragTo(row(page, to).locator('header span'));
  }
  await expect(page.locator('#panel-recognise .left-out')).toContainText(
    '4 of 4 examples are recognised by the others (100 %)',
  );
  expect(await names(page, 'Suns')).toEqual([
    'disc 1',
    'disc 2',
    'disc 3',
    'disc 4',
    'disc 5',
    'disc 6',
  ]);
  // A person knows better.
  await page
    .getByRole('option', { name: /^disc 6\.png/ })
    .dragTo(row(page, 'Poles').locator('header span'));
  await expect(page.getByRole('option', { name: 'disc 6.png, example of Poles' })).toBeVisible();
  await expect(row(page, 'Poles').locator('header span')).toHaveText(/^3 shown/);
  await keepScreenshot(page, 'recognise');
});

test('with the mouse alone: select, mark, remove; classes come and go', async ({ page }) => {
  await withPictures(page);
  await page.getByRole('option', { name: /^disc 1\.png/ }).click();
  await page.getByRole('option', { name: /^disc 2\.png/ }).click();
  const bar = page.getByRole('toolbar', { name: 'Mark as' });
  await expect(bar).toContainText('2 pictures selected');
  await bar.getByRole('button', { name: 'Class 1' }).click();
  await expect(bar).toBeHidden();
  await expect(row(page, 'Class 1').locator('header span')).toHaveText('2 shown');
  await page.getByRole('button', { name: 'Add a class' }).click();
  await expect(page.getByLabel('Name of class 3')).toBeFocused();
  await page.getByRole('button', { name: 'Remove the class Class 3' }).click();
  await expect(page.getByLabel('Name of class 3')).toHaveCount(0);
  await page.getByRole('option', { name: /^bar, 6\.png/ }).click();
  await bar.getByRole('button', { name: 'Remove' }).click();
  await expect(page.locator('#panel-recognise .tile')).toHaveCount(11);
});

test('the result is saved as CSV', async ({ page }) => {
  await withPictures(page);
  await expect(page.getByRole('button', { name: 'Save as CSV' })).toBeDisabled();
  await page.getByRole('option', { name: /^disc 1\.png/ }).focus();
  await page.keyboard.press('1');
  await page.getByRole('option', { name: /^bar, 1\.png/ }).focus();
  await page.keyboard.press('2');
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as CSV' }).click();
  const lines = (await readFile(await (await saved).path(), 'utf8')).trimEnd().split('\r\n');
  expect(lines).toHaveLength(13);
  expect(lines[0]).toBe('picture,class,example,confidence,p(Class 1),p(Class 2)');
  expect(lines[1]).toBe('disc 1.png,Class 1,yes,,,');
  expect(lines[2]).toMatch(/^disc 2\.png,Class 1,no,(0\.\d{4}|1\.0000),\1,0\.\d{4}$/);
  expect(lines[8]).toMatch(/^"bar, 2\.png",Class 2,no,/);
});

test('the gallery can be sorted, by the shipped model', async ({ page }) => {
  await page.goto('?backend=cpu#recognise');
  await ready(page);
  await page.getByRole('button', { name: 'Take the gallery' }).click();
  await expect(page.locator('#panel-recognise .tile')).toHaveCount(62);
  await ready(page);
  for (const [key, examples] of [
    ['1', ['grinning face', 'sleeping face', 'star-struck']],
    ['2', ['fox', 'panda', 'frog']],
  ] as const) {
    for (const name of examples) {
      await page.getByRole('option', { name: new RegExp(`^${name},`) }).focus();
      await page.keyboard.press(key);
    }
  }
  await expect(page.locator('#panel-recognise .left-out')).toHaveText(/\d of 6 examples/);
  const faces = await names(page, 'Class 1');
  expect(
    faces.filter((label) => /face|smiling|star-struck|head/.test(label)).length,
  ).toBeGreaterThan(5);
  await keepScreenshot(page, 'recognise-gallery');
});

test('by looks alone, too, and where the matcher cannot be had it says so and goes on', async ({
  page,
  errors,
}) => {
  await page.context().route('**/matcher*.safetensors', (route) => route.abort());
  await withPictures(page);
  await expect(page.getByLabel('Compare by')).toHaveValue('latent');
  await expect(page.locator('#panel-recognise .trouble')).toContainText('could not be loaded');
  await page.getByRole('option', { name: /^disc 2\.png/ }).focus();
  await page.keyboard.press('1');
  await page.getByRole('option', { name: /^bar, 3\.png/ }).focus();
  await page.keyboard.press('2');
  await expect(row(page, 'Not sorted yet')).toHaveCount(0);
  expect(await names(page, 'Class 1')).toEqual([
    'disc 1',
    'disc 2',
    'disc 3',
    'disc 4',
    'disc 5',
    'disc 6',
  ]);
  // With the matcher there, it can be asked for again.
  await page.context().unroute('**/matcher*.safetensors');
  await page.getByLabel('Compare by').selectOption('both');
  await ready(page);
  await expect(page.getByLabel('Compare by')).toHaveValue('both');
  await expect(row(page, 'Not sorted yet')).toHaveCount(0);
  // The request that was broken off is on the console.
  errors.splice(
    0,
    errors.length,
    ...errors.filter((line) => !line.includes('Failed to load resource')),
  );
});
