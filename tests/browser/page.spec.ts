import { expect, keepScreenshot, openTiny, ready, stagePixels, stripFrames, test } from './site.js';

test('it opens with a morph that moves, whose frames differ and are not blank', async ({
  page,
}) => {
  await openTiny(page);
  const frames = await stripFrames(page);
  expect(frames).toHaveLength(9);
  for (const frame of frames) expect(frame.spread).toBeGreaterThan(3);
  expect(new Set(frames.map((frame) => frame.pixels)).size).toBeGreaterThan(6);
  const before = await stagePixels(page);
  await expect.poll(() => stagePixels(page)).not.toBe(before);
  await keepScreenshot(page, 'desktop-light');
});

test('without an adapter it runs on the CPU, and says so, why, and how fast', async ({ page }) => {
  await openTiny(page, 'backend=auto');
  await expect(page.locator('#engine')).toContainText(
    /Running on the CPU, because .*WebGPU.* a step · .* for 9 frames/,
  );
});

test('what was asked for is not called a fallback', async ({ page }) => {
  await openTiny(page);
  await expect(page.locator('#engine')).toContainText('Running on the CPU ·');
});

test('nothing is uploaded: every request is a GET to this site', async ({ page, site }) => {
  const requests: string[] = [];
  page.on('request', (request) => requests.push(`${request.method()} ${request.url()}`));
  await openTiny(page);
  expect(requests.length).toBeGreaterThan(5);
  for (const request of requests)
    expect(request).toMatch(new RegExp(`^(GET|HEAD) (${site.url}|blob:|data:)`));
});

test('the slider and the frames under it go to a frame, and stop the playing', async ({ page }) => {
  await openTiny(page);
  const scrub = page.getByRole('slider');
  await scrub.focus();
  await page.keyboard.press('End');
  await expect(scrub).toHaveValue('8');
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible();
  const last = await stagePixels(page);
  await page.keyboard.press('ArrowLeft');
  await expect(scrub).toHaveAttribute('aria-valuetext', /Frame 8 of 9/);
  expect(await stagePixels(page)).not.toBe(last);

  const box = (await page.locator('#strip canvas').nth(2).boundingBox()) ?? {
    x: 0,
    y: 0,
    width: 0,
    height: 0,
  };
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await expect(scrub).toHaveValue('2');
});

test('play and pause', async ({ page }) => {
  await openTiny(page);
  await page.getByRole('button', { name: 'Pause' }).click();
  const value = await page.getByRole('slider').inputValue();
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await expect(page.getByRole('slider')).not.toHaveValue(value);
});

test('who wants less motion gets a morph that waits', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await openTiny(page);
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible();
});

test('more frames on demand', async ({ page }) => {
  await openTiny(page);
  await page.getByLabel('Frames', { exact: true }).selectOption('17');
  await ready(page);
  await expect(page.locator('#strip canvas[data-painted]')).toHaveCount(17);
  await expect(page.getByRole('slider')).toHaveAttribute('max', '16');
});

test('swapping turns the morph round', async ({ page }) => {
  await openTiny(page);
  const before = await stripFrames(page);
  await page.getByRole('button', { name: 'Swap the two pictures' }).click();
  await expect
    .poll(async () => (await stripFrames(page)).map((frame) => frame.pixels))
    .toEqual(before.map((frame) => frame.pixels).reverse());
});

test('with exact pictures on, the ends of the morph come closer to the pictures', async ({
  page,
}) => {
  await openTiny(page);
  const distance = (): Promise<number> =>
    page.evaluate(async () => {
      const canvas = document.querySelector<HTMLCanvasElement>('#strip canvas');
      const image = document.querySelector<HTMLImageElement>('#from img');
      if (!canvas || !image) return NaN;
      const { width, height } = canvas;
      const context = new OffscreenCanvas(width, height).getContext('2d');
      if (!context) return NaN;
      await image.decode();
      context.fillStyle = '#fff';
      context.fillRect(0, 0, width, height);
      context.imageSmoothingQuality = 'high';
      context.drawImage(image, 0, 0, width, height);
      const wanted = context.getImageData(0, 0, width, height).data;
      const found = canvas.getContext('2d')?.getImageData(0, 0, width, height).data ?? wanted;
      return Math.sqrt(
        wanted.reduce((sum, value, i) => sum + (value - (found[i] ?? 0)) ** 2, 0) / wanted.length,
      );
    });
  const loose = await distance();
  await page.getByLabel('Match the originals').check();
  await expect.poll(distance).toBeLessThan(0.7 * loose);
});

test('dark and light', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await openTiny(page);
  const paper = (): Promise<string> =>
    page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await paper();
  await keepScreenshot(page, 'desktop-dark');
  await page.getByRole('button', { name: 'Theme: as the system' }).click();
  const light = await paper();
  expect(light).not.toBe(dark);
  await page.reload();
  expect(await paper()).toBe(light);
  await page.getByRole('button', { name: 'Theme: light' }).click();
  expect(await paper()).toBe(dark);
});

test('a phone of 360 pixels shows everything without scrolling sideways', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await openTiny(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  const inside = await page.evaluate(() =>
    [
      ...document.querySelectorAll(
        'main button, main select, main input:not([hidden]), main canvas',
      ),
    ].every((element) => {
      const { left, right, width } = element.getBoundingClientRect();
      return width === 0 || (left >= -1 && right <= 361);
    }),
  );
  expect(inside).toBe(true);
  await keepScreenshot(page, 'phone-light');
  await page.locator('#from .picture').click();
  const cell = (await page.getByRole('dialog').getByRole('option').first().boundingBox()) ?? {
    width: 0,
    height: 0,
  };
  expect(cell.height).toBeCloseTo(cell.width, 0); // Rows are not squeezed together: the grid scrolls.
  await keepScreenshot(page, 'phone-gallery');
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
});

for (const width of [320, 360]) {
  test(`the bar's buttons stand on one line ${String(width)} pixels wide`, async ({ page }) => {
    await page.setViewportSize({ width, height: 740 });
    await openTiny(page);
    const lines = await page
      .locator('.bar > .wordmark, .bar > button')
      .evaluateAll((all) =>
        all
          .map((each) => each.getBoundingClientRect())
          .map(({ top, height }) => Math.round(top + height / 2)),
      );
    expect(lines).toHaveLength(6);
    expect(Math.max(...lines) - Math.min(...lines)).toBeLessThanOrEqual(2);
  });
}

test('all links to panels are in view at any width, whatever the model is called', async ({
  page,
}) => {
  await page.goto('?model=fixtures/tiny/&backend=cpu');
  await ready(page);
  await page.locator('#model span').evaluate((name) => {
    name.textContent = 'Avatars (trained)';
  });
  for (const width of [1280, 1024, 961, 800, 641, 500, 360]) {
    await page.setViewportSize({ width, height: 800 });
    const bar = await page.locator('.bar').evaluate((bar) => bar.scrollWidth - bar.clientWidth);
    const nav = await page.locator('#nav').evaluate((nav) => nav.scrollWidth - nav.clientWidth);
    expect([bar, nav], `${String(width)} px wide`).toEqual([0, 0]);
  }
});
