import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { chooseFiles, strangeFiles, twoKinds } from './pictures.js';
import { choose, expect, openPanel, openTiny, panelNames, ready, test } from './site.js';

/** Everything axe knows of WCAG 2.2 A and AA, and its best practices. */
async function violations(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`,
  );
}

for (const scheme of ['light', 'dark'] as const) {
  test(`${scheme}: no panel has accessibility violations`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await openTiny(page);
    for (const name of await panelNames(page)) {
      await openPanel(page, name);
      expect.soft(await violations(page), name).toEqual([]);
    }
  });
}

test('the gallery, a failure and a phone: no accessibility violations', async ({
  page,
  context,
  errors,
}) => {
  await openTiny(page);
  await choose(page, 'From');
  expect(await violations(page)).toEqual([]);
  await page.setViewportSize({ width: 360, height: 720 });
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await context.route('**/fixtures/tiny/config.json', (route) =>
    route.fulfill({ status: 404, body: 'gone' }),
  );
  await page.reload();
  await expect(page.locator('#trouble')).toContainText('404');
  expect(await violations(page)).toEqual([]);
  errors.length = 0; // The browser reports the 404.
});

for (const width of [360, 768, 1440]) {
  test(`at ${String(width)} pixels nothing sticks out of any panel, and touch targets are large enough`, async ({
    page,
  }) => {
    await page.setViewportSize({ width, height: 800 });
    await openTiny(page);
    for (const name of await panelNames(page)) {
      await openPanel(page, name);
      expect
        .soft(await page.evaluate(() => document.documentElement.scrollWidth), name)
        .toBeLessThanOrEqual(width);
      const small = await page.evaluate(() =>
        [
          ...document.querySelectorAll<HTMLElement>(
            'button, select, a[href], input:not([type=file])',
          ),
        ]
          .filter((element) => element.checkVisibility() && !element.closest('p, label, .skip'))
          .map((element) => ({
            name: element.ariaLabel ?? element.textContent,
            box: element.getBoundingClientRect(),
          }))
          .filter(({ box }) => box.width > 1 && (box.width < 24 || box.height < 24))
          .map(({ name, box }) => `${name} ${box.width.toFixed()}×${box.height.toFixed()}`),
      );
      expect.soft(small, name).toEqual([]);
    }
  });
}

for (const scheme of ['light', 'dark'] as const) {
  test(`${scheme}: no violations while it learns, in what it has learnt, and where a lesson is not finished`, async ({
    page,
  }) => {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await openTiny(page);
    await openPanel(page, 'teach');
    await chooseFiles(page, 'Choose pictures', await strangeFiles(page, 3));
    await expect(page.locator('#panel-teach .tile')).toHaveCount(3);
    expect.soft(await violations(page), 'pictures').toEqual([]);
    await page.getByRole('combobox', { name: 'Training' }).selectOption('60');
    await page.getByRole('button', { name: 'Start training' }).click();
    await expect(page.locator('#panel-teach .lesson .step')).toHaveText(/^Step \d{2}/);
    await page.getByRole('button', { name: 'Pause' }).click();
    await expect(page.locator('#panel-teach .lesson .left')).toHaveText('Paused');
    expect.soft(await violations(page), 'lesson').toEqual([]);
    await page.reload();
    await ready(page);
    await expect(page.getByRole('region', { name: 'Not finished yet' })).toBeVisible();
    expect.soft(await violations(page), 'not finished').toEqual([]);
    await page.getByRole('button', { name: /^Resume/ }).click();
    await expect(page.locator('#panel-teach .result .gain b')).toBeVisible();
    await ready(page);
    expect.soft(await violations(page), 'result').toEqual([]);
  });

  test(`${scheme}: no violations in sorted pictures, in an open editor, in the cards of models and in a crop`, async ({
    page,
  }) => {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await openTiny(page);
    await openPanel(page, 'recognise');
    await chooseFiles(page, 'Choose pictures', await twoKinds(page, 3));
    await page.getByRole('option', { name: /^disc 1\.png/ }).focus();
    await page.keyboard.press('1');
    await page.getByRole('option', { name: /^bar, 1\.png/ }).focus();
    await page.keyboard.press('2');
    await expect(page.getByRole('option', { name: /sorted as Class 1/ }).first()).toBeVisible();
    expect.soft(await violations(page), 'sorted').toEqual([]);

    await openPanel(page, 'edit');
    await page.locator('.section:not([open]) > summary').evaluateAll((all) => {
      for (const each of all) (each as HTMLElement).click();
    });
    await expect(page.locator('.section:not([open])')).toHaveCount(0);
    await ready(page);
    expect.soft(await violations(page), 'editor').toEqual([]);

    await page.locator('#model').click();
    await expect(page.getByRole('dialog', { name: 'Models' })).toBeVisible();
    expect.soft(await violations(page), 'models').toEqual([]);
    await page.keyboard.press('Escape');

    await openPanel(page, 'morph');
    const [file] = await strangeFiles(page, 1);
    const chooser = page.waitForEvent('filechooser');
    await choose(page, 'From', 'From a file');
    await (await chooser).setFiles(file ?? []);
    await page.getByRole('button', { name: 'From: Crop' }).click();
    await expect(page.getByRole('application')).toBeFocused();
    expect.soft(await violations(page), 'crop').toEqual([]);
  });
}

for (const scheme of ['light', 'dark'] as const) {
  test(`${scheme}: no violations among points and curves, in a link, in the things that are kept, and while choosing`, async ({
    page,
  }) => {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width: 360, height: 780 });
    await page.goto('?model=fixtures/tiny/&backend=cpu');
    await expect(page.getByRole('button', { name: 'Save picture' })).toBeEnabled();
    await ready(page);
    await page.locator('.motion summary').evaluateAll((all) => {
      for (const each of all) (each as HTMLElement).click();
    });
    await page.getByRole('button', { name: 'Add a pair of points' }).click();
    await expect(page.locator('.pin')).toHaveCount(2);
    expect.soft(await violations(page), 'points and curves').toEqual([]);
    expect
      .soft(await page.evaluate(() => document.documentElement.scrollWidth), 'points and curves')
      .toBeLessThanOrEqual(360);

    await page.getByRole('button', { name: 'Link and embed' }).click();
    await expect(page.getByRole('dialog', { name: 'Share a link' })).toBeVisible();
    expect.soft(await violations(page), 'link').toEqual([]);
    await page.keyboard.press('Escape');

    const [file] = await strangeFiles(page, 1);
    const chooser = page.waitForEvent('filechooser');
    await choose(page, 'From', 'From a file');
    await (await chooser).setFiles(file ?? []);
    await expect(page.locator('#from .name')).toHaveText('strange 1.png');
    await choose(page, 'To');
    await expect(page.getByRole('listbox', { name: 'Your pictures' })).toBeVisible();
    expect.soft(await violations(page), 'choosing').toEqual([]);
    await page.keyboard.press('Escape');

    await page.locator('#yours').click();
    await expect(page.getByRole('button', { name: 'Open strange 1.png' })).toBeVisible();
    expect.soft(await violations(page), 'things').toEqual([]);
    await page.keyboard.press('Escape');
    await page.locator('#details summary').click();
    expect.soft(await violations(page), 'details').toEqual([]);
  });
}

for (const scheme of ['light', 'dark'] as const) {
  test(`${scheme}: no violations while a sound is chosen, recorded and refused`, async ({
    page,
  }) => {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await page.addInitScript(() => {
      MediaDevices.prototype.getUserMedia = () =>
        Promise.reject(new DOMException('no', 'NotAllowedError'));
    });
    await openTiny(page);
    await openPanel(page, 'sounds');
    await page.getByRole('button', { name: 'From: Choose…' }).click();
    expect.soft(await violations(page), 'choosing').toEqual([]);
    await page.getByRole('dialog').getByRole('button', { name: 'Microphone' }).click();
    await expect(page.getByRole('dialog').getByRole('alert')).not.toBeEmpty();
    expect.soft(await violations(page), 'recording').toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'From: Choose…' }).click();
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('dialog').getByRole('button', { name: 'From a file' }).click();
    const none = { name: 'none.txt', mimeType: 'text/plain', buffer: Buffer.from('none') };
    await (await chooser).setFiles(none);
    await expect(page.locator('#panel-sounds .from .trouble')).not.toBeEmpty();
    expect.soft(await violations(page), 'refused').toEqual([]);
  });
}
