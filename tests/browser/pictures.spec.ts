import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { choose, expect, keepScreenshot, openTiny, ready, stripFrames, test } from './site.js';

const PNG = readFileSync(join(import.meta.dirname, 'pages/disc.png'));

/** Waits until the strip shows other frames than `before`, all of them. */
async function morphChanged(page: Page, before: { pixels: string }[]): Promise<void> {
  await expect
    .poll(async () => (await stripFrames(page)).map((frame) => frame.pixels).join())
    .not.toBe(before.map((frame) => frame.pixels).join());
  await ready(page);
}

/** Drops a file on a well, or pastes it where `on` is the document. */
async function give(
  page: Page,
  kind: 'drop' | 'paste',
  on: string,
  name: string,
  type: string,
  bytes: Buffer,
): Promise<void> {
  await page.evaluate(
    ({ kind, on, name, type, bytes }) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], name, { type }));
      const event =
        kind === 'drop'
          ? new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })
          : new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
      (document.querySelector(on) ?? document.body).dispatchEvent(event);
    },
    { kind, on, name, type, bytes: [...bytes] },
  );
}

test('from the gallery, found by name', async ({ page }) => {
  await openTiny(page);
  const before = await stripFrames(page);
  await choose(page, 'To');
  const dialog = page.getByRole('dialog');
  await expect(dialog).toBeVisible();
  const all = await dialog.getByRole('option').count();
  const wanted =
    (await dialog
      .getByRole('option')
      .nth(all - 1)
      .getAttribute('aria-label')) ?? '';
  await dialog.getByLabel('Search by name').fill(wanted);
  expect(await dialog.getByRole('option').count()).toBeLessThan(all);
  await keepScreenshot(page, 'gallery');
  await dialog.getByRole('option', { name: wanted, exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect(page.locator('#to .name')).toHaveText(wanted);
  await morphChanged(page, before);
});

test('a search that finds nothing says so', async ({ page }) => {
  await openTiny(page);
  await choose(page, 'From');
  await page.getByLabel('Search by name').fill('zzzz');
  await expect(page.locator('#gallery-none')).toContainText('zzzz');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
});

test('from a file', async ({ page }) => {
  await openTiny(page);
  const before = await stripFrames(page);
  const chooser = page.waitForEvent('filechooser');
  await choose(page, 'From', 'From a file');
  await (await chooser).setFiles({ name: 'disc.png', mimeType: 'image/png', buffer: PNG });
  await expect(page.locator('#from .name')).toHaveText('disc.png');
  await morphChanged(page, before);
});

test('by drag and drop, on either well', async ({ page }) => {
  await openTiny(page);
  for (const side of ['#from', '#to']) {
    const before = await stripFrames(page);
    await give(page, 'drop', side, `${side.slice(1)}.png`, 'image/png', PNG);
    await expect(page.locator(`${side} .name`)).toHaveText(`${side.slice(1)}.png`);
    await morphChanged(page, before);
  }
});

test('by paste, into the well used last', async ({ page }) => {
  await openTiny(page);
  const before = await stripFrames(page);
  await page.locator('#from .picture').focus();
  await give(page, 'paste', 'body', 'image.png', 'image/png', PNG);
  await expect(page.locator('#from .name')).toHaveText('pasted picture');
  await morphChanged(page, before);
});

test('an SVG file is a picture, too', async ({ page }) => {
  await openTiny(page);
  const before = await stripFrames(page);
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="10" height="10" fill="navy"/></svg>';
  await give(page, 'drop', '#to', 'square.svg', 'image/svg+xml', Buffer.from(svg));
  await morphChanged(page, before);
});

for (const [what, name, type, bytes, message] of [
  ['a text file', 'notes.txt', 'text/plain', Buffer.from('not a picture'), /can’t open notes\.txt/],
  [
    'a file of 0 bytes',
    'nothing.png',
    'image/png',
    Buffer.alloc(0),
    /nothing\.png is empty \(0 bytes\)/,
  ],
  [
    'a text that calls itself PNG',
    'liar.png',
    'image/png',
    Buffer.from('not a picture'),
    /can’t open liar\.png/,
  ],
  ['half a PNG header', 'cut.png', 'image/png', PNG.subarray(0, 20), /can’t open cut\.png/],
] as const) {
  test(`${what} gets a message in its well, and the page goes on working`, async ({ page }) => {
    await openTiny(page);
    const before = await stripFrames(page);
    const name0 = await page.locator('#from .name').textContent();
    await give(page, 'drop', '#from', name, type, bytes);
    await expect(page.locator('#from .trouble')).toHaveText(message);
    await expect(page.locator('#from .name')).toHaveText(name0 ?? '');
    if (name === 'notes.txt') await keepScreenshot(page, 'error');
    await give(page, 'drop', '#from', 'disc.png', 'image/png', PNG);
    await expect(page.locator('#from .trouble')).toHaveText('');
    await morphChanged(page, before);
  });
}

test('a drop without a file gets a message', async ({ page }) => {
  await openTiny(page);
  await page.evaluate(() => {
    const data = new DataTransfer();
    data.setData('text/plain', 'hello');
    document
      .querySelector('#to')
      ?.dispatchEvent(
        new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }),
      );
  });
  await expect(page.locator('#to .trouble')).toContainText('didn’t contain a picture');
});

test('the whole job by keyboard alone', async ({ page }) => {
  await openTiny(page);
  const before = await stripFrames(page);
  const focused = (): Promise<string> =>
    page.evaluate(
      () => document.activeElement?.ariaLabel ?? document.activeElement?.textContent ?? '',
    );
  const tabTo = async (name: RegExp): Promise<void> => {
    for (let i = 0; i < 40 && !name.test(await focused()); i++) await page.keyboard.press('Tab');
    expect(await focused()).toMatch(name);
  };
  await tabTo(/^To: Choose…$/);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  const chosen = await focused();
  await page.keyboard.press('Enter');
  await expect(page.locator('#to .name')).toHaveText(chosen);
  await morphChanged(page, before);
  await tabTo(/^Pause$/);
  await page.keyboard.press('Space');
  expect(await focused()).toBe('Play');
  await tabTo(/^Position in the film/);
  await page.keyboard.press('Home');
  await expect(page.getByRole('slider')).toHaveValue('0');
});
