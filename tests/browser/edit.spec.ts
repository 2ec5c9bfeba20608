import type { Locator, Page } from '@playwright/test';
import { expect, keepScreenshot, ready, test } from './site.js';

/** Opens the panel with the small model, or with another, and waits until it has painted what it wants to show. */
async function open(page: Page, state = '', model = 'fixtures/tiny/'): Promise<void> {
  await page.goto(`?model=${model}&backend=cpu#edit${state}`);
  await expect(page.locator('.levels .direction')).not.toHaveCount(0);
  await painted(page);
}

/** Waits for the fine picture and for the small ones that are wanted. */
async function painted(page: Page): Promise<void> {
  await expect(page.getByRole('button', { name: 'Save PNG' })).toBeEnabled();
  await ready(page);
}

function picture(page: Page): Promise<string> {
  return page
    .locator('.subject > canvas')
    .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
}

/** Opens a section, and what is in it. */
async function section(page: Page, name: string): Promise<Locator> {
  const found = page
    .locator('.section')
    .filter({ has: page.locator('summary', { hasText: name }) });
  if ((await found.getAttribute('open')) === null) await found.locator('summary').click();
  return found;
}

/** Chooses a picture of the gallery by a well's button. */
async function choose(page: Page, well: string, at: number): Promise<void> {
  await page.getByRole('button', { name: `${well}: Choose…`, exact: true }).click();
  await page.getByRole('dialog').getByRole('option').nth(at).click();
}

test('sliders for the principal directions, with both ends painted; each is a step that can be undone', async ({
  page,
  context,
}) => {
  await open(page);
  await expect(page.locator('.direction .end:not([data-painted])')).toHaveCount(0);
  const before = await picture(page);
  const slider = page.locator('.direction:not([hidden]) input').first();
  await slider.focus();
  for (let i = 0; i < 20; i++) await page.keyboard.press('ArrowRight');
  await expect(slider).toHaveAttribute('aria-valuetext', '+2.0');
  await expect.poll(() => picture(page)).not.toBe(before);
  await painted(page);
  const after = await picture(page);
  await keepScreenshot(page, 'edit');

  const other = await context.newPage();
  await other.goto(page.url());
  await expect(other.locator('.direction:not([hidden]) input').first()).toHaveValue('2');
  await expect.poll(() => picture(other)).toBe(after);
  await other.close();

  // A run of keys is one step.
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await expect(slider).toHaveAttribute('aria-valuetext', '0');
  await page.getByRole('button', { name: 'Redo', exact: true }).click();
  await expect(slider).toHaveAttribute('aria-valuetext', '+2.0');
  await page.getByRole('button', { name: 'Reset' }).click();
  await expect(slider).toHaveAttribute('aria-valuetext', '0');
  await expect.poll(() => picture(page)).toBe(before);
});

test('a direction is learned from marked pictures, named, moved, changed and forgotten', async ({
  page,
}) => {
  await open(page);
  const before = await picture(page);
  const learn = await section(page, 'Make your own slider');
  const make = learn.getByRole('button', { name: 'Make a slider' });
  await expect(make).toBeDisabled();
  const mark = learn.locator('.marks button');
  await mark.nth(0).click();
  await mark.nth(1).click();
  await mark.nth(2).click();
  await mark.nth(2).click(); // Twice: not these.
  await expect(mark.nth(0)).toHaveAttribute('aria-label', /: more$/);
  await expect(mark.nth(2)).toHaveAttribute('aria-label', /: less$/);
  await expect(learn.locator('.row output')).toHaveText('2 more, 1 less');
  await keepScreenshot(page, 'edit-marks');
  await learn.getByLabel('Name').fill('Rounder');
  await make.click();
  const slider = learn.getByRole('slider', { name: 'Rounder' });
  await expect(slider).toHaveValue('1');
  await expect.poll(() => picture(page)).not.toBe(before);
  await painted(page);
  await slider.focus();
  await page.keyboard.press('Home');
  await expect(slider).toHaveAttribute('aria-valuetext', '−2.00 ×');
  await page.reload();
  const again = page.getByRole('slider', { name: 'Rounder' });
  await expect(again).toHaveValue('-2');
  await page.getByRole('button', { name: 'Remove Rounder' }).click();
  await expect(again).toHaveCount(0);
  await expect.poll(() => picture(page)).toBe(before);
});

test('arithmetic with three wells: nothing changes until all are there, and a − b + b is a', async ({
  page,
}) => {
  await open(page);
  const before = await picture(page);
  await section(page, 'Arithmetic');
  await choose(page, 'Minus', 5);
  await painted(page);
  expect(await picture(page)).toBe(before);
  await choose(page, 'Plus', 9);
  await expect.poll(() => picture(page)).not.toBe(before);
  await choose(page, 'Plus', 5);
  await expect.poll(() => picture(page)).toBe(before);
  await page.getByRole('button', { name: 'Minus: Clear' }).click();
  await expect(page.getByRole('button', { name: /^Minus: empty/ })).toBeVisible();
});

test('levels of two pictures are mixed: none of this picture is the other', async ({ page }) => {
  await open(page);
  const before = await picture(page);
  await section(page, 'Mix two pictures');
  await choose(page, 'Other picture', 7);
  await expect.poll(() => picture(page)).not.toBe(before);
  const split = page.getByRole('slider', { name: 'Taken from this picture' });
  await split.focus();
  await page.keyboard.press('End');
  await expect.poll(() => picture(page)).toBe(before);
  await page.keyboard.press('Home');
  await expect(split).toHaveAttribute('aria-valuetext', 'nothing');
  await painted(page);
  const other = await picture(page);
  await choose(page, 'Picture', 7);
  await page.getByRole('button', { name: 'Reset' }).click();
  await expect.poll(() => picture(page)).toBe(other);
});

test('restyle and variations: small pictures of each, and a press takes one', async ({ page }) => {
  await open(page);
  const before = await picture(page);
  const views = await section(page, 'Restyle');
  await expect(views.locator('canvas:not([data-painted])')).toHaveCount(0);
  await views.getByRole('button').nth(1).click();
  await expect(views.getByRole('button').nth(1)).toHaveAttribute('aria-pressed', 'true');
  await expect.poll(() => picture(page)).not.toBe(before);
  await views.getByRole('button', { name: 'Original', exact: true }).click();
  await expect.poll(() => picture(page)).toBe(before);

  const vary = await section(page, 'Variations');
  await expect(vary.locator('canvas:not([data-painted])')).toHaveCount(0);
  await vary.getByRole('button', { name: 'Variation 3' }).click();
  await expect.poll(() => picture(page)).not.toBe(before);
  expect(page.url()).toContain('vary=3');
  await painted(page);
  await keepScreenshot(page, 'edit-variations');
});

test('guidance, steps, sampler and seed change the painting, and exact keeps the picture', async ({
  page,
}) => {
  await open(page);
  const advanced = await section(page, 'Advanced');
  let before = await picture(page);
  for (const change of [
    () => advanced.getByLabel('Steps').selectOption('2'), // The model's own are 8.
    () => advanced.getByLabel('Sampler').selectOption('dpm++2m'),
    () =>
      advanced
        .getByLabel('Seed of the noise')
        .fill('5')
        .then(() => page.keyboard.press('Enter')),
    () => advanced.getByLabel('Guidance', { exact: true }).fill('2'),
    () => advanced.getByLabel('Guidance of level 2').fill('3'),
    () => page.locator('#panel-edit').getByLabel('Match the original').check(),
  ]) {
    await change();
    await expect.poll(() => picture(page)).not.toBe(before);
    await painted(page);
    before = await picture(page);
  }
  expect(page.url()).toMatch(/exact=yes.*guidance=2.*levels=0_3_0.*sampler=dpm.*seed=5.*steps=2/);
});

test('what was edited goes on to a morph, and a new picture comes to be edited', async ({
  page,
}) => {
  await open(page, '?by=0.0~3');
  await page.getByRole('button', { name: 'Use as start' }).click();
  await expect(page.locator('#from .name')).toHaveText(/ edited$/);
  await ready(page);
  await page.getByRole('link', { name: 'Sample' }).click();
  await expect(page.locator('.samples .tile:not([disabled])')).toHaveCount(12);
  await page.getByRole('button', { name: 'Edit' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-panel', 'edit');
  await expect(page.locator('#panel-edit .subject .name')).toHaveText('new picture 1-1');
  await painted(page);
});

test('with a shipped model, directions are named after what they change', async ({ page }) => {
  await open(page, '?picture=fox', 'models/emoji64/');
  await expect(page.locator('.direction .end:not([data-painted])')).toHaveCount(0);
  await ready(page);
  const names = (level: number): Promise<string[]> =>
    page
      .locator('.levels .level')
      .nth(level)
      .locator('.direction:not([hidden]) label')
      .allTextContents();
  expect((await names(0))[0]).toBe('Layout 1');
  expect((await names(2))[0]).toBe('Colour 1');
  await keepScreenshot(page, 'edit-emoji');
});

test('a phone: the picture stays in sight while sliders are moved', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await open(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await page.locator('.direction input').last().scrollIntoViewIfNeeded();
  await expect(page.locator('.subject > canvas')).toBeInViewport({ ratio: 0.9 });
  await keepScreenshot(page, 'edit-phone');
});
