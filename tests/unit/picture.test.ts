import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readPictures } from '../../www/lib/client/picture.js';

/** Bitmaps that are decoded, and not closed yet. */
let open = 0;
let most = 0;
let decoded: string[] = [];

class Canvas {
  constructor(
    readonly width: number,
    readonly height: number,
  ) {}
  getContext(): object {
    const { width, height } = this;
    return {
      drawImage: () => undefined,
      getImageData: () => ({ data: new Uint8ClampedArray(4 * width * height) }),
    };
  }
}

beforeEach(() => {
  [open, most, decoded] = [0, 0, []];
  vi.stubGlobal('OffscreenCanvas', Canvas);
  vi.stubGlobal('createImageBitmap', async (blob: Blob) => {
    most = Math.max(most, ++open);
    const text = await blob.text();
    await new Promise((resolve) => setTimeout(resolve, 1));
    decoded.push(text);
    if (text === 'broken') throw new DOMException('no', 'InvalidStateError');
    return {
      width: 8,
      height: Number(text),
      close: () => {
        open--;
      },
    };
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

test('two hundred pictures are decoded a few at a time, and come in order', async () => {
  const files = Array.from({ length: 200 }, (_, i) => new Blob([String(i + 1)]));
  const rasters = await readPictures(files, undefined, 1024);
  expect(rasters.map(({ height }) => height)).toEqual(files.map((_, i) => i + 1));
  expect(most).toBeLessThanOrEqual(4);
  expect(open).toBe(0);
});

test('after one that is not a picture no more are begun', async () => {
  const files = ['1', 'broken', ...Array.from({ length: 50 }, () => '2')].map(
    (text) => new Blob([text]),
  );
  await expect(readPictures(files)).rejects.toMatchObject({
    code: 'input',
    message: expect.stringContaining('picture 2') as string,
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(decoded.length).toBeLessThan(9);
});

test('a data URL is read without a request', async () => {
  vi.stubGlobal('fetch', () => {
    throw new Error('asked the network');
  });
  const [raster] = await readPictures([`data:image/png;base64,${btoa('5')}`]);
  expect(raster).toMatchObject({ width: 8, height: 5 });
});

test('a blob URL that the policy forbids says which part of it', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
  await expect(readPictures(['blob:https://page.test/1'])).rejects.toMatchObject({
    code: 'network',
    message: expect.stringContaining('connect-src') as string,
  });
});

test('a browser without OffscreenCanvas is said to lack it', async () => {
  vi.stubGlobal('OffscreenCanvas', undefined);
  await expect(readPictures([new Blob(['5'])])).rejects.toMatchObject({ code: 'unsupported' });
});
