import { readFile } from 'node:fs/promises';
import type { BrowserContext, Locator, Page } from '@playwright/test';
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

// Where the browser shows no dialog, as Firefox and Safari do not; the tests of the dialog set one.
test.beforeEach(async ({ page }) => {
  await page.addInitScript(() => {
    Reflect.deleteProperty(globalThis, 'showSaveFilePicker');
  });
});

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

/** Names and sizes of the origin's own files, in the films' folder or in another. */
function stored(page: Page, folder = 'films'): Promise<{ name: string; size: number }[]> {
  return page.evaluate(async (folder) => {
    const root = await navigator.storage.getDirectory();
    const files: { name: string; size: number }[] = [];
    const directory = await root.getDirectoryHandle(folder, { create: true });
    for await (const entry of directory.values())
      if (entry.kind === 'file')
        files.push({ name: entry.name, size: (await entry.getFile()).size });
    return files;
  }, folder);
}

/** The dialog gives a file of the origin's own, as a person would give one of the disk. */
async function fakePicker(page: Page, answer: 'file' | 'dismissed' = 'file'): Promise<void> {
  await page.addInitScript((answer) => {
    const picks: { name: string; active: boolean }[] = [];
    Object.assign(window, {
      picks,
      showSaveFilePicker: async ({ suggestedName }: { suggestedName: string }) => {
        picks.push({ name: suggestedName, active: navigator.userActivation.isActive });
        if (answer === 'dismissed') throw new DOMException('dismissed', 'AbortError');
        const root = await navigator.storage.getDirectory();
        const disk = await root.getDirectoryHandle('disk', { create: true });
        return disk.getFileHandle('mine.bin', { create: true });
      },
    });
  }, answer);
}

/** Bytes and positions of what the worker writes to the chosen file, as it writes. */
function countWrites(page: Page): Promise<{ count: () => Promise<number> }> {
  return new Promise((resolve) => {
    page.on('worker', (worker) => {
      void worker
        .evaluate(() => {
          const counted = self as unknown as { writes: number };
          if (!('FileSystemWritableFileStream' in self)) return;
          counted.writes = 0;
          const { prototype } = FileSystemWritableFileStream;
          // eslint-disable-next-line @typescript-eslint/unbound-method -- called on its own below
          const { write } = prototype;
          prototype.write = function (...args) {
            counted.writes++;
            return write.apply(this, args);
          };
        })
        .then(() => {
          resolve({
            count: () => worker.evaluate(() => (self as unknown as { writes: number }).writes),
          });
        });
    });
  });
}

function saveButton(page: Page): Locator {
  return page.getByRole('button', { name: 'Save film', exact: true });
}

for (const format of ['gif', 'apng', 'frames', 'png', 'mp4', 'webm'])
  test(`${format}: where a person can choose the file, it is written there and not downloaded`, async ({
    page,
    context,
  }) => {
    const downloads: string[] = [];
    page.on('download', (download) => downloads.push(download.suggestedFilename()));
    await fakePicker(page);
    await openTiny(page);
    await page.getByLabel('Save as').selectOption(format);
    await page.getByLabel('Size (px)').selectOption('128');
    await saveButton(page).click();
    await expect(page.locator('#status')).toContainText('Saved mine.bin');
    const picks = await page.evaluate(
      () => (window as unknown as { picks: { name: string; active: boolean }[] }).picks,
    );
    // Browsers show the dialog only in answer to a click.
    expect(picks).toHaveLength(1);
    expect(picks[0]?.name).toMatch(/^soda-.+\.\w+$/);
    expect(picks[0]?.active).toBe(true);
    const bytes = await page.evaluate(async () => {
      const root = await navigator.storage.getDirectory();
      const disk = await root.getDirectoryHandle('disk');
      const file = await (await disk.getFileHandle('mine.bin')).getFile();
      return [...new Uint8Array(await file.arrayBuffer())];
    });
    const head = Buffer.from(bytes.slice(0, 12)).toString('latin1');
    const starts = { gif: 'GIF89a', frames: 'PK', mp4: 'ftyp', webm: '\x1aE' } as const;
    expect(head).toContain((starts as Partial<Record<string, string>>)[format] ?? 'PNG');
    if (format === 'gif')
      expect((await decode(context, Buffer.from(bytes), 'image/gif')).frames).toBe(16);
    expect(downloads).toEqual([]);
    expect(await stored(page)).toEqual([]);
  });

test('a film goes to the file piece by piece, as it is made', async ({ page }) => {
  await fakePicker(page);
  await openTiny(page);
  await page.getByLabel('Frames', { exact: true }).selectOption('33');
  await ready(page);
  await page.getByLabel('Save as').selectOption('apng');
  await page.getByLabel('Size (px)').selectOption('512');
  const counting = countWrites(page);
  await saveButton(page).click();
  const { count } = await counting;
  await expect.poll(count, { intervals: [20] }).toBeGreaterThan(3);
  await expect(page.getByRole('button', { name: 'Cancel' })).toBeVisible(); // It is not whole yet.
  await expect(page.locator('#status')).toContainText('Saved mine.bin');
});

test('a dialog that is closed saves nothing, and the film can be saved again', async ({ page }) => {
  await fakePicker(page, 'dismissed');
  await openTiny(page);
  await saveButton(page).click();
  await expect
    .poll(() => page.evaluate(() => (window as unknown as { picks: unknown[] }).picks.length))
    .toBe(1);
  await expect(saveButton(page)).toBeEnabled();
  await expect(page.locator('#trouble')).toBeEmpty();
  expect(await stored(page)).toEqual([]);
});

test('without a dialog the film is a file of the origin, which its download reads', async ({
  page,
  context,
}) => {
  await openTiny(page);
  const { bytes } = await save(page, 'gif');
  const [file, ...more] = await stored(page);
  expect(more).toEqual([]);
  expect(file?.size).toBe(bytes.length);
  expect((await decode(context, bytes, 'image/gif')).frames).toBe(16);
});

test('without files of the origin, as in private windows, it is made in memory', async ({
  page,
  context,
}) => {
  await page.addInitScript(() => {
    StorageManager.prototype.getDirectory = () =>
      Promise.reject(new DOMException('not here', 'SecurityError'));
  });
  await openTiny(page);
  const { bytes } = await save(page, 'gif');
  expect((await decode(context, bytes, 'image/gif')).frames).toBe(16);
});

for (const way of ['a chosen file', 'a file of the origin'])
  test(`saving to ${way} can be cancelled, and nothing of it stays`, async ({ page }) => {
    const downloads: string[] = [];
    page.on('download', (download) => downloads.push(download.suggestedFilename()));
    if (way === 'a chosen file') await fakePicker(page);
    await openTiny(page);
    await page.getByLabel('Frames', { exact: true }).selectOption('33');
    await ready(page);
    await page.getByLabel('Save as').selectOption('apng');
    await page.getByLabel('Size (px)').selectOption('1024');
    await saveButton(page).click();
    await expect(page.locator('#status')).toContainText('Saving: ');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await expect(saveButton(page)).toBeEnabled();
    expect(await stored(page)).toEqual([]);
    expect(await stored(page, 'disk')).toEqual([]);
    expect(downloads).toEqual([]);
    await expect(page.locator('#trouble')).toBeEmpty();
  });
