import type { Page } from '@playwright/test';
import { keepDevices, loseDevice } from './device.js';
import { chooseFiles, strangeFiles } from './pictures.js';
import { expect, keepScreenshot, openPanel, openTiny, ready, takeModel, test } from './site.js';

/** Begins a morph of so many frames, and waits until some of them are there. */
async function midMorph(page: Page, frames: number): Promise<void> {
  await page.getByLabel('Frames', { exact: true }).selectOption(String(frames));
  await expect(page.locator('#strip canvas')).toHaveCount(frames);
  await expect(page.locator('#strip canvas[data-painted]').nth(3)).toBeAttached();
  await expect(page.locator('html')).toHaveAttribute('data-state', 'painting');
}

test('a device lost in the middle of a morph: it starts again and paints; lost again before that, it goes on with the CPU and stays there', async ({
  page,
}) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await keepDevices(page);
  await openTiny(page, 'backend=webgpu');
  const trouble = page.locator('#trouble');
  await midMorph(page, 33);
  await loseDevice(page);
  await expect(trouble).toHaveText('The graphics card stopped responding. Restarting…');
  await keepScreenshot(page, 'webgpu-lost');
  await ready(page);
  await expect(trouble).toHaveText(
    'The graphics card stopped responding. The model was restarted.',
  );
  await expect(page.locator('#strip canvas[data-painted]')).toHaveCount(33);
  await expect(page.locator('#engine')).toContainText('Running on WebGPU');

  await midMorph(page, 17);
  await loseDevice(page);
  await expect(trouble).toHaveText('The graphics card stopped responding. Restarting…');
  await loseDevice(page);
  await expect(trouble).toHaveText(
    'The graphics card stopped responding again. Continuing on the CPU.',
  );
  await ready(page);
  await expect(page.locator('#strip canvas[data-painted]')).toHaveCount(17);
  await expect(page.locator('#engine')).toContainText('Running on the CPU');

  await takeModel(page, 'emoji64');
  await expect(trouble).toBeEmpty();
  await ready(page);
  await expect(page.locator('#engine')).toContainText('Running on the CPU');
});

test('a device lost in the middle of a lesson: it says so, keeps the pictures, and begins the lesson anew', async ({
  page,
}) => {
  await keepDevices(page);
  await openTiny(page, 'backend=webgpu');
  await openPanel(page, 'teach');
  await chooseFiles(page, 'Choose pictures', await strangeFiles(page, 3, 32));
  await page.getByLabel('Name', { exact: true }).fill('Twice begun');
  await page.getByRole('combobox', { name: 'Training' }).selectOption('1000');
  const step = page.locator('#panel-teach .lesson .step');
  await step.evaluate((step) => {
    const told: string[] = [];
    Object.assign(window, { told });
    new MutationObserver(() => {
      told.push(step.textContent);
    }).observe(step, { childList: true });
  });
  const beginnings = (): Promise<number> =>
    page.evaluate(
      () =>
        (window as unknown as { told: string[] }).told.filter((line) => line === 'Step 1 of 1000')
          .length,
    );
  await page.getByRole('button', { name: 'Start training' }).click();
  await expect(step).toHaveText(/^Step \d+ of 1000$/);
  expect(await beginnings()).toBe(1);
  await loseDevice(page);
  await expect(page.locator('#trouble')).toHaveText(
    'The graphics card stopped responding. It starts over.',
  );
  await keepScreenshot(page, 'webgpu-lost-lesson');
  await expect.poll(beginnings).toBe(2);
  await expect(page.locator('#engine')).toContainText('Running on WebGPU');
  await page.getByRole('button', { name: 'Stop and keep' }).click();
  await expect(page.locator('#panel-teach .result h2')).toHaveText('Twice begun');
  await expect(page.locator('#panel-teach .outcomes li')).toHaveCount(3);
  await expect(page.locator('#panel-teach .tile')).toHaveCount(3);
  await ready(page);
});
