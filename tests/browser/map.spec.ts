import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { dragLine } from './mapping.js';
import { expect, keepScreenshot, ready, test } from './site.js';

const PNG = readFileSync(join(import.meta.dirname, 'pages/disc.png'));

/** Opens the map and waits until it is made. */
async function openMap(page: Page, state = ''): Promise<void> {
  await page.goto(`?model=fixtures/tiny/&backend=cpu#map${state}`);
  await made(page);
}

async function made(page: Page): Promise<void> {
  await expect(page.locator('.map-note')).toHaveAttribute('data-phase', 'done');
  await ready(page);
}

/** Drops pictures that the page paints, each of its own colour, on the map. */
async function dropMany(page: Page, count: number, others: string[] = []): Promise<void> {
  await page.evaluate(
    async ({ count, others }) => {
      const data = new DataTransfer();
      const canvas = new OffscreenCanvas(24, 24);
      const context = canvas.getContext('2d');
      for (let i = 0; i < count && context; i++) {
        context.fillStyle = `hsl(${String((i * 137) % 360)} 70% ${String(30 + (i % 50))}%)`;
        context.fillRect(0, 0, 24, 24);
        context.fillStyle = '#fff';
        context.fillRect((i % 5) * 4, (i % 7) * 3, 6, 6);
        data.items.add(
          new File([await canvas.convertToBlob()], `picture ${String(i + 1)}.png`, {
            type: 'image/png',
          }),
        );
      }
      for (const name of others)
        data.items.add(new File(['not a picture'], name, { type: 'image/png' }));
      document
        .querySelector('.map-stage')
        ?.dispatchEvent(
          new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }),
        );
    },
    { count, others },
  );
}

/** Whether the canvas shows something. */
function ink(page: Page): Promise<number> {
  return page.locator('.map-stage > canvas').evaluate((canvas) => {
    const { width, height } = canvas as HTMLCanvasElement;
    const data =
      (canvas as HTMLCanvasElement).getContext('2d')?.getImageData(0, 0, width, height).data ?? [];
    let drawn = 0;
    for (let at = 3; at < data.length; at += 4) if ((data[at] ?? 0) > 0) drawn++;
    return drawn / (width * height);
  });
}

const search = (page: Page): ReturnType<Page['locator']> =>
  page.locator('#panel-map').getByLabel('Search by name');
const map = (page: Page): ReturnType<Page['getByRole']> =>
  page.getByRole('listbox', { name: /^Map of/ });
const chosen = (page: Page): Promise<string> =>
  page
    .locator('.listing [aria-selected="true"]')
    .textContent()
    .then((text) => text ?? '');

test('the gallery is laid out, and a click shows a picture, as painted, with its nearest', async ({
  page,
}) => {
  await openMap(page);
  await expect(map(page).getByRole('option')).toHaveCount(62);
  await expect.poll(() => ink(page)).toBeGreaterThan(0.1); // A canvas that takes another size is empty until the next frame.
  await keepScreenshot(page, 'map');
  await map(page).focus();
  await page.keyboard.press('Home');
  await ready(page);
  const name = await chosen(page);
  await expect(page.locator('.map-side h2')).toHaveText(name);
  await expect(page.locator('.map-side .pair canvas[data-painted]')).toBeVisible();
  const near = page.locator('.map-side .near button');
  const values = (await near.locator('.similarity').allTextContents()).map(Number);
  expect(values).toEqual([...values].sort((a, b) => b - a));
  const next = (await near.first().locator('.name').textContent()) ?? '';
  await near.first().click();
  await expect(page.locator('.map-side h2')).toHaveText(next);
  expect(await chosen(page)).toBe(next);
  expect(page.url()).toMatch(/#map\?at=[a-z-]+/);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.locator('.map-side h2')).toHaveText(name);
  await keepScreenshot(page, 'map-chosen');
});

test('a click on a bubble chooses the picture that lies there, and one beside all of them lets go', async ({
  page,
}) => {
  await page.emulateMedia({ reducedMotion: 'reduce' }); // Nothing glides under a click.
  await openMap(page);
  const box = (await map(page).boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  await map(page).focus();
  await page.keyboard.press('End');
  const wanted = await chosen(page);
  const label = (await page.locator('.map-label').boundingBox()) ?? box;
  await page.mouse.move(box.x + 2, box.y + box.height / 2);
  await page.keyboard.press('Escape');
  await expect(page.locator('.map-side .hints')).toBeVisible();
  // The label hangs over or under its bubble.
  for (const away of [8, 16, 24]) {
    for (const y of [label.y - away, label.y + label.height + away]) {
      if ((await page.locator('.map-side h2').allTextContents())[0] === wanted) break;
      await page.mouse.click(label.x + label.width / 2, y);
    }
  }
  await expect(page.locator('.map-side h2')).toHaveText(wanted);
  await page.mouse.click(box.x + 3, box.y + box.height / 2);
  await expect(page.locator('.map-side .hints')).toBeVisible();
});

test('the address brings back what is chosen, looked for and seen; the same pictures give the same map', async ({
  page,
  context,
}) => {
  await page.emulateMedia({ reducedMotion: 'reduce' }); // Nothing glides.
  await openMap(page);
  await map(page).focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('+');
  await page.keyboard.press('+');
  await search(page).fill('face');
  await expect(page).toHaveURL(/find=face.*view=/);
  await page.reload();
  await made(page);
  const before = await page
    .locator('.map-stage > canvas')
    .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  const other = await context.newPage();
  await other.emulateMedia({ reducedMotion: 'reduce' });
  await other.goto(page.url());
  await made(other);
  expect(await chosen(other)).toBe(await chosen(page));
  await expect(search(other)).toHaveValue('face');
  await expect
    .poll(() =>
      other
        .locator('.map-stage > canvas')
        .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL()),
    )
    .toBe(before);
});

test('by name: what fits stays bright, and Enter goes from one to the next', async ({ page }) => {
  await openMap(page);
  await search(page).fill('apple');
  await expect(page.locator('.by-name [role=status]')).toHaveText('2 of 62');
  await page.keyboard.press('Enter');
  const first = await chosen(page);
  await page.keyboard.press('Enter');
  const second = await chosen(page);
  expect([first, second].sort()).toEqual(['green apple', 'red apple']);
  await search(page).fill('zzzz');
  await expect(page.locator('.by-name [role=status]')).toHaveText('None is called so');
});

test('by picture: a gallery picture of one’s own is most like itself', async ({ page }) => {
  await openMap(page);
  const file = readFileSync(join(import.meta.dirname, '../../www/public/gallery/pizza.png'));
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'From a file' }).click();
  await (await chooser).setFiles({ name: 'mine.png', mimeType: 'image/png', buffer: file });
  await expect(page.locator('.map-side h2')).toHaveText('Search by mine.png');
  await expect(page.locator('.map-side .near .name').first()).toHaveText('pizza');
  await expect(page.locator('.map-side .near .similarity').first()).toHaveText('1.00');
  await keepScreenshot(page, 'map-example');
  await page.getByRole('button', { name: 'From the gallery' }).click();
  await page.getByRole('dialog').getByRole('option', { name: 'fox' }).click();
  await expect(page.locator('.map-side .near .name').first()).toHaveText('fox');
});

test('a drag with Shift, or the line’s button and keys: a film, which opens in Morph', async ({
  page,
}) => {
  await openMap(page);
  await map(page).focus();
  await page.keyboard.press('Home');
  const from = await chosen(page);
  await page.getByRole('button', { name: 'Draw a line' }).click();
  await expect(map(page)).toBeFocused();
  await page.keyboard.press('End');
  const to = await chosen(page);
  await page.keyboard.press('Enter');
  await expect(page.locator('.map-side h2')).toHaveText(`From ${from} to ${to}`);
  await ready(page);
  const slider = page.getByRole('slider', { name: 'Position on the line' });
  await slider.focus();
  await page.keyboard.press('End');
  await expect(slider).toHaveAttribute('aria-valuetext', 'Frame 9 of 9');
  await keepScreenshot(page, 'map-line');
  await page.getByRole('button', { name: 'Open in Morph' }).click();
  await ready(page);
  await expect(page.locator('#from .name')).toHaveText(from);
  await expect(page.locator('#to .name')).toHaveText(to);
  await page.goBack();

  await dragLine(page, map(page));
  await expect(page.locator('.map-side h2')).toHaveText(
    'From a place between pictures to a place between pictures',
  );
  await ready(page);
  await page.getByRole('button', { name: 'Open in Morph' }).click();
  await ready(page);
  await expect(page.locator('#from .name')).toHaveText('a place between pictures');
});

test('wheel, drag, double click and keys move the view; all of it comes back with 0', async ({
  page,
}) => {
  await openMap(page);
  const box = (await map(page).boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.wheel(0, -600);
  await expect(page).toHaveURL(/view=/);
  const zoomed = page.url();
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 + 80, box.y + box.height / 2 + 40, { steps: 4 });
  await page.mouse.up();
  await expect(page).not.toHaveURL(zoomed);
  await map(page).focus();
  await page.keyboard.press('0');
  await expect(page).not.toHaveURL(/view=/);
  await page.mouse.dblclick(box.x + 3, box.y + box.height / 2);
  await expect(page).toHaveURL(/view=/);
  for (const name of ['Show all', 'Closer', 'Farther'])
    await page.getByRole('button', { name }).click();
});

test('two fingers pinch', async ({ browser, site }) => {
  const context = await browser.newContext({
    hasTouch: true,
    viewport: { width: 390, height: 800 },
    baseURL: site.url,
    serviceWorkers: 'block',
  });
  const page = await context.newPage();
  await openMap(page);
  await map(page).scrollIntoViewIfNeeded();
  const box = (await map(page).boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const client = await context.newCDPSession(page);
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', apart: number): Promise<unknown> =>
    client.send('Input.dispatchTouchEvent', {
      type,
      touchPoints:
        type === 'touchEnd'
          ? []
          : [
              { x: x - apart, y, id: 1 },
              { x: x + apart, y, id: 2 },
            ],
    });
  await touch('touchStart', 20);
  for (const apart of [40, 60, 80, 100]) await touch('touchMove', apart);
  await touch('touchEnd', 0);
  await expect(page).toHaveURL(/view=[^&]*%2C[2-8]/);
  await keepScreenshot(page, 'map-phone');
  await context.close();
});

test('own pictures: what is no picture is named, the reading can be stopped, gone on with, or left there', async ({
  page,
}) => {
  await openMap(page);
  // Slow enough for a hand to be there before all are read.
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: 10 });
  await dropMany(page, 300, ['notes.png']);
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(page.locator('.map-note')).toContainText(/Stopped after \d+ of/);
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: 1 });
  await keepScreenshot(page, 'map-stopped');
  await page.getByRole('button', { name: 'Go on' }).click();
  await made(page);
  await expect(map(page).getByRole('option')).toHaveCount(300);
  await expect(page.locator('.remark')).toContainText(
    '1 file was left out: it is no picture this browser can read (notes.png).',
  );
  await expect(page.locator('.source')).toHaveText('Your pictures · 300 pictures');
  await page.locator('.map-tools').getByRole('button', { name: 'Gallery', exact: true }).click();
  await made(page);
  await expect(map(page).getByRole('option')).toHaveCount(62);
  await page.goBack();
  await made(page);
  await expect(map(page).getByRole('option')).toHaveCount(300);
});

test('one, two or three pictures have a map, too; a folder’s other files have not', async ({
  page,
}) => {
  await openMap(page);
  for (const count of [2, 3, 6]) {
    await dropMany(page, count);
    await expect(page.locator('.source')).toHaveText(`Your pictures · ${String(count)} pictures`);
    await made(page);
    await expect(map(page).getByRole('option')).toHaveCount(count);
  }
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Open pictures' }).click();
  await (await chooser).setFiles([{ name: 'disc.png', mimeType: 'image/png', buffer: PNG }]);
  await expect(page.locator('.source')).toHaveText('Your pictures · 1 picture');
  await made(page);
  await expect(map(page).getByRole('option')).toHaveCount(1);
  await page.locator('.map-tools').getByRole('button', { name: 'Gallery', exact: true }).click();
  await made(page);
});

test('states: no pictures at all, no gallery, and a worker that cannot be had', async ({
  page,
  context,
  errors,
}) => {
  await openMap(page);
  await dropMany(page, 0, ['a.png', 'b.png']);
  await expect(page.locator('.map-note')).toContainText('None of these files is a picture');
  await keepScreenshot(page, 'map-none');
  await context.route('**/gallery/gallery.json', (route) => route.fulfill({ status: 500 }));
  await page.reload();
  await expect(page.locator('.map-note')).toContainText('There is nothing to make a map of');
  await keepScreenshot(page, 'map-empty');
  await context.unrouteAll();
  await context.route('**/assets/layout-worker-*.js', (route) =>
    route.fulfill({ status: 404, body: 'gone' }),
  );
  await page.reload();
  await expect(page.locator('.map-note')).toHaveAttribute('data-phase', 'failed');
  await keepScreenshot(page, 'map-failed');
  await context.unrouteAll();
  await page.getByRole('button', { name: 'Try again' }).click();
  await made(page);
  errors.length = 0; // The browser reports the 500 and the 404.
});

test('while the model loads the pictures are there already, and the map follows', async ({
  page,
  context,
}) => {
  let go: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  await context.route('**/fixtures/tiny/model.safetensors', async (route) => {
    await gate;
    await route.continue();
  });
  await page.goto('?model=fixtures/tiny/&backend=cpu#map');
  await expect(page.locator('.map-note')).toContainText('as soon as the model is ready');
  await expect.poll(() => ink(page)).toBeGreaterThan(0.1);
  await keepScreenshot(page, 'map-loading');
  go();
  await made(page);
});

test('two thousand pictures: zoom and pan stay smooth', async ({ page }) => {
  await page.addInitScript(() => {
    const times: number[] = [];
    Object.assign(window, { drawn: times });
    const original = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (callback) =>
      original((now) => {
        const begun = performance.now();
        callback(now);
        times.push(performance.now() - begun);
      });
  });
  await openMap(page);
  await dropMany(page, 2000);
  await expect(page.locator('.source')).toHaveText('Your pictures · 2,000 pictures');
  await made(page);
  await keepScreenshot(page, 'map-2000');
  const box = (await map(page).boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.evaluate(() => {
    const gaps: number[] = [];
    Object.assign(window, { gaps });
    let last = performance.now();
    const tick = (now: number): void => {
      gaps.push(now - last);
      last = now;
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  /** What 95 of 100 drawings, and gaps between frames, take at most, in milliseconds. */
  const measure = async (): Promise<{ drawing: number; gap: number }> => {
    await page.evaluate(() => {
      const { drawn, gaps } = window as unknown as { drawn: number[]; gaps: number[] };
      drawn.length = gaps.length = 0;
    });
    for (let i = 0; i < 24; i++) await page.mouse.wheel(0, i < 12 ? -120 : 120);
    await page.mouse.down();
    for (let i = 0; i < 60; i++)
      await page.mouse.move(x + 90 * Math.sin(i / 5), y + 60 * Math.cos(i / 5));
    await page.mouse.up();
    return page.evaluate(() => {
      const { drawn, gaps } = window as unknown as { drawn: number[]; gaps: number[] };
      const p95 = (values: number[]): number =>
        values.sort((a, b) => a - b)[Math.floor(values.length * 0.95)] ?? NaN;
      return { drawing: p95(drawn.filter((each) => each > 0.2)), gap: p95(gaps.slice(1)) };
    });
  };
  // Other programs can only disturb: the best of three counts.
  const runs = [await measure(), await measure(), await measure()];
  const [drawing, gap] = [
    Math.min(...runs.map((run) => run.drawing)),
    Math.min(...runs.map((run) => run.gap)),
  ];
  console.log(
    `2,000 pictures: 95 of 100 drawings take at most ${drawing.toFixed(1)} ms, frames come at most ${gap.toFixed(1)} ms apart`,
  );
  expect(drawing).toBeLessThan(16);
  expect(gap).toBeLessThan(50);
});
