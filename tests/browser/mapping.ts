import type { Locator, Page } from '@playwright/test';

/** Drags a line over the whole width of the map, from one place between pictures to another. */
export async function dragLine(page: Page, map: Locator): Promise<void> {
  const box = (await map.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  await page.keyboard.down('Shift');
  await page.mouse.move(box.x + 3, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width - 3, box.y + box.height / 2, { steps: 4 });
  await page.mouse.up();
  await page.keyboard.up('Shift');
}
