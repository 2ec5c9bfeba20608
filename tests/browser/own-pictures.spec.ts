import type { Page } from '@playwright/test';
import { launchOptions } from './chromium.js';
import { strangeFiles } from './pictures.js';
import { choose, expect, keepScreenshot, openTiny, ready, rememberStream, test } from './site.js';

// A camera that shows a test picture, and leave to use it unless a test takes it away.
const { args, ...launch } = launchOptions(false);
test.use({ launchOptions: { ...launch, args: [...args, '--use-fake-device-for-media-stream'] } });

/** Chooses a picture of two halves, red and blue side by side, twice as wide as high, and wide margins of grey. */
async function chooseWide(page: Page): Promise<void> {
  const png = await page.evaluate(() => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 400, height: 200 });
    const context = canvas.getContext('2d');
    if (!context) throw new Error('no canvas');
    for (const [i, colour] of ['#ff0000', '#00ff00', '#0000ff', '#ffff00'].entries()) {
      context.fillStyle = colour;
      context.fillRect(100 * i, 0, 100, 200);
    }
    return canvas.toDataURL().split(',')[1] ?? '';
  });
  const chooser = page.waitForEvent('filechooser');
  await choose(page, 'From', 'From a file');
  await (
    await chooser
  ).setFiles({ name: 'wide.png', mimeType: 'image/png', buffer: Buffer.from(png, 'base64') });
  await expect(page.locator('#from .name')).toHaveText('wide.png');
}

/** The colour of a well's picture at shares of its width and height; nothing while another picture takes its place. */
function colourAt(page: Page, x: number, y: number): Promise<number[]> {
  return page.evaluate(
    async ({ x, y }) => {
      const image = document.querySelector<HTMLImageElement>('#from img');
      if (!image) throw new Error('no picture');
      // `decode` rejects where the source changes meanwhile.
      if (
        !(await image.decode().then(
          () => true,
          () => false,
        ))
      )
        return [];
      const context = new OffscreenCanvas(image.naturalWidth, image.naturalHeight).getContext('2d');
      context?.drawImage(image, 0, 0);
      return [
        ...(context
          ?.getImageData(
            Math.floor(x * image.naturalWidth),
            Math.floor(y * image.naturalHeight),
            1,
            1,
          )
          .data.slice(0, 3) ?? []),
      ];
    },
    { x, y },
  );
}

test('a picture is cropped by keys alone; cropping again begins where it was left, and undo takes it back', async ({
  page,
}) => {
  await openTiny(page);
  await chooseWide(page);
  await page.getByRole('button', { name: 'From: Crop' }).click();
  const view = page.getByRole('application');
  await expect(view).toBeFocused();
  await expect(view).toHaveAccessibleName(/^50 % from the left, 50 % from the top, zoom 1\.0$/);
  await page.keyboard.press('Shift+ArrowLeft');
  for (let i = 0; i < 8; i++) await page.keyboard.press('Shift+ArrowLeft');
  await expect(view).toHaveAccessibleName(/^0 % from the left/);
  await page.keyboard.press('+');
  await expect(view).toHaveAccessibleName(/zoom 1\.1|zoom 1\.2/);
  await page.keyboard.press('-');
  await keepScreenshot(page, 'crop');
  await page.getByRole('button', { name: 'Use crop' }).click();
  await expect.poll(() => colourAt(page, 0.25, 0.5)).toEqual([255, 0, 0]);
  await expect.poll(() => colourAt(page, 0.75, 0.5)).toEqual([0, 255, 0]);
  await ready(page);

  await page.getByRole('button', { name: 'From: Crop' }).click();
  await expect(page.getByRole('application')).toHaveAccessibleName(/^0 % from the left/);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => colourAt(page, 0.9, 0.5)).toEqual([255, 255, 0]); // The whole picture again.
});

test('a picture is cropped with the mouse: drag, wheel and slider', async ({ page }) => {
  await openTiny(page);
  await chooseWide(page);
  await page.getByRole('button', { name: 'From: Crop' }).click();
  const view = page.getByRole('application');
  const box = (await view.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  await page.mouse.move(box.x + 0.8 * box.width, box.y + 0.5 * box.height);
  await page.mouse.down();
  await page.mouse.move(box.x + 0.3 * box.width, box.y + 0.5 * box.height, { steps: 3 });
  await page.mouse.up();
  await expect(view).toHaveAccessibleName(/^100 % from the left/);
  await page.mouse.wheel(0, -500);
  await expect(view).not.toHaveAccessibleName(/zoom 1\.0/);
  await page.getByRole('dialog').getByRole('slider').fill('0');
  await expect(view).toHaveAccessibleName(/zoom 1\.0/);
  await page.getByRole('button', { name: 'Use crop' }).click();
  await expect.poll(() => colourAt(page, 0.25, 0.5)).toEqual([0, 0, 255]);
  await expect.poll(() => colourAt(page, 0.75, 0.5)).toEqual([255, 255, 0]);
});

test('a picture is cropped with two fingers: what lies between them stays there; one goes on alone', async ({
  browser,
  site,
}) => {
  const context = await browser.newContext({
    hasTouch: true,
    viewport: { width: 390, height: 800 },
    baseURL: site.url,
    serviceWorkers: 'block',
  });
  const page = await context.newPage();
  await openTiny(page);
  await chooseWide(page);
  await page.getByRole('button', { name: 'From: Crop' }).click();
  const view = page.getByRole('application');
  await expect(view).toBeFocused();
  const box = (await view.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  const client = await context.newCDPSession(page);
  /** Fingers at shares of the view's width and height; those that a `touchEnd` names leave it. */
  const touch = (
    type: 'touchStart' | 'touchMove' | 'touchEnd',
    ...fingers: { id: number; at: [number, number] }[]
  ): Promise<unknown> =>
    client.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: fingers.map(({ id, at: [x, y] }) => ({
        id,
        x: box.x + x * box.width,
        y: box.y + y * box.height,
      })),
    });
  /** Two fingers, one above the other. */
  const two = (
    x: number,
    apart: number,
  ): [{ id: 1; at: [number, number] }, { id: 2; at: [number, number] }] => [
    { id: 1, at: [x, 0.5 - apart] },
    { id: 2, at: [x, 0.5 + apart] },
  ];
  await touch('touchStart', ...two(0.25, 0.05));
  for (const apart of [0.1, 0.15, 0.2]) await touch('touchMove', ...two(0.25, apart));
  await expect(view).toHaveAccessibleName('39 % from the left, 50 % from the top, zoom 4.0');
  await keepScreenshot(page, 'crop-phone');
  await touch('touchEnd', two(0.25, 0.2)[1]);
  for (const x of [0.5, 0.75, 1.05]) await touch('touchMove', { id: 1, at: [x, 0.3] });
  await touch('touchEnd', { id: 1, at: [1.05, 0.3] });
  await expect(view).toHaveAccessibleName('28 % from the left, 50 % from the top, zoom 4.0');
  await page.getByRole('button', { name: 'Use crop' }).click();
  await expect.poll(() => colourAt(page, 0.01, 0.5)).toEqual([255, 0, 0]);
  await expect.poll(() => colourAt(page, 0.1, 0.5)).toEqual([0, 255, 0]);

  await page.getByRole('button', { name: 'From: Crop' }).click();
  await expect(view).toBeFocused();
  await touch('touchStart', ...two(0.5, 0.4));
  for (const apart of [0.3, 0.2, 0.05]) await touch('touchMove', ...two(0.5, apart));
  await touch('touchEnd');
  await expect(view).toHaveAccessibleName(/zoom 1\.0$/);
  await context.close();
});

test('a picture from the camera; it goes off when the dialog closes', async ({ page, context }) => {
  await context.grantPermissions(['camera']);
  await rememberStream(page);
  await openTiny(page);
  await choose(page, 'To', 'Camera');
  const snap = page.getByRole('button', { name: 'Take the picture' });
  await expect(snap).toBeEnabled();
  await keepScreenshot(page, 'camera');
  await snap.click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page.locator('#to .name')).toHaveText('camera picture');
  await ready(page);
  const live = await page.evaluate(() =>
    (window as unknown as { stream: MediaStream }).stream
      .getTracks()
      .map(({ readyState }) => readyState),
  );
  expect(live).toEqual(['ended']);
});

for (const [what, error, words] of [
  ['a denied camera', 'NotAllowedError', /does not let this page use the camera/],
  ['no camera', 'NotFoundError', /No camera was found/],
  ['a camera that another program has', 'NotReadableError', /Another app is using the camera/],
] as const) {
  test(`${what} gets a message, and the well stays what it was`, async ({ page }) => {
    await page.addInitScript((error) => {
      MediaDevices.prototype.getUserMedia = () =>
        Promise.reject(new DOMException('not here', error));
    }, error);
    await openTiny(page);
    const before = await page.locator('#to .name').textContent();
    await choose(page, 'To', 'Camera');
    await expect(page.getByRole('dialog').getByRole('alert')).toHaveText(words);
    await expect(page.getByRole('button', { name: 'Take the picture' })).toBeDisabled();
    await page.keyboard.press('Escape');
    await expect(page.locator('#to .name')).toHaveText(before ?? '');
  });
}

test('a picture far from what the model knows gets a note, and the offer leads to teaching it', async ({
  page,
}) => {
  await page.goto('?backend=cpu&painter=soda');
  await ready(page);
  const note = page.locator('#from .strange');
  const [file] = await strangeFiles(page, 1);
  const chooser = page.waitForEvent('filechooser');
  await choose(page, 'From', 'From a file');
  await (await chooser).setFiles(file ?? []);
  await expect(page.locator('#from .name')).toHaveText('strange 1.png');
  await expect(note).toBeVisible();
  const name = await page.locator('#from .name').textContent();
  await keepScreenshot(page, 'strange');
  await page.getByRole('button', { name: 'From: train the model on this picture' }).click();
  await expect(page.locator('#panel-teach .tile img')).toHaveAttribute('alt', name ?? '');
});

test("a picture of the model's own world gets no note", async ({ page }) => {
  await page.goto('?backend=cpu');
  await ready(page);
  const chooser = page.waitForEvent('filechooser');
  await choose(page, 'From', 'From a file');
  await (await chooser).setFiles('www/public/gallery/fox.png');
  await expect(page.locator('#from .name')).toHaveText('fox.png');
  await page.waitForTimeout(2500);
  await expect(page.locator('#from .strange')).toBeHidden();
});
