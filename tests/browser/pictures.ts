import type { Page } from '@playwright/test';

/** Files of pictures from no world the models know, `side` pixels square, for a file dialog or a drop. */
export async function strangeFiles(page: Page, count: number, side = 64, seed = 1): Promise<{ name: string; mimeType: string; buffer: Buffer }[]> {
  const encoded = await page.evaluate(async ({ count, side, seed }) => {
    const { strangePictures } = (await import(new URL('pages/strange-pictures.js', document.baseURI).href)) as { strangePictures: typeof window.strangePictures };
    return strangePictures(count, side, seed).map((picture) => {
      const canvas = Object.assign(document.createElement('canvas'), { width: side, height: side });
      canvas.getContext('2d')?.putImageData(picture, 0, 0);
      return canvas.toDataURL('image/png').split(',')[1] ?? '';
    });
  }, { count, side, seed });
  return encoded.map((png, i) => ({ name: `strange ${String(i + 1)}.png`, mimeType: 'image/png', buffer: Buffer.from(png, 'base64') }));
}

/** Chooses files in the dialog that a button opens. */
export async function chooseFiles(page: Page, button: string, files: Awaited<ReturnType<typeof strangeFiles>>): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: button, exact: true }).click();
  await (await chooser).setFiles(files);
}
