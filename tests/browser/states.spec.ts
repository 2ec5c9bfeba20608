import type { Page } from '@playwright/test';
import { canLoseDevice } from './device.js';
import { chooseFiles, strangeFiles } from './pictures.js';
import {
  choose,
  expect,
  keepScreenshot,
  openPanel,
  openTiny,
  panelNames,
  ready,
  test,
} from './site.js';

/** What a person does in each panel so that the model has something to do, and what comes of it. */
const ACTS: Record<string, (page: Page) => Promise<void>> = {
  morph: async (page) => {
    await choose(page, 'To');
    await page.getByRole('dialog').getByRole('option').nth(9).click();
  },
  sample: async (page) => {
    await page.getByRole('button', { name: 'New set' }).click();
  },
  teach: async (page) => {
    await chooseFiles(page, 'Choose pictures', await strangeFiles(page, 3, 32));
    await page.getByRole('button', { name: 'Start training' }).click();
  },
  recognise: async (page) => {
    await chooseFiles(page, 'Choose pictures', await strangeFiles(page, 3, 32));
  },
  edit: async (page) => {
    await page
      .locator('#panel-edit')
      .getByRole('button', { name: /: Choose…$/ })
      .first()
      .click();
    await page.getByRole('dialog').getByRole('option').nth(9).click();
  },
  map: async (page) => {
    await page.getByRole('listbox', { name: /^Map of/ }).focus();
    await page.keyboard.press('End');
  },
  sounds: async (page) => {
    await page.getByRole('button', { name: 'Swap the two sounds' }).click();
  },
};

const MODEL = 'model=fixtures/tiny/&backend=cpu';

/** A fresh page that opens with this panel. */
async function goTo(page: Page, name: string): Promise<void> {
  await page.goto('about:blank');
  await page.goto(`?${MODEL}#${name}`);
  await expect(page.locator(`#panel-${name} > :not([hidden])`).first()).toBeVisible();
}

test('while the model loads, every panel is there and says so', async ({ page, context }) => {
  await openTiny(page, 'backend=cpu');
  for (const name of await panelNames(page)) {
    let go: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    await context.route('**/model.safetensors', async (route) => {
      await gate;
      await route.continue();
    });
    await goTo(page, name);
    await expect(page.locator('#status')).toContainText(/Loading the model|Starting/);
    await expect(page.getByRole('heading', { level: 1 }).first()).toBeVisible();
    await keepScreenshot(page, `state-loading-${name}`);
    go();
    await ready(page);
    await context.unrouteAll({ behavior: 'wait' });
  }
});

test('a model that does not come: every panel goes on when it has', async ({
  page,
  context,
  errors,
}) => {
  await openTiny(page);
  for (const name of await panelNames(page)) {
    await context.route('**/config.json', (route) => route.fulfill({ status: 404, body: 'gone' }));
    await goTo(page, name);
    await expect(page.locator('#trouble')).toContainText('404');
    await keepScreenshot(page, `state-error-${name}`);
    await context.unrouteAll({ behavior: 'wait' });
    await page.getByRole('button', { name: 'Try again' }).click();
    await ready(page);
    await expect(page.locator('#trouble')).toBeEmpty();
  }
  errors.length = 0; // The browser reports the 404s.
});

test('without a gallery every panel has an empty state', async ({ page, context, errors }) => {
  await openTiny(page);
  const names = await panelNames(page);
  await context.route('**/gallery*/**', (route) => route.fulfill({ status: 500 }));
  for (const name of names) {
    await goTo(page, name);
    await expect(page.locator('html')).toHaveAttribute('data-state', 'ready');
    await expect(page.locator('#trouble')).toContainText('gallery could not be loaded');
    await keepScreenshot(page, `state-empty-${name}`);
  }
  expect(errors.filter((error) => !error.includes('500'))).toEqual([]);
  errors.length = 0;
});

test('a lost device: every panel says so, and goes on with a new one', async ({ page }) => {
  await canLoseDevice(page);
  await page.goto(`?${MODEL}`);
  await ready(page);
  for (const name of await panelNames(page)) {
    const act = ACTS[name];
    if (!act) throw new Error(`ACTS says nothing of ${name}`);
    await openPanel(page, name);
    await page.evaluate(() => {
      window.loseDevice();
    });
    await act(page);
    await expect(page.locator('#trouble')).toContainText(
      /graphics card stopped responding|graphics device was lost/,
    ); // A lesson begins anew by itself.
    await keepScreenshot(page, `state-lost-${name}`);
    await ready(page);
    await expect(page.locator('#trouble')).not.toContainText('Something went wrong');
    await act(page);
    await ready(page);
  }
});
