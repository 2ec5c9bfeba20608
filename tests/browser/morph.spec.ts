import type { Page } from '@playwright/test';
import {
  choose,
  expect,
  keepScreenshot,
  openTiny,
  ready,
  stagePixels,
  stripFrames,
  test,
} from './site.js';

const names = (page: Page): Promise<(string | null)[]> =>
  page
    .locator('.chain li .picture')
    .evaluateAll((all) => all.map((each) => each.getAttribute('title')));

async function enter(page: Page, way: 'Sequence' | 'Four corners' | 'Two pictures'): Promise<void> {
  await page.getByRole('radio', { name: way }).check({ force: true });
  await ready(page);
}

/** Adds a picture of the gallery to the chain. */
async function add(page: Page, at: number): Promise<void> {
  await choose(page, 'Add a picture');
  await page.getByRole('dialog').getByRole('option').nth(at).click();
}

test('a chain goes through all of its pictures', async ({ page }) => {
  await openTiny(page);
  const two = await stripFrames(page);
  await enter(page, 'Sequence');
  expect((await names(page)).length).toBe(3);
  await expect(page.locator('#strip canvas')).toHaveCount(17);
  expect((await stripFrames(page)).slice(0, 9)).toEqual(two); // The first leg is the morph of before.
  await add(page, 7);
  await ready(page);
  await expect(page.locator('#strip canvas[data-painted]')).toHaveCount(25);
  await keepScreenshot(page, 'chain');

  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.locator('#strip canvas')).toHaveCount(17);
  await page.getByRole('button', { name: 'Redo' }).click();
  await expect(page.locator('#strip canvas')).toHaveCount(25);
});

test('a chain is reordered and thinned out by keyboard', async ({ page }) => {
  await openTiny(page);
  await enter(page, 'Sequence');
  const [a, b, c] = await names(page);
  const said = await page.locator('#live').evaluateHandle((live) => {
    const lines: (string | null)[] = [];
    new MutationObserver(() => lines.push(live.textContent)).observe(live, { childList: true });
    return lines;
  });
  await page.locator('.chain li .picture').first().focus();
  await page.keyboard.press('Shift+ArrowRight');
  expect(await names(page)).toEqual([b, a, c]);
  expect((await said.jsonValue()).join()).toContain('number 2 of 3');
  await page.keyboard.press('Shift+ArrowRight'); // The focus has gone along.
  expect(await names(page)).toEqual([b, c, a]);
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Delete');
  expect(await names(page)).toEqual([b, a]);
  await page.keyboard.press('Delete');
  await expect(page.locator('.chain .trouble')).toContainText('at least two pictures');
  expect(await names(page)).toEqual([b, a]);
  await ready(page);
  await expect(page.locator('#strip canvas[data-painted]')).toHaveCount(9);
});

test('a chain is reordered by drag, and a click goes to a picture', async ({ page }) => {
  await openTiny(page);
  await enter(page, 'Sequence');
  const [a, b, c] = await names(page);
  const box = async (i: number): Promise<{ x: number; y: number }> => {
    const { x, y, width, height } = (await page.locator('.chain li').nth(i).boundingBox()) ?? {
      x: 0,
      y: 0,
      width: 0,
      height: 0,
    };
    return { x: x + width / 2, y: y + height / 2 };
  };
  const [from, to] = [await box(0), await box(2)];
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y, { steps: 8 });
  await keepScreenshot(page, 'chain-drag');
  await page.mouse.up();
  expect(await names(page)).toEqual([b, c, a]);
  await ready(page);
  await page.locator('.chain li .picture').nth(1).click();
  await expect(page.getByRole('slider')).toHaveValue('8');
});

test('the chain is in the address', async ({ page, context }) => {
  await openTiny(page);
  await enter(page, 'Sequence');
  await add(page, 9);
  await page.getByLabel('Easing').selectOption('in-out');
  await ready(page);
  const [wanted, frames] = [await names(page), await stripFrames(page)];
  const other = await context.newPage();
  await other.goto(page.url());
  await ready(other);
  expect(await names(other)).toEqual(wanted);
  expect(await stripFrames(other)).toEqual(frames);
  await expect(other.getByLabel('Easing')).toHaveValue('in-out');
});

test('a square: four corners, a ring to drag, and arrow keys', async ({ page }) => {
  await openTiny(page);
  await enter(page, 'Four corners');
  await expect(page.locator('.mosaic canvas[data-painted]')).toHaveCount(25);
  const ring = page.getByRole('slider', { name: 'Place between the four pictures' });
  await expect(ring).toHaveAttribute('aria-valuetext', '50 % across, 50 % down');
  const middle = await stagePixels(page);
  await ring.focus();
  for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowUp');
  await expect(ring).toHaveAttribute('aria-valuetext', '65 % across, 45 % down');
  await expect.poll(() => stagePixels(page)).not.toBe(middle);
  await ready(page);
  expect(page.url()).toContain('at=65-45');
  await keepScreenshot(page, 'square');

  const pad = (await page.locator('.mosaic').boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  await page.mouse.move(pad.x + pad.width / 2, pad.y + pad.height / 2);
  await page.mouse.down();
  await page.mouse.move(pad.x + 2, pad.y + 2, { steps: 10 });
  await page.mouse.up();
  await expect(ring).toHaveAttribute('aria-valuetext', '0 % across, 0 % down');
  await ready(page);
  // In its corner is the first frame of the film.
  const corner = await page
    .locator('.mosaic canvas')
    .first()
    .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  expect(
    await page
      .locator('#strip canvas')
      .first()
      .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL()),
  ).toBe(corner);
});

test('between two frames the slider paints what is there: coarse while it moves, fine when it rests', async ({
  page,
}) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await openTiny(page);
  const scrub = (await page.locator('#scrub').boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  const at = (frame: number): [number, number] => [
    scrub.x + (scrub.width * (frame + 0.5)) / 9,
    scrub.y + scrub.height / 2,
  ];
  await page.mouse.move(...at(2));
  await page.mouse.down();
  for (let frame = 2; frame <= 6.5; frame += 0.25)
    await page.mouse.move(...at(frame), { steps: 2 });
  await expect(page.locator('#engine')).toContainText(/repaint [\d.]+ ms/);
  await page.mouse.up();
  await ready(page);
  await expect(page.getByRole('slider')).toHaveAttribute('aria-valuetext', /%, between two frames/);
  // The stage shows what decoding the latent there gives: neither of the frames beside it.
  const strip = await page.locator('#strip canvas').evaluateAll((all) =>
    all.map((each) => {
      const large = Object.assign(document.createElement('canvas'), { width: 512, height: 512 });
      const context = large.getContext('2d');
      if (context) context.imageSmoothingQuality = 'high';
      context?.drawImage(each as HTMLCanvasElement, 0, 0, 512, 512);
      return large.toDataURL();
    }),
  );
  await expect.poll(async () => strip.includes(await stagePixels(page))).toBe(false);
  const lags = await page.evaluate(() =>
    performance.getEntriesByName('soda: repaint').map(({ duration }) => duration),
  );
  expect(lags.length).toBeGreaterThan(2);
  // Superseded places are not painted: far fewer pictures than moves.
  expect(lags.length).toBeLessThan(40);
});

test('once stops at the end; round and round does not turn back', async ({ page }) => {
  await openTiny(page);
  await page.getByLabel('Repeat').selectOption('once');
  await page.getByLabel('Seconds').selectOption('0.5');
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible();
  await expect(page.getByRole('slider')).toHaveValue('8');
  await page.getByLabel('Repeat').selectOption('loop');
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  const values = await page.evaluate(async () => {
    const seen: number[] = [];
    const scrub = document.querySelector<HTMLInputElement>('#scrub');
    const until = performance.now() + 2500;
    while (performance.now() < until) {
      const value = Number(scrub?.value);
      if (value !== seen.at(-1)) seen.push(value);
      await new Promise(requestAnimationFrame);
    }
    return seen;
  });
  const back = values.filter((value, i) => value < (values[i - 1] ?? value));
  expect(back.length).toBeGreaterThan(0);
  for (const value of back) expect(value).toBeLessThanOrEqual(1); // Only from the end to the beginning.
});
