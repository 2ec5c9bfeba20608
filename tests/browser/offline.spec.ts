import { choose, expect, keepScreenshot, openTiny, ready, stripFrames, takeModel, test } from './site.js';

test.use({ serviceWorkers: 'allow' });

test('after the first visit everything works without a network', async ({ page, context, errors }) => {
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

test('a model that was never loaded says that it needs the network', async ({ page, context, errors }) => {
  await openTiny(page);
  await expect(page.locator('#offline')).not.toBeEmpty();
  await context.setOffline(true);
  await takeModel(page, 'faces64');
  await expect(page.locator('#trouble')).toContainText('cannot be reached');
  await takeModel(page, 'asked');
  await ready(page);
  errors.length = 0;
});
