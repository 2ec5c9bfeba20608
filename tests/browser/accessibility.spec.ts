import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, openPanel, openTiny, panelNames, test } from './site.js';

/** Everything axe knows of WCAG 2.2 A and AA, and its best practices. */
async function violations(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
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

test('the gallery, a failure and a phone: no accessibility violations', async ({ page, context, errors }) => {
  await openTiny(page);
  await page.getByRole('button', { name: 'From: Gallery' }).click();
  expect(await violations(page)).toEqual([]);
  await page.setViewportSize({ width: 360, height: 720 });
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await context.route('**/fixtures/tiny/config.json', (route) => route.fulfill({ status: 404, body: 'gone' }));
  await page.reload();
  await expect(page.locator('#trouble')).toContainText('404');
  expect(await violations(page)).toEqual([]);
  errors.length = 0; // The browser reports the 404.
});

for (const width of [360, 768, 1440]) {
  test(`at ${String(width)} pixels nothing sticks out of any panel, and touch targets are large enough`, async ({ page }) => {
    await page.setViewportSize({ width, height: 800 });
    await openTiny(page);
    for (const name of await panelNames(page)) {
      await openPanel(page, name);
      expect.soft(await page.evaluate(() => document.documentElement.scrollWidth), name).toBeLessThanOrEqual(width);
      const small = await page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>('button, select, a[href], input:not([type=file])')]
          .filter((element) => element.checkVisibility() && !element.closest('p, label, .skip'))
          .map((element) => ({ name: element.ariaLabel ?? element.textContent, box: element.getBoundingClientRect() }))
          .filter(({ box }) => box.width > 1 && (box.width < 24 || box.height < 24))
          .map(({ name, box }) => `${name} ${box.width.toFixed()}×${box.height.toFixed()}`),
      );
      expect.soft(small, name).toEqual([]);
    }
  });
}
