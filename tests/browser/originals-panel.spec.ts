import { expect, keepScreenshot, stagePixels, stripFrames, test } from './site.js';

test('the page morphs the originals by themselves, before and without any painting, and lets the model paint on demand', async ({
  page,
}) => {
  await page.goto('?model=fixtures/tiny/&backend=cpu');
  const status = page.locator('#status');
  await expect
    .poll(async () => (await stripFrames(page)).filter(({ spread }) => spread > 0).length)
    .toBe(9);
  await expect(page.locator('#tools button').first()).toBeEnabled();
  const scrub = page.locator('#scrub');
  const views: string[] = [];
  for (const place of ['0', '4.3', '4.5', '8']) {
    await scrub.evaluate((slider, place) => {
      (slider as HTMLInputElement).value = place;
      slider.dispatchEvent(new Event('input', { bubbles: true }));
    }, place);
    views.push(await stagePixels(page));
  }
  expect(new Set(views).size).toBe(4);
  await scrub.evaluate((slider) => {
    (slider as HTMLInputElement).value = '4';
    slider.dispatchEvent(new Event('input', { bubbles: true }));
  });
  await keepScreenshot(page, 'morph-originals');
  const originals = (await stripFrames(page)).map(({ pixels }) => pixels);
  await expect(page.locator('html')).toHaveAttribute('data-state', 'ready');
  await page.getByLabel('Made of').selectOption('soda');
  await expect
    .poll(async () => (await stripFrames(page)).some(({ pixels }, i) => pixels !== originals[i]))
    .toBe(true);
  await expect(page).toHaveURL(/painted=yes/);
  await expect(status).not.toBeEmpty();
});

test('an average of several pictures follows the share of each, which the address keeps', async ({
  page,
}) => {
  await page.goto('?model=fixtures/tiny/&backend=cpu');
  await page.getByRole('radio', { name: 'Average' }).click();
  const shares = page.getByRole('group', { name: 'Share of each picture' }).getByRole('slider');
  await expect(shares).toHaveCount(3);
  await expect(page.getByRole('img', { name: 'The average of 3 pictures' })).toBeVisible();
  await expect.poll(() => stagePixels(page)).not.toBe('');
  await expect(page.locator('#frame-actions button').first()).toBeEnabled();
  const equal = await stagePixels(page);
  await shares.first().press('Home');
  await expect(page).toHaveURL(/shares=0-50-50/);
  await expect.poll(() => stagePixels(page)).not.toBe(equal);
  await keepScreenshot(page, 'average');
  const uneven = await stagePixels(page);
  await page.reload();
  await expect.poll(() => stagePixels(page)).toBe(uneven);
  await expect(shares.first()).toHaveValue('0');
  await page.goBack();
  await expect(page).not.toHaveURL(/shares/);
});

test('the model paints the mean of the latents of an average, in the same shares', async ({
  page,
}) => {
  await page.goto('?model=fixtures/tiny/&backend=cpu');
  await page.getByRole('radio', { name: 'Average' }).click();
  await expect(page.getByRole('img', { name: 'The average of 3 pictures' })).toBeVisible();
  await expect(page.locator('#frame-actions button').first()).toBeEnabled();
  await expect(page.locator('html')).toHaveAttribute('data-state', 'ready');
  const pictures = await stagePixels(page);
  await page.getByLabel('Made of').selectOption('soda');
  await expect(page).toHaveURL(/painted=yes/);
  await expect.poll(() => stagePixels(page)).not.toBe(pictures);
  const equal = await stagePixels(page);
  const shares = page.getByRole('group', { name: 'Share of each picture' }).getByRole('slider');
  await shares.nth(1).press('Home');
  await shares.nth(2).press('Home');
  await expect(page).toHaveURL(/shares=50-0-0/);
  // Coarse while the hand moves, and fine once it rests.
  let first = '';
  await expect
    .poll(
      async () => {
        const before = first;
        first = await stagePixels(page);
        return first !== equal && first === before;
      },
      { intervals: [600] },
    )
    .toBe(true);
  await expect(page.locator('#frame-actions button').first()).toBeEnabled();
  await keepScreenshot(page, 'average-painted');
  await page.reload();
  await expect.poll(() => stagePixels(page)).toBe(first);
  await expect(shares.nth(2)).toHaveValue('0');
});

test('four originals meet in a square, whose place the address keeps and which the model paints on demand', async ({
  page,
}) => {
  await page.goto('?model=fixtures/tiny/&backend=cpu');
  await page.getByRole('radio', { name: 'Four corners' }).click();
  await expect(page.locator('#frame-actions button').first()).toBeEnabled();
  const cells = page.locator('.mosaic canvas[data-painted]');
  await expect(cells).toHaveCount(25);
  await expect.poll(async () => (await stripFrames(page)).length).toBe(17);
  const middle = await stagePixels(page);
  const ring = page.getByRole('slider', { name: 'Place between the four pictures' });
  await ring.press('ArrowRight');
  await expect(page).toHaveURL(/at=55-50/);
  await expect.poll(() => stagePixels(page)).not.toBe(middle);
  await keepScreenshot(page, 'square-originals');
  await expect(page.locator('html')).toHaveAttribute('data-state', 'ready');
  const moved = await stagePixels(page);
  await page.getByLabel('Made of').selectOption('soda');
  await expect(page).toHaveURL(/painted=yes/);
  await expect.poll(() => stagePixels(page)).not.toBe(moved);
});

test('pictures and painting are mixed by a slider, and places travel straight or turning; the address keeps both', async ({
  page,
}) => {
  await page.goto('?model=fixtures/tiny/&backend=cpu');
  await expect(page.locator('html')).toHaveAttribute('data-state', 'ready');
  const scrub = page.locator('#scrub');
  const halfWay = (): Promise<void> =>
    scrub.evaluate((slider) => {
      (slider as HTMLInputElement).value = '4';
      slider.dispatchEvent(new Event('input', { bubbles: true }));
    });
  const complete = page.locator('#tools button[data-complete="true"]');
  await expect(complete).toBeEnabled();
  await halfWay();
  await expect.poll(() => stagePixels(page)).not.toBe('');
  const original = await stagePixels(page);
  await page.getByLabel('Path').selectOption('spiral');
  await expect(page).toHaveURL(/path=spiral/);
  await page.getByLabel('Path').selectOption('straight');
  await expect(page).not.toHaveURL(/path/);
  await page.getByLabel('Made of').selectOption('mixed');
  await expect(page).toHaveURL(/painted=50/);
  await expect(complete).toBeEnabled({ timeout: 30_000 });
  await halfWay();
  await expect.poll(() => stagePixels(page)).not.toBe(original);
  const half = await stagePixels(page);
  const share = page.getByRole('slider', { name: 'Painted' });
  await share.press('End');
  await expect(page).toHaveURL(/painted=100/);
  await expect.poll(() => stagePixels(page)).not.toBe(half);
  await keepScreenshot(page, 'mixed');
  await page.reload();
  await expect(share).toHaveValue('1');
  await page.goBack();
  await expect(page).not.toHaveURL(/painted=100/);
});
