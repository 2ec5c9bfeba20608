import { readFile } from 'node:fs/promises';
import type { BrowserContext, Page } from '@playwright/test';
import { expect, keepScreenshot, openTiny, ready, test } from './site.js';

/** A document without a policy of its own, which may play videos. */
const POLICY_FREE = 'fixtures/tiny/config.json';

interface Decoded {
  width: number;
  height: number;
  frames: number;
  /** Seconds, of one round. */
  duration: number;
  /** 0 is once, Infinity for ever. */
  repeats: number;
  /** Mean colour of each frame, for comparing them. */
  colours: string[];
}

/** Chooses a format and saves; the file's name and bytes. */
async function save(
  page: Page,
  format: string,
  size = '64',
): Promise<{ name: string; bytes: Buffer }> {
  await page.getByLabel('Save as').selectOption(format);
  await page.getByLabel('Size (px)').selectOption(size);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save film', exact: true }).click();
  const file = await download;
  await expect(page.locator('#status')).toContainText('Saved');
  return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
}

/** Reads a moving picture by the browser's own decoder. */
async function decode(
  context: BrowserContext,
  bytes: Buffer,
  type: 'image/gif' | 'image/png',
): Promise<Decoded> {
  const page = await context.newPage();
  await page.goto(POLICY_FREE);
  const decoded = await page.evaluate(
    async ({ bytes, type }) => {
      const decoder = new ImageDecoder({ data: new Uint8Array(bytes), type });
      await decoder.tracks.ready;
      await decoder.completed;
      const track = decoder.tracks.selectedTrack;
      const frames = track?.frameCount ?? 0;
      let [duration, width, height] = [0, 0, 0];
      const colours: string[] = [];
      for (let frameIndex = 0; frameIndex < frames; frameIndex++) {
        const { image } = await decoder.decode({ frameIndex });
        duration += (image.duration ?? 0) / 1e6;
        [width, height] = [image.displayWidth, image.displayHeight];
        const context = new OffscreenCanvas(1, 1).getContext('2d');
        context?.drawImage(image, 0, 0, 1, 1);
        colours.push(context?.getImageData(0, 0, 1, 1).data.join() ?? '');
        image.close();
      }
      return { width, height, frames, duration, repeats: track?.repetitionCount ?? NaN, colours };
    },
    { bytes: [...bytes], type },
  );
  await page.close();
  return decoded;
}

test('a strip as PNG: all frames side by side', async ({ page }) => {
  await openTiny(page);
  const { name, bytes } = await save(page, 'png');
  expect(bytes.subarray(1, 4).toString()).toBe('PNG');
  expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([9 * 64, 64]);
  expect(name).toMatch(/^soda-[\p{L}\p{N}-]+-to-[\p{L}\p{N}-]+\.png$/u);
});

for (const [format, type, extension] of [
  ['gif', 'image/gif', 'gif'],
  ['apng', 'image/png', 'png'],
] as const) {
  test(`${format}: there and back for ever, in the size and time that were chosen`, async ({
    page,
    context,
  }) => {
    await openTiny(page);
    await page.getByLabel('Seconds').selectOption('2');
    const { name, bytes } = await save(page, format, '128');
    const film = await decode(context, bytes, type);
    expect(name).toMatch(new RegExp(`\\.${extension}$`));
    expect([film.width, film.height, film.frames]).toEqual([128, 128, 16]); // 9 there, 7 back.
    expect(film.duration).toBeCloseTo(2 * 2 + 4 * 0.3, 1);
    expect(film.repeats).toBe(Infinity);
    expect(new Set(film.colours).size).toBeGreaterThan(5);
    expect(film.colours[1]).toBe(film.colours[15]); // The way back passes the same pictures.
  });

  test(`${format}: once, with a soft start`, async ({ page, context }) => {
    await openTiny(page);
    await page.getByLabel('Repeat').selectOption('once');
    await page.getByLabel('Easing').selectOption('in');
    const film = await decode(context, (await save(page, format)).bytes, type);
    expect([film.width, film.frames]).toEqual([64, 9]);
    expect(film.duration).toBeCloseTo(1 + 2 * 0.3, 1);
    expect(film.repeats).toBe(0);
  });
}

for (const format of ['webm', 'mp4'])
  test(`${format}: a video of that size and length`, async ({ page, context }) => {
    await openTiny(page);
    await page.getByLabel('Repeat').selectOption('once');
    const { name, bytes } = await save(page, format, '128');
    expect(name).toMatch(new RegExp(`\\.${format}$`));
    const other = await context.newPage();
    await other.goto(POLICY_FREE);
    const film = await other.evaluate(
      async ({ bytes, format }) => {
        const video = Object.assign(document.createElement('video'), {
          muted: true,
          src: URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type: `video/${format}` })),
        });
        await new Promise((resolve, reject) => {
          video.onloadeddata = resolve;
          video.onerror = () => {
            reject(new Error(video.error?.message ?? 'no video'));
          };
        });
        const colourAt = async (time: number): Promise<number[]> => {
          video.currentTime = time;
          await new Promise((resolve) => {
            video.onseeked = resolve;
          });
          const context = new OffscreenCanvas(1, 1).getContext('2d');
          context?.drawImage(video, 0, 0, 1, 1);
          return [...(context?.getImageData(0, 0, 1, 1).data ?? [])];
        };
        const colours = [await colourAt(0), await colourAt(video.duration - 0.05)];
        return {
          width: video.videoWidth,
          height: video.videoHeight,
          duration: video.duration,
          colours,
        };
      },
      { bytes: [...bytes], format },
    );
    expect([film.width, film.height]).toEqual([128, 128]);
    expect(film.duration).toBeCloseTo(1 + 2 * 0.3, 1);
    expect(film.colours[0]).not.toEqual(film.colours[1]);
  });

test('where the browser cannot encode video, it says so, and the other formats go on working', async ({
  page,
}) => {
  await page.addInitScript(() => {
    Reflect.deleteProperty(globalThis, 'VideoEncoder');
  });
  await openTiny(page);
  await page.getByLabel('Save as').selectOption('webm');
  await expect(page.getByText('This browser cannot encode video')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Save film', exact: true })).toBeDisabled();
  await keepScreenshot(page, 'no-video');
  expect((await save(page, 'gif')).bytes.subarray(0, 6).toString()).toBe('GIF89a');
});

test('a chain is saved whole, and a square as a sheet', async ({ page, context }) => {
  await openTiny(page);
  await page.getByRole('radio', { name: 'Sequence' }).check({ force: true });
  await ready(page);
  await page.getByLabel('Repeat').selectOption('once');
  const chain = await decode(context, (await save(page, 'gif')).bytes, 'image/gif');
  expect(chain.frames).toBe(17); // Three pictures, two legs of nine frames, the middle one shared.
  expect(chain.duration).toBeCloseTo(2 + 4 * 0.3, 1);

  await page.getByRole('radio', { name: 'Four corners' }).check({ force: true });
  await ready(page);
  const sheet = (await save(page, 'png')).bytes;
  expect([sheet.readUInt32BE(16), sheet.readUInt32BE(20)]).toEqual([5 * 64, 5 * 64]);
});

test('saving can be cancelled, and the page answers meanwhile', async ({ page }) => {
  await openTiny(page);
  await page.getByLabel('Frames', { exact: true }).selectOption('33');
  await ready(page);
  await page.getByLabel('Save as').selectOption('apng');
  await page.getByLabel('Size (px)').selectOption('512');
  await page.getByRole('button', { name: 'Save film', exact: true }).click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByRole('button', { name: 'Save film', exact: true })).toBeEnabled();
});
