import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Page, test as base, expect } from '@playwright/test';
import type * as Library from 'soda-morph';
import { serveStatic } from '../../www/serve.js';
import { artefacts } from './chromium.js';

const root = join(import.meta.dirname, '../..');

/** What the plain page gives to the tests: the library, as a page without a bundler imports it. */
declare global {
  interface Window {
    lib: typeof Library;
    /** Pictures from no world the models know. */
    strangePictures: (count: number, size: number, seed: number) => ImageData[];
    /** The code and message a promise rejects with; code 'fine' where it does not. */
    failureOf: (promise: Promise<unknown>) => Promise<{ code: string; message: string }>;
    codeOf: (promise: Promise<unknown>) => Promise<string>;
    /** All messages between the page and its workers, in order. */
    tap: { to: 'worker' | 'page'; message: { kind: string; id?: number } }[];
  }
}

interface Site {
  url: string;
  /** A folder served at `scratch/`. */
  scratch: string;
}

/** A model whose weights never come to an end. */
interface Stalled {
  url: string;
  /** The weights have been asked for, and begun. */
  asked: Promise<void>;
  /** The browser has closed that connection. */
  hungUp: Promise<void>;
}

export const test = base.extend<
  { errors: string[]; plain: Page; stalled: Stalled },
  { site: Site }
>({
  site: [
    async ({}, use) => {
      const scratch = mkdtempSync(join(tmpdir(), 'soda-'));
      const server = await serveStatic({
        '/': join(root, 'dist'),
        '/pkg/': join(root, 'pkg'),
        '/fixtures/': join(root, 'tests/fixtures'),
        '/pages/': join(root, 'tests/browser/pages'),
        '/scratch/': scratch,
      });
      await use({ url: server.url, scratch });
      await server.close();
      // A run of ResNet-50 is a gigabyte.
      rmSync(scratch, { recursive: true, force: true });
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ site }, use) => {
    await use(site.url);
  },
  /** Errors on the console and uncaught ones, policy violations among them. A test that expects one empties the list. */
  errors: [
    async ({ page }, use) => {
      const errors: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error') errors.push(message.text());
      });
      page.on('pageerror', (error) => errors.push(error.message));
      await use(errors);
      expect(errors).toEqual([]);
    },
    { auto: true },
  ],
  stalled: async ({}, use) => {
    const [asked, hungUp] = [signal(), signal()];
    const server = createServer((request, response) => {
      response.setHeader('access-control-allow-origin', '*');
      if (!request.url?.endsWith('.safetensors')) response.end('{}');
      else {
        response.setHeader('content-length', 1_000_000);
        response.write('the beginning');
        response.on('close', hungUp.give);
        asked.give();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await use({
      url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`,
      asked: asked.given,
      hungUp: hungUp.given,
    });
    server.closeAllConnections();
    server.close();
  },
  plain: async ({ page }, use) => {
    await page.goto('pages/plain.html');
    await page.waitForFunction(() => 'lib' in window);
    await use(page);
  },
});

function signal(): { give: () => void; given: Promise<void> } {
  let give: () => void = () => undefined;
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { give, given };
}

export { expect };

/** Opens the page with the small model painting, and waits for its first morph. */
export async function openTiny(page: Page, query = 'backend=cpu'): Promise<void> {
  await page.goto(`?model=fixtures/tiny/&painter=soda&${query}`);
  await ready(page);
}

/** Waits until the morph is whole. */
export async function ready(page: Page): Promise<void> {
  await expect(page.locator('html')).toHaveAttribute('data-state', 'ready');
}

/** The panels there are, in order, as the bar has them. */
export function panelNames(page: Page): Promise<string[]> {
  return page
    .locator('#nav a')
    .evaluateAll((links) =>
      links.map((link) => /#([a-z]+)/.exec(link.getAttribute('href') ?? '')?.[1] ?? ''),
    );
}

/** Opens a panel by its link and waits until it is at rest. */
export async function openPanel(page: Page, name: string): Promise<void> {
  await page.locator(`#nav a[href^="#${name}"]`).click();
  await expect(page.locator('html')).toHaveAttribute('data-panel', name);
  await expect(page.locator(`#panel-${name} > :not([hidden])`).first()).toBeVisible();
  await ready(page);
}

/** Opens the dialog of a place for a picture, and takes one of its ways, if that is not the gallery. */
export async function choose(
  page: Page,
  place: string,
  way: 'gallery' | 'From a file' | 'Camera' | 'Paste' = 'gallery',
): Promise<void> {
  await page.getByRole('button', { name: `${place}: Choose…`, exact: true }).click();
  if (way !== 'gallery') await page.getByRole('dialog').getByRole('button', { name: way }).click();
}

/** Chooses a model by its card. */
export async function takeModel(page: Page, id: string): Promise<void> {
  await page.locator('#model').click();
  await page.getByTestId(`use-${id}`).click();
}

/** Mean RGB and spread of each frame of the strip, and a string of its pixels to compare by. */
export function stripFrames(page: Page): Promise<{ pixels: string; spread: number }[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLCanvasElement>('#strip canvas')].map((canvas) => {
      const data =
        canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ??
        new Uint8ClampedArray();
      const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
      const spread = Math.sqrt(
        data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length,
      );
      return { pixels: data.join(), spread };
    }),
  );
}

/** What the stage shows, once it shows what was asked for last. */
export function stagePixels(page: Page): Promise<string> {
  return page
    .locator('#stage:not([aria-busy])')
    .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
}

/** Keeps a picture of the page for whoever wants to look. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(artefacts(), 'screenshots', `${name}.png`), fullPage: true });
}

/** The page's `window.stream` becomes what the camera gives. */
export async function rememberStream(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const media = MediaDevices.prototype;
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called below on what it belongs to
    const { getUserMedia } = media;
    media.getUserMedia = async function (...args) {
      const stream = await getUserMedia.apply(this, args);
      Object.assign(window, { stream });
      return stream;
    };
  });
}
