import type { Locator, Page } from '@playwright/test';
import { expect, keepScreenshot, ready, test } from './site.js';
import { withoutPrior } from './without-prior.js';

/** Opens the panel with the small model, which has a prior, or with another. */
async function open(page: Page, state = '', model = 'fixtures/tiny/'): Promise<void> {
  await page.goto(`?model=${model}&backend=cpu#sample${state}`);
  await ready(page);
  await expect(page.locator('.samples .tile:not([disabled])')).not.toHaveCount(0);
  await ready(page);
}

function tiles(page: Page): Promise<string[]> {
  return page
    .locator('.samples canvas')
    .evaluateAll((all) => all.map((each) => (each as HTMLCanvasElement).toDataURL()));
}

test('a grid of new pictures, all different, and the same again from the address', async ({
  page,
  context,
}) => {
  await open(page);
  const first = await tiles(page);
  expect(first).toHaveLength(12);
  expect(new Set(first).size).toBe(12);
  await expect(page.locator('.source')).toContainText('from random noise');
  await keepScreenshot(page, 'sample');

  await page.getByRole('button', { name: 'New set' }).click();
  await ready(page);
  const rolled = await tiles(page);
  expect(rolled).not.toEqual(first);
  expect(page.url()).toMatch(/seed=\d+/);
  const other = await context.newPage();
  await other.goto(page.url());
  await ready(other);
  await expect(other.locator('.samples .tile:not([disabled])')).toHaveCount(12);
  expect(await tiles(other)).toEqual(rolled);

  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => tiles(page)).toEqual(first);
});

test('more pictures begin with the same ones; another variety changes all', async ({ page }) => {
  await open(page, '?count=6&seed=3');
  const six = await tiles(page);
  await page.getByRole('combobox', { name: 'Pictures' }).selectOption('24');
  await ready(page);
  await expect(page.locator('.samples .tile:not([disabled])')).toHaveCount(24);
  expect((await tiles(page)).slice(0, 6)).toEqual(six);
  await page.getByLabel('Variety').selectOption('0.7');
  await ready(page);
  await expect
    .poll(async () => (await tiles(page)).slice(0, 6).some((tile, i) => tile === six[i]))
    .toBe(false);
});

test('a picture is chosen by mouse and by arrow keys, and saved', async ({ page }) => {
  await open(page);
  const tile = (i: number): Locator => page.locator('.samples .tile').nth(i);
  await tile(2).click();
  await expect(tile(2)).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await expect(tile(3)).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(tile(9)).toHaveAttribute('aria-pressed', 'true');
  expect(page.url()).toContain('number=10');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save PNG' }).click();
  expect((await download).suggestedFilename()).toMatch(/^soda-new-picture-1-10\.png$/);
});

test('a new picture goes on to the other panels', async ({ page }) => {
  await open(page);
  await page.locator('.samples .tile').nth(1).click();
  await page.getByRole('button', { name: 'Use as start' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-panel', 'morph');
  await ready(page);
  await expect(page.locator('#from .name')).toHaveText('new picture 1-2');
  await expect(page.locator('#strip canvas[data-painted]')).toHaveCount(9);

  await page.getByRole('link', { name: 'Sample' }).click();
  await page.locator('.samples .tile').nth(4).click();
  await page.getByRole('button', { name: 'Use as end' }).click();
  await ready(page);
  await expect(page.locator('#from .name')).toHaveText('new picture 1-2');
  await expect(page.locator('#to .name')).toHaveText('new picture 1-5');

  await page.getByRole('link', { name: 'Sample' }).click();
  await page.getByRole('button', { name: 'Add to training' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-panel', 'teach');
  await expect(page.locator('#panel-teach .tiles .tile')).toHaveCount(1);
});

test('a model without a prior gives mixtures, calls them so, and offers the one that has a prior', async ({
  page,
}) => {
  await withoutPrior(page);
  await open(page, '?count=6');
  await expect(page.locator('.source')).toContainText('blends gallery pictures');
  await expect(page.locator('.card .hint')).toContainText(
    /^Between .+ and .+, with the colours of .+/,
  );
  const mixtures = await tiles(page);
  expect(new Set(mixtures).size).toBe(6);
  await keepScreenshot(page, 'sample-mixtures');
  await page.getByRole('button', { name: 'Switch to Emoji for pictures from nothing' }).click();
  await expect(page.locator('.source')).toContainText('from random noise');
  await ready(page);
  await expect(
    page.getByRole('button', { name: 'Switch to Emoji for pictures from nothing' }),
  ).toBeHidden();
  await expect(page.locator('.samples .tile:not([disabled])')).toHaveCount(6);
  expect((await tiles(page)).some((tile) => mixtures.includes(tile))).toBe(false);
  await keepScreenshot(page, 'sample-from-prior');
});

test('a phone, and the dark', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await open(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await keepScreenshot(page, 'sample-phone-dark');
});
