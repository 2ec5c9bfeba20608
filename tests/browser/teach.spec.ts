import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { canLoseDevice } from './device.js';
import { chooseFiles, strangeFiles } from './pictures.js';
import { expect, keepScreenshot, ready, test } from './site.js';

const TINY = '?model=fixtures/tiny/&backend=cpu#teach';

/** Opens the panel with so many pictures in it. */
async function withPictures(page: Page, count: number, address = TINY, side = 64): Promise<void> {
  await page.goto(address);
  await ready(page);
  await chooseFiles(page, 'Choose pictures', await strangeFiles(page, count, side));
  await expect(page.locator('#panel-teach .tile')).toHaveCount(count);
}

/** Starts a lesson of so many steps and pauses it after ten or more; the steps taken. */
async function startAndPause(page: Page, steps: number): Promise<number> {
  const lesson = page.locator('#panel-teach .lesson');
  await page.getByRole('combobox', { name: 'Training' }).selectOption(String(steps));
  await page.getByRole('button', { name: 'Start training' }).click();
  await expect(lesson.locator('.step')).toHaveText(/^Step \d{2,} of/);
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(lesson.locator('.left')).toHaveText('Paused');
  return Number(/\d+/.exec((await lesson.locator('.step').textContent()) ?? '')?.[0]);
}

/** Adds some code to the engine, which the page has not loaded yet. */
async function changeEngine(page: Page, code: string): Promise<void> {
  await page.route(/\/soda-[^/]*\.js$|\/cpu[^/]*\/soda\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${await response.text()}\n${code}` });
  });
}

/** The browser stores nothing. */
async function forbidStorage(page: Page): Promise<void> {
  await page.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('storage is forbidden here', 'SecurityError');
    };
  });
}

/** Decibels before and after, as the panel shows them. */
async function gain(page: Page): Promise<{ before: number; after: number }> {
  const result = page.locator('#panel-teach .result');
  await expect(result.locator('.gain b')).toBeVisible();
  const told = (await result.locator('.numbers p').textContent()) ?? '';
  const [, before = '', after = ''] = /([\d.]+) dB before and ([\d.]+) dB after/.exec(told) ?? [];
  return { before: parseFloat(before), after: parseFloat(after) };
}

test('nothing to learn yet: the panel says what it takes', async ({ page }) => {
  await page.goto(TINY);
  await ready(page);
  await expect(page.getByText('Drop pictures here')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Start training' })).toBeDisabled();
  await keepScreenshot(page, 'teach-empty');
});

test('pictures come by file and drop, go one by one or all, and undo brings them back', async ({
  page,
}) => {
  await withPictures(page, 3);
  await page.getByRole('button', { name: 'Remove strange 2.png' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.locator('#panel-teach .tile')).toHaveCount(2);
  await expect(page.getByRole('button', { name: 'Remove strange 3.png' })).toBeFocused();
  // How long it takes is said before it begins.
  await expect(page.getByRole('option', { name: /^Good, / })).toBeAttached();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.locator('#panel-teach .tile')).toHaveCount(3);
  await page.getByRole('button', { name: 'Remove all' }).click();
  await expect(page.locator('#panel-teach .tile')).toHaveCount(0);

  const [file] = await strangeFiles(page, 1);
  await page.evaluate(
    (png) => {
      const data = new DataTransfer();
      const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
      data.items.add(new File([bytes], 'one.png', { type: 'image/png' }));
      data.items.add(new File(['no picture'], 'notes.txt', { type: 'text/plain' }));
      document
        .querySelector('#panel-teach .album')
        ?.dispatchEvent(
          new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }),
        );
    },
    file?.buffer.toString('base64') ?? '',
  );
  await expect(page.locator('#panel-teach .tile')).toHaveCount(1);
  await expect(page.locator('#panel-teach .album .trouble')).toHaveText(/can’t open notes\.txt/);
  await expect(page.getByText('Add at least one more')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Start training' })).toBeDisabled();
});

test('a lesson is told as it goes, can be paused, and its result is kept, named, chosen, compared, downloaded and opened again', async ({
  page,
}) => {
  await withPictures(page, 5);
  await page.getByLabel('Name', { exact: true }).fill('Stripes');
  await page.getByRole('combobox', { name: 'Training' }).selectOption('150');
  await page.getByRole('button', { name: 'Start training' }).click();
  const lesson = page.locator('#panel-teach .lesson');
  await expect(lesson.locator('.step')).toHaveText(/^Step \d+ of 150$/);
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(lesson.locator('.left')).toHaveText('Paused');
  const paused = await lesson.locator('.step').textContent();
  await expect(
    lesson.getByRole('img', { name: /^Error over \d+ steps: from [\d.]+ to [\d.]+$/ }),
  ).toBeVisible();
  await expect(lesson.locator('.pairs canvas')).toHaveCount(8);
  expect(await lesson.locator('.step').textContent()).toBe(paused);
  await page.getByRole('button', { name: 'Resume' }).click();

  const { before, after } = await gain(page);
  expect(after).toBeGreaterThan(before);
  expect(new URL(page.url()).hash).toMatch(/model=own-/);
  await expect(page.locator('#model span')).toHaveText('Stripes');
  await expect(page.locator('#panel-teach .outcomes li')).toHaveCount(5);
  await expect(page.locator('#status')).toHaveText('Done: Stripes is kept in this browser');

  // It survives a reload.
  await page.reload();
  await ready(page);
  await expect(page.locator('#panel-teach .result h2')).toHaveText('Stripes');
  expect(await gain(page)).toEqual({ before, after });

  const result = page.locator('#panel-teach .result');
  await result.getByRole('button', { name: 'Rename' }).click();
  await page.getByLabel('New name of Stripes').fill('Dots & stripes');
  await page.keyboard.press('Enter');
  await expect(result.locator('h2')).toHaveText('Dots & stripes');
  await expect(page.locator('#model span')).toHaveText('Dots & stripes');

  const zip = page.waitForEvent('download');
  await result.getByRole('button', { name: 'Download both files' }).click();
  expect((await zip).suggestedFilename()).toBe('dots-stripes.zip');
  const weights = page.waitForEvent('download');
  await result.getByRole('button', { name: 'model.safetensors' }).click();
  expect((await readFile(await (await weights).path())).length).toBeGreaterThan(10_000);
  const config = page.waitForEvent('download');
  await result.getByRole('button', { name: 'config.json' }).click();
  const written = JSON.parse(await readFile(await (await config).path(), 'utf8')) as {
    name: string;
    training: { steps: number };
  };
  expect([written.name, written.training.steps]).toEqual(['Dots & stripes', 900]);

  await result.getByRole('button', { name: 'Delete' }).click();
  await result.getByRole('button', { name: 'Delete for good?' }).click();
  await expect(page.locator('#panel-teach .result')).toBeHidden();
  expect(new URL(page.url()).hash).not.toContain('model=');
  await page.reload();
  await ready(page);
  await expect(page.locator('#model span')).not.toHaveText(/Dots/);
});

test('cancelling leaves the model what it was; keeping it as it is ends early', async ({
  page,
}) => {
  await withPictures(page, 4);
  await page.getByRole('combobox', { name: 'Training' }).selectOption('1000');
  const lesson = page.locator('#panel-teach .lesson');
  await page.getByRole('button', { name: 'Start training' }).click();
  await expect(lesson.locator('.step')).toHaveText(/^Step \d+ of 1000$/);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(lesson).toBeHidden();
  await ready(page);
  await expect(page.locator('#status')).toHaveText('Cancelled. Nothing has changed.');
  expect(new URL(page.url()).hash).not.toContain('model=');

  await page.getByRole('button', { name: 'Start training' }).click();
  await expect(lesson.locator('.step')).toHaveText(/^Step \d{2,} of 1000$/);
  await page.getByRole('button', { name: 'Stop and keep' }).click();
  await gain(page);
  await expect(page.locator('#panel-teach .result .hint')).toHaveText(/after \d+ steps/);
});

test('a lesson outlives the page: after a reload it goes on from where it was, or is discarded', async ({
  page,
  context,
}) => {
  await withPictures(page, 4);
  await page.getByLabel('Name', { exact: true }).fill('Patches');
  const done = await startAndPause(page, 150);
  const unfinished = page.getByRole('region', { name: 'Not finished yet' });
  await expect(unfinished).toBeHidden();
  // Another tab leaves it to this one.
  const other = await context.newPage();
  await other.goto(TINY);
  await ready(other);
  await expect(other.getByRole('button', { name: 'Start training' })).toBeVisible();
  await expect(other.getByText('Patches')).toHaveCount(0);
  await other.close();

  await page.reload();
  await ready(page);
  await expect(unfinished.locator('li')).toContainText(`Step ${String(done)} of 150, 4 pictures`);
  await keepScreenshot(page, 'teach-unfinished');
  await unfinished.getByRole('button', { name: 'Resume Patches' }).click();
  await expect(page.locator('#panel-teach .lesson .pairs canvas')).toHaveCount(8);
  await expect(unfinished).toBeHidden();
  const { before, after } = await gain(page);
  expect(after).toBeGreaterThan(before);
  await expect(page.locator('#panel-teach .result .numbers p')).toHaveText(
    /your 4 pictures, .* dB after 150 steps/,
  );
  await page.locator('#panel-teach .result').getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('button', { name: 'Delete for good?' }).click();
  await ready(page);
  await expect(unfinished).toBeHidden();

  await startAndPause(page, 1000);
  await page.reload();
  await ready(page);
  await unfinished.getByRole('button', { name: /^Discard/ }).click();
  await expect(unfinished).toBeHidden();
  await page.reload();
  await ready(page);
  await expect(unfinished).toBeHidden();
});

test('a lesson whose device is lost goes on from its last checkpoint', async ({ page }) => {
  await canLoseDevice(page);
  await withPictures(page, 4);
  await startAndPause(page, 150);
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.evaluate(() => {
    window.loseDevice();
  });
  await expect(page.locator('#trouble')).toHaveText(
    /^The graphics card stopped responding\. It continues from step \d\d+\.$/,
  );
  await gain(page);
  await expect(page.locator('#panel-teach .result .numbers p')).toHaveText(/after 150 steps/);
});

test('while another panel is used the lesson goes on, a chip shows it and leads back', async ({
  page,
}) => {
  await withPictures(page, 4);
  await page.getByRole('combobox', { name: 'Training' }).selectOption('1000');
  await page.getByRole('button', { name: 'Start training' }).click();
  const lesson = page.locator('#panel-teach .lesson');
  await expect(lesson.locator('.step')).toHaveText(/^Step \d+ of 1000$/);
  await page.getByRole('link', { name: 'Morph' }).click();
  await ready(page);
  await expect(page.locator('#strip canvas[data-painted]').first()).toBeVisible();
  const chip = page.locator('#lesson-chip');
  const step = async (): Promise<number> =>
    Number(/step (\d+) of 1000/.exec((await chip.textContent()) ?? '')?.[1] ?? 0);
  await expect(chip).toBeVisible();
  const before = await step();
  await expect.poll(step).toBeGreaterThan(before);
  await chip.click();
  await expect(page.locator('html')).toHaveAttribute('data-panel', 'teach');
  await expect(chip).toBeHidden();
  await expect(lesson.locator('.step')).toHaveText(/^Step \d+ of 1000$/);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.locator('#panel-teach .tile')).toHaveCount(4);
});

test('where memory is short it takes fewer pictures at a time, and says so', async ({ page }) => {
  await changeEngine(page, 'Engine.prototype.hasRoom = (pictures) => pictures <= 1;');
  await withPictures(page, 4);
  await page.getByRole('button', { name: 'Start training' }).click();
  await expect(page.locator('#panel-teach .lesson .note')).toHaveText(
    /Memory is short: it takes one picture at a time/,
  );
});

test('a browser that stores nothing still gives the model, and says that it will not stay', async ({
  page,
}) => {
  await forbidStorage(page);
  await withPictures(page, 3);
  await page.getByRole('combobox', { name: 'Training' }).selectOption('60');
  await page.getByRole('button', { name: 'Start training' }).click();
  await gain(page);
  await expect(page.locator('#trouble')).toContainText('storage is forbidden here');
  const weights = page.waitForEvent('download');
  await page
    .locator('#panel-teach .result')
    .getByRole('button', { name: 'model.safetensors' })
    .click();
  expect((await weights).suggestedFilename()).toBe('model.safetensors');
});

for (const stored of [true, false]) {
  test(`a lesson that cannot go on says what ${stored ? 'is kept of it' : 'is wrong, and nothing of what is not kept'}`, async ({
    page,
  }) => {
    if (!stored) await forbidStorage(page);
    // The first step after a checkpoint fails.
    await changeEngine(
      page,
      `
      const { weights } = Engine.prototype;
      const { step } = Tuning.prototype;
      let kept = false;
      Engine.prototype.weights = function (half) { kept = true; return weights.call(this, half); };
      Tuning.prototype.step = function () { return kept ? Promise.reject({ code: 'input', message: 'the loss is not a number' }) : step.call(this); };`,
    );
    await withPictures(page, 4);
    const lesson = page.locator('#panel-teach .lesson');
    const done = await startAndPause(page, 150);
    await page.getByRole('button', { name: 'Resume' }).click();
    await expect(page.locator('#trouble')).toHaveText(
      `Training had to stop: the loss is not a number. Nothing has changed.${stored ? ` What the model had learned by step ${String(done)} is kept below.` : ''}`,
    );
    await expect(lesson).toBeHidden();
    await expect(page.locator('#panel-teach .tile')).toHaveCount(4);
    await expect(page.locator('#panel-teach .unfinished li')).toHaveCount(stored ? 1 : 0);
  });
}

test('twenty pictures of another world gain six decibels, at the pace it says, while the page stays free', async ({
  page,
}) => {
  await withPictures(page, 20, '?backend=cpu#teach');
  await page.evaluate(() => {
    const longest = { duration: 0 };
    Object.assign(window, { longest });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries())
        longest.duration = Math.max(longest.duration, duration);
    }).observe({ type: 'longtask' });
  });
  await page.getByRole('combobox', { name: 'Training' }).selectOption('150');
  await page.getByRole('button', { name: 'Start training' }).click();
  const lesson = page.locator('#panel-teach .lesson');
  await expect(lesson.locator('.step')).toHaveText(/^Step 1\d of 150$/);
  const begun = Date.now();
  const promised = Number(await lesson.locator('.left').getAttribute('data-seconds'));
  await keepScreenshot(page, 'teach-learning');
  await expect(lesson.locator('.step')).toHaveText('Painting them again, to compare');
  const took = (Date.now() - begun) / 1000;
  const { before, after } = await gain(page);
  const longest = await page.evaluate(
    () => (window as unknown as { longest: { duration: number } }).longest.duration,
  );
  console.log(
    `${before.toFixed(1)} dB before, ${after.toFixed(1)} after; ${promised.toFixed(0)} s promised, ${took.toFixed(0)} s taken; longest task ${longest.toFixed(0)} ms`,
  );
  await keepScreenshot(page, 'teach-result');
  expect(after - before).toBeGreaterThanOrEqual(6);
  expect(promised / took).toBeGreaterThan(2 / 3);
  expect(promised / took).toBeLessThan(4 / 3);
  expect(longest).toBeLessThan(200);
});
