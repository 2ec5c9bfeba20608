import { expect, keepScreenshot, openTiny, ready, test } from './site.js';

test('a model that is not there: a message, and a way to try again', async ({
  page,
  context,
  errors,
}) => {
  await context.route(
    '**/fixtures/tiny/config.json',
    (route) => route.fulfill({ status: 404, body: 'gone' }),
    { times: 1 },
  );
  await page.goto('?model=fixtures/tiny/&backend=cpu');
  await expect(page.locator('#trouble')).toContainText('404');
  await keepScreenshot(page, 'no-model');
  await page.getByRole('button', { name: 'Try again' }).click();
  await ready(page);
  await expect(page.locator('#trouble')).toBeEmpty();
  errors.length = 0; // The browser reports the 404.
});

test('a page in place of the model: the message says what came', async ({ page, context }) => {
  await context.route('**/fixtures/tiny/config.json', (route) =>
    route.fulfill({ body: '<!doctype html><p>hello' }),
  );
  await page.goto('?model=fixtures/tiny/&backend=cpu');
  await expect(page.locator('#trouble')).toContainText('is not JSON');
});

test('without the gallery, files still work', async ({ page, context, errors }) => {
  await context.route('**/gallery/gallery.json', (route) => route.fulfill({ status: 500 }));
  await page.goto('?model=fixtures/tiny/&backend=cpu');
  await expect(page.locator('#trouble')).toContainText('gallery could not be loaded');
  for (const side of ['From', 'To']) {
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: `${side}: Choose…` }).click(); // Without a gallery there are files only.
    await (await chooser).setFiles(`${import.meta.dirname}/pages/disc.png`);
  }
  await ready(page);
  await expect(page.locator('#strip canvas[data-painted]')).toHaveCount(9);
  errors.length = 0; // The browser reports the 500.
});

test('while the model loads, the page counts the bytes', async ({ page, context }) => {
  let go: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  await context.route('**/fixtures/tiny/model.safetensors', async (route) => {
    await gate;
    await route.continue();
  });
  await page.goto('?model=fixtures/tiny/&backend=cpu');
  await expect(page.locator('#status')).toContainText(/Loading the model: [\d.]+ MB|Starting/);
  await expect(page.getByRole('progressbar')).toBeVisible();
  await keepScreenshot(page, 'loading');
  go();
  await ready(page);
  await expect(page.getByRole('progressbar')).toBeHidden();
});

test('a model of another site is not loaded', async ({ page }) => {
  const elsewhere: string[] = [];
  page.on('request', (request) => {
    if (new URL(request.url()).hostname.includes('elsewhere')) elsewhere.push(request.url());
  });
  await page.goto('?model=https://elsewhere.invalid/model/&backend=cpu');
  await expect(page.locator('html')).toHaveAttribute('data-state', /painting|ready|failed/);
  expect(elsewhere).toEqual([]);
});

test('changing pictures in the middle of a morph ends that morph', async ({ page }) => {
  await openTiny(page);
  await page.getByLabel('Frames', { exact: true }).selectOption('33');
  await page.getByLabel('Frames', { exact: true }).selectOption('9');
  await ready(page);
  await expect(page.locator('#strip canvas')).toHaveCount(9);
  await expect(page.locator('#strip canvas[data-painted]')).toHaveCount(9);
});
