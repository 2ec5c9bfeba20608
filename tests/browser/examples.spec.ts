import { readdirSync } from 'node:fs';
import { type Page, test as base, expect } from '@playwright/test';
import { MOUNTS } from '../../examples/serve.js';
import { serveStatic } from '../../www/serve.js';

const test = base.extend<{ examples: string }>({
  examples: async ({ page }, use) => {
    const server = await serveStatic(MOUNTS);
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('response', (response) => {
      if (!response.ok() && !response.url().endsWith('/favicon.ico'))
        errors.push(`${String(response.status())} ${response.url()}`);
    });
    await use(`${server.url}examples/`);
    expect(errors).toEqual([]);
    await server.close();
  },
});

/** The colours that a canvas shows, in a grid of 3 by 3. */
function colours(page: Page, index = 0): Promise<string> {
  return page
    .locator('canvas')
    .nth(index)
    .evaluate((canvas) => {
      const small = new OffscreenCanvas(3, 3).getContext('2d');
      small?.drawImage(canvas as HTMLCanvasElement, 0, 0, 3, 3);
      return small?.getImageData(0, 0, 3, 3).data.join() ?? '';
    });
}

test('every example is in the list', async ({ page, examples }) => {
  await page.goto(examples);
  const listed = await page
    .locator('a')
    .evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
  const pages = readdirSync(new URL('../../examples', import.meta.url)).filter(
    (name) => name.endsWith('.html') && name !== 'index.html',
  );
  expect(listed.sort()).toEqual(pages.sort());
});

for (const [name, model] of [
  ['two-pictures', false],
  ['painted-by-a-model', true],
] as const) {
  test(`${name}: the element shows another picture at each end of its slider`, async ({
    page,
    examples,
  }) => {
    await page.goto(`${examples}${name}.html`);
    const slider = page.locator('soda-morph').getByRole('slider');
    await expect(page.locator('soda-morph canvas[data-painted]')).toBeVisible();
    await expect
      .poll(() =>
        page
          .locator('soda-morph')
          .evaluate((element) => (element as HTMLElement & { painted: unknown[] }).painted.length),
      )
      .toBe(model ? 5 : 9);
    const first = await colours(page);
    await slider.press('End');
    await expect.poll(() => colours(page)).not.toBe(first);
  });
}

test('follow-the-pointer: the slider and the pointer move the morph', async ({
  page,
  examples,
}) => {
  await page.goto(`${examples}follow-the-pointer.html`);
  await expect(page.getByRole('slider')).toBeEnabled();
  const first = await colours(page);
  await page.getByRole('slider').fill('1');
  await expect.poll(() => colours(page)).not.toBe(first);
  await page.locator('canvas').hover({ position: { x: 0, y: 50 } });
  await expect.poll(() => colours(page)).toBe(first);
});

test('sort-by-example: animals and food are told apart', async ({ page, examples }) => {
  await page.goto(`${examples}sort-by-example.html`);
  await expect(page.locator('body[data-done]')).toBeVisible();
  const lines = await page.locator('li').allTextContents();
  expect(lines).toHaveLength(8);
  // By chance half are right.
  const right = lines.filter((line, i) => line.includes(i < 4 ? ': animal' : ': food'));
  expect(right.length, lines.join('; ')).toBeGreaterThanOrEqual(7);
});

test('shape-of-one: the mixed picture is neither of the two', async ({ page, examples }) => {
  await page.goto(`${examples}shape-of-one.html`);
  await expect(page.locator('canvas')).toHaveCount(3);
  const [a, mixed, b] = [await colours(page, 0), await colours(page, 1), await colours(page, 2)];
  expect(new Set([a, mixed, b]).size).toBe(3);
});
