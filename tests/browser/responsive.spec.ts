import type { Page } from '@playwright/test';
import { chooseFiles, strangeFiles } from './pictures.js';
import { expect, openPanel, ready, test } from './site.js';

// A task that takes longer than this is felt. Half of it would do on a machine that does nothing else.
const LONGEST_MS = 200;

/** Notes tasks of more than 50 ms from now on; the answer gives how long each took, in milliseconds. */
async function watch(page: Page): Promise<() => Promise<number[]>> {
  await page.evaluate(() => {
    const tasks: number[] = [];
    Object.assign(window, { tasks });
    new PerformanceObserver((list) => {
      tasks.push(...list.getEntries().map(({ duration }) => duration));
    }).observe({ type: 'longtask' });
  });
  return () => page.evaluate(() => (window as unknown as { tasks: number[] }).tasks);
}

function told(what: string, tasks: readonly number[]): number {
  const longest = Math.max(0, ...tasks);
  console.log(
    `${what}: ${String(tasks.length)} tasks over 50 ms, the longest ${longest.toFixed(0)} ms`,
  );
  return longest;
}

test('while the shipped model morphs, no task is long', async ({ page }) => {
  await page.goto('?model=models/emoji64/&backend=cpu');
  await ready(page);
  const tasks = await watch(page);
  await page.getByLabel('Frames', { exact: true }).selectOption('33');
  await ready(page);
  for (let i = 0; i < 5; i++) {
    await page.getByRole('button', { name: 'Swap the two pictures' }).click();
    await ready(page);
  }
  expect(told('Five morphs of 33 frames', await tasks())).toBeLessThan(LONGEST_MS);
});

test('while the shipped model paints between two pictures, no task is long', async ({ page }) => {
  await page.goto('?model=models/emoji64/&backend=cpu');
  await ready(page);
  const tasks = await watch(page);
  await page.getByLabel('Made of').selectOption('mixed');
  await expect(page).toHaveURL(/painted=50/);
  await expect(page.locator('#tools button[data-complete="true"]')).toBeEnabled();
  expect(told('A painted morph', await tasks())).toBeLessThan(LONGEST_MS);
});

test('while the shipped model learns in the page, no task is long', async ({ page }) => {
  await page.goto('?model=models/emoji64/&backend=cpu#teach');
  await ready(page);
  await chooseFiles(page, 'Choose pictures', await strangeFiles(page, 8, 64));
  await page.getByRole('combobox', { name: 'Training' }).selectOption({ index: 0 });
  const tasks = await watch(page);
  await page.getByRole('button', { name: 'Start training' }).click();
  await expect(page.locator('#panel-teach .result .gain b')).toBeVisible();
  await ready(page);
  expect(told('A lesson of 60 steps on 8 pictures', await tasks())).toBeLessThan(LONGEST_MS);
});

test('while a map is made, and moved, no task is long', async ({ page }) => {
  await page.goto('?model=models/emoji64/&backend=cpu');
  await ready(page);
  const tasks = await watch(page);
  await openPanel(page, 'map');
  await expect(page.locator('.map-note')).toHaveAttribute('data-phase', 'done');
  const box = (await page.getByRole('listbox', { name: /^Map of/ }).boundingBox()) ?? {
    x: 0,
    y: 0,
    width: 0,
    height: 0,
  };
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  for (let i = 0; i < 20; i++) await page.mouse.wheel(0, i < 10 ? -120 : 120);
  await ready(page);
  expect(told('The map of the gallery', await tasks())).toBeLessThan(LONGEST_MS);
});

test('while sounds morph, and the way is played, no task is long', async ({ page }) => {
  await page.goto('?backend=cpu#sounds');
  await expect(page.locator('#panel-sounds .strip canvas[data-painted]')).toHaveCount(9);
  await ready(page);
  const tasks = await watch(page);
  await page.getByRole('button', { name: 'Swap the two sounds' }).click();
  await ready(page);
  await page.getByRole('button', { name: 'Play the way' }).click();
  await expect(page.getByRole('slider', { name: 'Place between' })).toHaveValue('40');
  await expect(page.getByRole('button', { name: 'Play the way' })).toBeVisible();
  expect(told('A way of nine sounds', await tasks())).toBeLessThan(LONGEST_MS);
});
