import type { Page } from '@playwright/test';
import { chooseFiles, strangeFiles } from './pictures.js';
import { expect, openPanel, openTiny, panelNames, ready, test } from './site.js';

declare global {
  interface Window {
    /** Tells elements from each other, whatever comes and goes around them. */
    keyOf: (element: Element) => string;
  }
}

/** More stops than any panel has. */
const MOST = 150;

interface Stop {
  /** Of `keyOf`. */
  key: string;
  name: string;
  /** Whether one sees that it has the focus, and where it is. */
  seen: boolean;
}

test.beforeEach(async ({ page }) => {
  await page.addInitScript(() => {
    const known = new WeakMap<Element, string>();
    let count = 0;
    window.keyOf = (element) => {
      const key = known.get(element) ?? String(count++);
      known.set(element, key);
      return key;
    };
  });
});

/** What has the focus. */
function stop(page: Page): Promise<Stop> {
  return page.evaluate(() => {
    const element = document.activeElement as HTMLElement;
    const label =
      'labels' in element ? (element.labels as NodeListOf<HTMLLabelElement>)[0] : undefined;
    const { outlineStyle, outlineWidth, boxShadow, opacity } = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const inside =
      box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    return {
      key: window.keyOf(element),
      name:
        element === document.body
          ? 'BODY'
          : (element.ariaLabel ?? label?.textContent ?? element.textContent.slice(0, 40)).trim(),
      // The ring of a hidden radio button is on what stands for it.
      seen:
        element.matches('#skip, [type=radio]') ||
        (inside &&
          Number(opacity) > 0 &&
          ((outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none')),
    };
  });
}

/** Everything in the page that a person can use now and that the Tab key stops at: of a group of radio buttons one. */
function wanted(page: Page): Promise<Stop[]> {
  return page.evaluate(() => {
    const groups = new Set<string>();
    return [
      ...document.querySelectorAll<HTMLElement>(
        'a[href], button, input, select, textarea, summary, [tabindex="0"]',
      ),
    ]
      .filter(
        (element) =>
          element.tabIndex === 0 &&
          element.checkVisibility({ visibilityProperty: true }) &&
          !(element as HTMLButtonElement).disabled &&
          !element.closest('[inert]'),
      )
      .filter((element) => {
        if (!(element instanceof HTMLInputElement) || element.type !== 'radio') return true;
        const first = !groups.has(element.name);
        groups.add(element.name);
        return first;
      })
      .map((element) => ({
        key: window.keyOf(element),
        name: element.ariaLabel ?? element.textContent.slice(0, 40),
        seen: true,
      }));
  });
}

/** Presses Tab from the top of the page until it comes round, or leaves the page. */
async function walk(page: Page): Promise<Stop[]> {
  await page.evaluate(() => {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    getSelection()?.removeAllRanges();
    document.querySelector<HTMLElement>('#skip')?.focus();
  });
  const stops = [await stop(page)];
  for (let i = 0; i < MOST; i++) {
    await page.keyboard.press('Tab');
    const next = await stop(page);
    if (next.name === 'BODY' || next.key === stops[0]?.key) break;
    stops.push(next);
  }
  return stops;
}

/**
 * Walks through all that can be used, again if that has changed meanwhile: what a panel reads or lays out in the background may bring
 * something, or take it away.
 */
async function walkAtRest(page: Page): Promise<{ all: Stop[]; stops: Stop[] }> {
  const keys = (of: Stop[]): string => of.map(({ key }) => key).join();
  for (;;) {
    const all = await wanted(page);
    const stops = await walk(page);
    if (keys(await wanted(page)) === keys(all)) return { all, stops };
  }
}

test('in every panel the Tab key comes to everything that can be used, in its order, and one sees where it is', async ({
  page,
}) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await openTiny(page);
  for (const name of await panelNames(page)) {
    await openPanel(page, name);
    const { all, stops } = await walkAtRest(page);
    const reached = new Set(stops.map(({ key }) => key));
    // One radio of a group stands for all.
    expect
      .soft(
        all.filter(({ key }) => !reached.has(key)).map((each) => each.name),
        `${name}: not reached`,
      )
      .toEqual([]);
    expect
      .soft(
        stops.filter(({ seen }) => !seen).map((each) => each.name),
        `${name}: without a ring, or out of sight`,
      )
      .toEqual([]);
    expect
      .soft(stops.filter(({ key }) => reached.has(key)).length, `${name}: nothing twice`)
      .toBe(reached.size);
    expect
      .soft(stops.filter((each) => each.name.trim() === '').length, `${name}: without a name`)
      .toBe(0);
  }
});

/** Presses Tab until what has the focus is called so. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let i = 0; i < MOST; i++) {
    if (name.test((await stop(page)).name)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not come to ${String(name)}`);
}

test('a walk through the page by keys alone: from panel to panel, choosing, painting and undoing', async ({
  page,
}) => {
  await openTiny(page);
  const names = await panelNames(page);
  for (const [i, name] of names.entries()) {
    await page.evaluate(() => {
      document.querySelector<HTMLElement>('#skip')?.focus();
    });
    await tabTo(page, new RegExp(`^${name}$`, 'i'));
    await page.keyboard.press('Enter');
    await expect(page.locator('html')).toHaveAttribute('data-panel', name);
    await ready(page);
    if (i > 0) await expect(page.getByRole('button', { name: 'Undo' })).toBeEnabled();
  }
  await page.evaluate(() => {
    document.querySelector<HTMLElement>('#skip')?.focus();
  });
  await page.keyboard.press('Enter');
  await expect(page.locator('#panels')).toBeFocused();
  await page.keyboard.press('Control+z');
  await expect(page.locator('html')).toHaveAttribute('data-panel', names.at(-2) ?? '');
});

test('the map by keys alone: to a picture, its neighbours, what can be done with it, and back', async ({
  page,
}) => {
  await openTiny(page);
  await openPanel(page, 'map');
  await expect(page.locator('.map-note')).toHaveAttribute('data-phase', 'done');
  await tabTo(page, /^Map of 62 pictures/);
  const chosen = (): Promise<string> =>
    page
      .locator('.listing [aria-selected="true"]')
      .textContent()
      .then((text) => text ?? '');
  await page.keyboard.press('ArrowRight');
  const first = await chosen();
  const seen = new Set([first]);
  for (const key of [
    'ArrowRight',
    'ArrowDown',
    'ArrowLeft',
    'ArrowUp',
    'ArrowRight',
    'ArrowDown',
  ]) {
    await page.keyboard.press(key);
    seen.add(await chosen());
  }
  expect(seen.size).toBeGreaterThan(2);
  await ready(page);
  const name = await chosen();
  await expect(page.locator('.map-side h2')).toHaveText(name);
  await page.keyboard.press('Enter');
  await tabTo(page, /, similarity/);
  await page.keyboard.press('Enter');
  expect(await chosen()).not.toBe(name);
  await ready(page);
  await tabTo(page, /^Morph from$/);
  const from = await chosen();
  await page.keyboard.press('Enter');
  await expect(page.locator('#from .name')).toHaveText(from);
  await ready(page);
});

test('a lesson by keys alone', async ({ page }) => {
  await openTiny(page);
  await openPanel(page, 'teach');
  await chooseFiles(page, 'Choose pictures', await strangeFiles(page, 3, 32)); // The browser's own dialog.
  await tabTo(page, /^Training/);
  await page.keyboard.press('Home');
  await tabTo(page, /^Start training$/);
  await page.keyboard.press('Enter');
  await expect(page.locator('#panel-teach .result .gain b')).toBeVisible();
  await ready(page);
});
