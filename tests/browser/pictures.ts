import type { Page } from '@playwright/test';

/** What a file dialog is given. */
type Files = { name: string; mimeType: string; buffer: Buffer }[];

/** Files of pictures from no world the models know, `side` pixels square, for a file dialog or a drop. */
export async function strangeFiles(page: Page, count: number, side = 64, seed = 1): Promise<Files> {
  const encoded = await page.evaluate(
    async ({ count, side, seed }) => {
      const { strangePictures } = (await import(
        new URL('pages/strange-pictures.js', document.baseURI).href
      )) as { strangePictures: typeof window.strangePictures };
      return strangePictures(count, side, seed).map((picture) => {
        const canvas = Object.assign(document.createElement('canvas'), {
          width: side,
          height: side,
        });
        canvas.getContext('2d')?.putImageData(picture, 0, 0);
        return canvas.toDataURL('image/png').split(',')[1] ?? '';
      });
    },
    { count, side, seed },
  );
  return encoded.map((png, i) => ({
    name: `strange ${String(i + 1)}.png`,
    mimeType: 'image/png',
    buffer: Buffer.from(png, 'base64'),
  }));
}

/** Pictures of two kinds that any encoder tells apart: dark ones with a light disc, light ones with a dark bar. */
export async function twoKinds(page: Page, each: number): Promise<Files> {
  const encoded = await page.evaluate((each) => {
    const draw = (paint: (context: CanvasRenderingContext2D) => void): string => {
      const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 64 });
      const context = canvas.getContext('2d');
      if (!context) throw new Error('no canvas');
      paint(context);
      return canvas.toDataURL().split(',')[1] ?? '';
    };
    const discs = Array.from({ length: each }, (_, i) =>
      draw((context) => {
        context.fillStyle = `hsl(230 60% ${String(10 + 2 * i)}%)`;
        context.fillRect(0, 0, 64, 64);
        context.fillStyle = `hsl(${String(40 + 3 * i)} 90% 70%)`;
        context.arc(28 + i, 30 + i, 16, 0, 7);
        context.fill();
      }),
    );
    const bars = Array.from({ length: each }, (_, i) =>
      draw((context) => {
        context.fillStyle = `hsl(120 40% ${String(90 - 2 * i)}%)`;
        context.fillRect(0, 0, 64, 64);
        context.fillStyle = `hsl(${String(300 + 5 * i)} 60% 30%)`;
        context.fillRect(20 + i, 4, 14, 56);
      }),
    );
    return [
      ...discs.map((png, i) => ({ name: `disc ${String(i + 1)}.png`, png })),
      ...bars.map((png, i) => ({ name: `bar, ${String(i + 1)}.png`, png })),
    ];
  }, each);
  return encoded.map(({ name, png }) => ({
    name,
    mimeType: 'image/png',
    buffer: Buffer.from(png, 'base64'),
  }));
}

/** Chooses files in the dialog that a button opens. */
export async function chooseFiles(page: Page, button: string, files: Files): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: button, exact: true }).click();
  await (await chooser).setFiles(files);
}
