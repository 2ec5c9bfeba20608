import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { strangeFiles } from './pictures.js';
import { choose, expect, keepScreenshot, ready, stagePixels, stripFrames, test } from './site.js';

const PAGE = '?model=fixtures/tiny/&backend=cpu';

/** Opens the page and waits until the pictures are brought together. */
async function open(page: Page, hash = ''): Promise<void> {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto(PAGE + hash);
  await together(page);
}

async function together(page: Page): Promise<void> {
  await expect(page.getByRole('button', { name: 'Save picture' })).toBeEnabled();
  await ready(page);
}

async function goTo(page: Page, place: number): Promise<void> {
  await page.locator('#scrub').evaluate((slider, place) => {
    (slider as HTMLInputElement).value = String(place);
    slider.dispatchEvent(new Event('input', { bubbles: true }));
  }, place);
}

/** Gives a picture of a person's own to the first well. */
async function giveOwn(page: Page): Promise<void> {
  const [file] = await strangeFiles(page, 1);
  const chooser = page.waitForEvent('filechooser');
  await choose(page, 'From', 'From a file');
  await (await chooser).setFiles(file ?? []);
  await expect(page.locator('#from .name')).toHaveText('strange 1.png');
  await together(page);
}

test('without scripts there is text, a title and a picture for link previews, and the page can be installed', async ({
  browser,
  site,
  request,
}) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(site.url);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('One picture becomes another');
  await expect(page.locator('footer b')).toHaveText('Nothing is uploaded.');
  const meta = (name: string): Promise<string | null> =>
    page.locator(`meta[property="${name}"]`).getAttribute('content');
  expect(await meta('og:title')).not.toBe('');
  const picture = await request.get(new URL((await meta('og:image')) ?? '', site.url).href);
  expect(picture.headers()['content-type']).toBe('image/png');
  const manifest = (await (await request.get(`${site.url}manifest.webmanifest`)).json()) as {
    icons: { src: string; sizes: string }[];
    display: string;
  };
  expect(manifest.display).toBe('standalone');
  expect(manifest.icons.map(({ sizes }) => sizes)).toEqual(
    expect.arrayContaining(['192x192', '512x512']),
  );
  for (const { src } of manifest.icons)
    expect((await request.get(new URL(src, site.url).href)).ok()).toBe(true);
  await context.close();
});

test('the first morph moves before there is any model or matcher', async ({ page, context }) => {
  await context.route(/model\.safetensors|matcher.*\.safetensors/, () => undefined);
  await page.goto(PAGE);
  await expect
    .poll(async () => (await stripFrames(page)).filter(({ spread }) => spread > 3).length)
    .toBe(9);
  const before = await stagePixels(page);
  await expect.poll(() => stagePixels(page)).not.toBe(before);
  await context.unrouteAll({ behavior: 'ignoreErrors' });
});

test('the frame under the slider is saved, copied, used as an end, and edited', async ({
  page,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await open(page);
  await goTo(page, 4);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save picture' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/^soda-50-of-the-way-from-.*\.png$/);
  const png = await readFile(await file.path());
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([512, 512]);
  await page.getByRole('button', { name: 'Copy', exact: true }).click();
  await expect(page.locator('#status')).toHaveText('The picture was copied');
  expect(await page.evaluate(async () => (await navigator.clipboard.read())[0]?.types)).toContain(
    'image/png',
  );
  await page.getByRole('button', { name: 'Use as start' }).click();
  await expect(page.locator('#from .name')).toHaveText(/^50 % of the way/);
  await together(page);
  await page.getByRole('button', { name: 'Edit this' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-panel', 'edit');
});

test('held, the compare button shows a cross-fade; let go, the morph', async ({ page }) => {
  await open(page);
  await goTo(page, 4);
  const morph = await stagePixels(page);
  const button = page.getByRole('button', { name: 'Hold to compare' });
  await button.focus();
  await page.keyboard.down('Space');
  await expect(button).toHaveAttribute('aria-pressed', 'true');
  await expect.poll(() => stagePixels(page)).not.toBe(morph);
  await keepScreenshot(page, 'cross-fade');
  await page.keyboard.up('Space');
  await expect.poll(() => stagePixels(page)).toBe(morph);
});

test('points that belong together: by keys and by hand, at once on the stage, in the address, and gone with one key', async ({
  page,
}) => {
  await open(page);
  await goTo(page, 4);
  const without = await stagePixels(page);
  await page.locator('.pins > summary').click();
  await page.getByRole('button', { name: 'Add a pair of points' }).click();
  const point = page.getByRole('button', { name: /^Point 1 in wolf/ });
  await point.focus();
  for (let i = 0; i < 8; i++) await page.keyboard.press('ArrowRight');
  await expect(point).toHaveAttribute('aria-label', /66 % from the left, 50 % from the top/);
  await expect.poll(() => stagePixels(page)).not.toBe(without);
  await expect(page).toHaveURL(/pins=500-500-660-500/);
  await keepScreenshot(page, 'points');

  // Clear of the bar at the bottom, which stays in view.
  await page
    .locator('.pin-frame')
    .first()
    .evaluate((frame) => {
      frame.scrollIntoView({ block: 'center' });
    });
  const box = (await page.locator('.pin-frame').first().boundingBox()) ?? {
    x: 0,
    y: 0,
    width: 0,
    height: 0,
  };
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 4, box.y + box.height / 4, { steps: 5 });
  await page.mouse.up();
  await expect(
    page.getByRole('button', { name: /^Point 1 in fox: 25 % from the left, 25 %/ }),
  ).toBeVisible();
  await expect(page).toHaveURL(/pins=25\d-25\d-660-500/);
  await page.reload();
  await together(page);
  await page.locator('.pins > summary').click();
  await expect(page.locator('.pin-frame').first().locator('.pin')).toHaveCount(1);
  await page.getByRole('button', { name: /^Point 1 in fox/ }).focus();
  await page.keyboard.press('Delete');
  await expect(page.locator('.pin')).toHaveCount(0);
  await expect(page).not.toHaveURL(/pins=/);
  await goTo(page, 4);
  await expect.poll(() => stagePixels(page)).toBe(without);
});

test('shape first, colour first: other frames between, the same ends, kept in the address', async ({
  page,
}) => {
  await open(page);
  const at = async (place: number): Promise<string> => {
    await goTo(page, place);
    return stagePixels(page);
  };
  const [first, middle, last] = [await at(0), await at(3), await at(8)];
  await page.getByLabel('Shape and colour').selectOption('shape-first');
  await together(page);
  expect(page.url()).toContain('curves=0-60-40-100');
  expect(await at(3)).not.toBe(middle);
  expect([await at(0), await at(8)]).toEqual([first, last]);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByLabel('Shape and colour')).toHaveValue('together');
});

test('an own picture stays over a reload under its name, and can be renamed and deleted; ids are not used again', async ({
  page,
}) => {
  await open(page);
  await giveOwn(page);
  const id = /from=(own-[0-9a-z]+)/.exec(page.url())?.[1] ?? '';
  expect(id).not.toBe('');
  await page.reload();
  await together(page);
  await expect(page.locator('#from .name')).toHaveText('strange 1.png');
  await choose(page, 'To');
  await expect(
    page
      .getByRole('listbox', { name: 'Your pictures' })
      .getByRole('option', { name: 'strange 1.png' }),
  ).toBeVisible();
  await page.keyboard.press('Escape');

  await page.locator('#yours').click();
  const things = page.getByRole('dialog', { name: 'Your things' });
  await things.getByRole('button', { name: 'Rename strange 1.png' }).click();
  await things.getByLabel('New name of strange 1.png').fill('Stripes');
  await page.keyboard.press('Enter');
  await expect(things.getByRole('button', { name: 'Open Stripes' })).toBeVisible();
  await keepScreenshot(page, 'things');
  const download = page.waitForEvent('download');
  await things.getByRole('button', { name: 'Export all as a zip file' }).click();
  const zip = await (await download).path();
  await things.getByRole('button', { name: 'Delete Stripes' }).click();
  await things.getByRole('button', { name: 'Delete Stripes for good?' }).click();
  await expect(things.getByText(/^Nothing yet/)).toBeVisible();
  const chooser = page.waitForEvent('filechooser');
  await things.getByRole('button', { name: 'Import' }).click();
  await (
    await chooser
  ).setFiles({ name: 'soda-things.zip', mimeType: 'application/zip', buffer: await readFile(zip) });
  await expect(things.getByRole('button', { name: 'Open Stripes' })).toBeVisible();
  await things.getByRole('button', { name: 'Open Stripes' }).click();
  await expect(page.locator('#from .name')).toHaveText('Stripes');
  expect(page.url()).not.toContain(id);

  // The deleted picture is not another one, and that is said.
  await page.goto('about:blank');
  await page.goto(`${PAGE}#morph?from=${id}`);
  await expect(page.locator('#trouble')).toContainText('is not in this browser');
});

test('a morph is kept and opened again from the list', async ({ page }) => {
  await open(page, '#morph?from=otter&to=fox');
  await page.getByRole('button', { name: 'Keep', exact: true }).click();
  await expect(page.locator('#status')).toContainText('is kept under Your things');
  await page.goto('about:blank');
  await open(page);
  await page.locator('#yours').click();
  await page.getByRole('button', { name: 'Open otter to fox' }).click();
  await expect(page.locator('#from .name')).toHaveText('otter');
  await expect(page.locator('#to .name')).toHaveText('fox');
});

test('a link carries own pictures as codes of less than 2 kB, which another browser paints; a gallery link names them', async ({
  page,
  browser,
}) => {
  await open(page);
  await page.getByRole('button', { name: 'Link and embed' }).click();
  const dialog = page.getByRole('dialog', { name: 'Share a link' });
  await expect(dialog).toContainText('names the gallery pictures');
  await expect(dialog.getByLabel('For a page of your own')).toHaveValue(
    /<soda-morph from=".*fox\.png" to=".*wolf\.png"/,
  );
  await keepScreenshot(page, 'link');
  await page.keyboard.press('Escape');
  await giveOwn(page);
  await page.getByRole('button', { name: 'Link and embed' }).click();
  await expect(dialog).toContainText('not uploaded');
  const link = await dialog.getByLabel('Link', { exact: true }).inputValue();
  expect(link).toContain('from=code-');
  expect(link.length).toBeLessThan(2000);
  const other = await (await browser.newContext()).newPage();
  await other.goto(link);
  await expect(other.locator('#from .name')).toHaveText('picture 1 of the link');
  await expect(other.locator('#from img')).toHaveAttribute('src', /^blob:/);
  await expect
    .poll(async () => (await stripFrames(other)).filter(({ spread }) => spread > 3).length)
    .toBe(9);
  await ready(other);
  await expect(other.locator('#trouble')).toBeEmpty();
  await other.context().close();
});

test('undo never leaves the page, however often it is pressed; the title tells steps apart', async ({
  page,
}) => {
  await page.goto('pages/plain.html');
  await page.goto(PAGE);
  await together(page);
  for (const at of [3, 5, 7]) {
    await choose(page, 'To');
    await page.getByRole('dialog').getByRole('option').nth(at).click();
  }
  const name = await page.locator('#to .name').textContent();
  await expect(page).toHaveTitle(`Morph: fox becomes ${name ?? ''} · Soda`);
  await page.evaluate(() => {
    for (let i = 0; i < 12; i++)
      dispatchEvent(new KeyboardEvent('keydown', { key: 'z', ctrlKey: true }));
  });
  await expect(page.getByRole('button', { name: 'Undo' })).toBeDisabled();
  await expect(page.locator('#to .name')).toHaveText('wolf');
  await page.keyboard.press('Control+y');
  await expect(page.locator('#to .name')).not.toHaveText('wolf');
});

test('what nobody caught is said', async ({ page, errors }) => {
  await open(page);
  await page.evaluate(() => {
    setTimeout(() => {
      throw new Error('made for this test');
    });
  });
  await expect(page.locator('#trouble')).toContainText('made for this test');
  expect(errors.filter((error) => !error.includes('made for this test'))).toEqual([]);
  errors.length = 0;
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await expect(page.locator('#trouble')).toBeEmpty();
});

test('files dropped beside every place fill the places in order', async ({ page }) => {
  await open(page);
  const files = await strangeFiles(page, 2);
  await page.evaluate(
    (files) => {
      const dataTransfer = new DataTransfer();
      for (const { name, bytes } of files)
        dataTransfer.items.add(new File([new Uint8Array(bytes)], name, { type: 'image/png' }));
      document
        .querySelector('footer')
        ?.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
    },
    files.map(({ name, buffer }) => ({ name, bytes: [...buffer] })),
  );
  await expect(page.locator('#from .name')).toHaveText('strange 1.png');
  await expect(page.locator('#to .name')).toHaveText('strange 2.png');
});

test('a picture that the browser will not keep: said at once, and it works until the tab is closed', async ({
  page,
}) => {
  await page.addInitScript(() => {
    IDBObjectStore.prototype.put = () => {
      throw new DOMException('no room', 'QuotaExceededError');
    };
  });
  await open(page);
  await giveOwn(page);
  await expect(page.locator('#trouble')).toContainText('can’t keep strange 1.png (no room)');
});

test('a state that another model made does not break Edit: what this model lacks is left out', async ({
  page,
}) => {
  await page.goto(`${PAGE}#edit?view=nobodys&levels=1_2_3_4_5_6_7_8_9&by=99.1~3`);
  await expect(page.getByRole('button', { name: 'Save PNG' })).toBeEnabled();
  await ready(page);
  await expect(page.locator('#trouble')).toBeEmpty();
});
