import { choose, expect, openTiny, ready, stripFrames, test } from './site.js';

test('what is on show is in the address, and the address brings it back', async ({
  page,
  context,
}) => {
  await openTiny(page);
  await choose(page, 'To');
  await page.getByRole('dialog').getByRole('option').last().click();
  await page.getByLabel('Frames', { exact: true }).selectOption('17');
  await ready(page);
  const wanted = await stripFrames(page);
  expect(wanted).toHaveLength(17);
  const other = await context.newPage();
  await other.goto(page.url());
  await ready(other);
  expect(await stripFrames(other)).toEqual(wanted);
});

test('undo and redo, by button, by key and by the browser', async ({ page }) => {
  await openTiny(page);
  const name = page.locator('#to .name');
  const first = (await name.textContent()) ?? '';
  await expect(page.getByRole('button', { name: 'Undo' })).toBeDisabled();
  const take = async (at: number): Promise<string> => {
    await choose(page, 'To');
    await page.getByRole('dialog').getByRole('option').nth(at).click();
    return (await name.textContent()) ?? '';
  };
  const [second, third] = [await take(3), await take(5)];
  expect(new Set([first, second, third]).size).toBe(3);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(name).toHaveText(second);
  await page.keyboard.press('Control+z');
  await expect(name).toHaveText(first);
  await expect(page.getByRole('button', { name: 'Undo' })).toBeDisabled();
  await page.keyboard.press('Control+Shift+z');
  await expect(name).toHaveText(second);
  await page.goForward();
  await expect(name).toHaveText(third);
  await expect(page.getByRole('button', { name: 'Redo' })).toBeDisabled();
  await page.goBack();
  const fourth = await take(7);
  await expect(page.getByRole('button', { name: 'Redo' })).toBeDisabled();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(name).toHaveText(second);
  await page.getByRole('button', { name: 'Redo' }).click();
  await expect(name).toHaveText(fourth);
  await ready(page);
});

test('an address that makes no sense opens the first panel', async ({ page }) => {
  await page.goto('?model=fixtures/tiny/&backend=cpu#nonsense?from=nobody');
  await ready(page);
  await expect(page.locator('html')).toHaveAttribute('data-panel', 'morph');
});
