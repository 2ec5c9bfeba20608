import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  choose,
  expect,
  keepScreenshot,
  openTiny,
  ready,
  stripFrames,
  takeModel,
  test,
} from './site.js';

test.use({ serviceWorkers: 'allow' });

test('after the first visit everything works without a network', async ({
  page,
  context,
  errors,
}) => {
  await openTiny(page);
  await expect(page.locator('#offline')).toHaveText('Works offline.');
  const before = await stripFrames(page);
  await context.setOffline(true);
  await page.reload();
  await ready(page);
  expect(await stripFrames(page)).toEqual(before);
  await choose(page, 'To');
  await page.getByRole('dialog').getByRole('option').last().click();
  await ready(page);
  expect(await stripFrames(page)).not.toEqual(before);
  await keepScreenshot(page, 'offline');
  // The browser reports that the weights could not be asked after; the kept ones were used.
  expect(errors.filter((error) => !error.includes('ERR_INTERNET_DISCONNECTED'))).toEqual([]);
  errors.length = 0;
});

test('a model that was never loaded says that it needs the network', async ({
  page,
  context,
  errors,
}) => {
  await openTiny(page);
  await expect(page.locator('#offline')).not.toBeEmpty();
  await context.setOffline(true);
  await takeModel(page, 'faces64');
  await expect(page.locator('#trouble')).toContainText('cannot be reached');
  await takeModel(page, 'asked');
  await ready(page);
  errors.length = 0;
});

test('a new version is offered and taken, and engines of the old one are removed', async ({
  page,
  site,
}) => {
  await openTiny(page);
  await expect(page.locator('#offline')).toHaveText('Works offline.');
  await page.evaluate(async (url) => {
    const cache = await caches.open('soda-engines');
    await cache.put(`${url}assets/soda_bg-old.wasm`, new Response('x'));
  }, site.url);
  await expect(page.locator('#update')).toBeEmpty();
  // Another version is a worker that differs in a byte.
  const file = join(import.meta.dirname, '../../dist/sw.js');
  const script = await readFile(file, 'utf8');
  try {
    await writeFile(file, `${script}\n// the next version`);
    await page.evaluate(async () => {
      await (await navigator.serviceWorker.ready).update();
    });
    const reload = page.locator('#update').getByRole('button', { name: 'Reload' });
    await expect(reload).toBeVisible();
    const loaded = page.waitForEvent('load');
    await reload.click();
    await loaded;
    const old = (): Promise<boolean> =>
      page.evaluate(async () =>
        (await (await caches.open('soda-engines')).keys()).some(({ url }) => url.includes('old')),
      );
    await expect.poll(old).toBe(false);
    await ready(page);
    await expect(page.locator('#update')).toBeEmpty();
  } finally {
    await writeFile(file, script);
  }
});
