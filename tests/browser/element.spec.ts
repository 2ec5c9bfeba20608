import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import type {} from '../../www/lib/element.js';
import { expect, keepScreenshot, test } from './site.js';

/** What happened to the elements of the page, in order. */
declare global {
  interface Window {
    told: { type: string; detail: unknown }[];
  }
}

const PAIR = 'from="../gallery/fox.png" to="../gallery/panda.png"';

/** A page with these elements, whose events are written down. */
async function withElements(page: Page, html: string): Promise<void> {
  await page.goto('pages/element.html');
  await page.waitForFunction(() => customElements.get('soda-morph') !== undefined);
  await page.evaluate((html) => {
    window.told = [];
    for (const type of ['progress', 'ready', 'frame', 'complete', 'change', 'error']) {
      document.addEventListener(`soda-${type}`, (event) => {
        const { detail } = event as CustomEvent<unknown>;
        window.told.push({
          type,
          detail:
            detail instanceof Error
              ? { code: (detail as Error & { code: string }).code, message: detail.message }
              : detail,
        });
      });
    }
    document.body.innerHTML = html;
  }, html);
}

const count = (page: Page, type: string): Promise<number> =>
  page.evaluate((type) => window.told.filter((each) => each.type === type).length, type);
const complete = (page: Page, times = 1): Promise<void> =>
  expect.poll(() => count(page, 'complete')).toBe(times);
const shown = (page: Page): Promise<string> =>
  page
    .locator('soda-morph canvas')
    .first()
    .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());

test('it paints a morph and tells about it, under a strict policy', async ({ page }) => {
  await withElements(
    page,
    `<soda-morph model="../fixtures/tiny" backend="cpu" ${PAIR} frames="5" label="A fox becomes a panda"></soda-morph>`,
  );
  await complete(page);
  expect(await count(page, 'frame')).toBe(5);
  expect(
    await page.evaluate(() => window.told.find(({ type }) => type === 'ready')?.detail),
  ).toMatchObject({ backend: 'cpu' });
  expect(await count(page, 'progress')).toBeGreaterThan(3);
  await expect(page.getByRole('img', { name: 'A fox becomes a panda' })).toBeVisible();
  const { violations } = await new AxeBuilder({ page })
    .disableRules(['page-has-heading-one', 'landmark-one-main', 'region'])
    .analyze();
  expect(violations).toEqual([]);
  await keepScreenshot(page, 'element');
});

test('without a model it shows the originals themselves, at both ends and wherever the slider is', async ({
  page,
}) => {
  await withElements(page, `<soda-morph ${PAIR} frames="5"></soda-morph>`);
  await complete(page);
  expect(await count(page, 'frame')).toBe(5);
  const views: string[] = [];
  for (const value of [0, 0.31, 0.33, 1]) {
    await page.locator('soda-morph').evaluate((element, value) => {
      (element as HTMLElementTagNameMap['soda-morph']).value = value;
    }, value);
    views.push(await shown(page));
  }
  expect(new Set(views).size).toBe(4);
  const size = await page
    .locator('soda-morph canvas')
    .evaluate((canvas) => [
      (canvas as HTMLCanvasElement).width,
      (canvas as HTMLCanvasElement).height,
    ]);
  expect(size).toEqual([512, 512]);
  await keepScreenshot(page, 'element-originals');
});

test('the slider, the keyboard and the property move it, and it says where it is', async ({
  page,
}) => {
  await withElements(
    page,
    `<soda-morph model="../fixtures/tiny" backend="cpu" ${PAIR} frames="5"></soda-morph>`,
  );
  await complete(page);
  const first = await shown(page);
  const slider = page.getByRole('slider');
  await slider.focus();
  await page.keyboard.press('ArrowRight');
  await expect(slider).toHaveAttribute('aria-valuetext', '25 % of the way');
  expect(await shown(page)).not.toBe(first);
  await page.locator('soda-morph').evaluate((element) => {
    (element as HTMLElementTagNameMap['soda-morph']).value = 0;
  });
  expect(await shown(page)).toBe(first);
  expect(
    await page.evaluate(() =>
      window.told.filter(({ type }) => type === 'change').map(({ detail }) => detail),
    ),
  ).toEqual([{ value: 0.25 }]);
});

test('it plays and pauses; autoplay waits for who wants less motion', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await withElements(
    page,
    `<soda-morph model="../fixtures/tiny" backend="cpu" ${PAIR} frames="5" autoplay></soda-morph>`,
  );
  await complete(page);
  expect(await count(page, 'change')).toBe(0);
  await page.getByRole('button', { name: 'Play' }).click();
  await expect.poll(() => count(page, 'change')).toBeGreaterThan(3);
  await page.getByRole('button', { name: 'Pause' }).click();
  const changes = await count(page, 'change');
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 200)));
  expect(await count(page, 'change')).toBe(changes);
});

test('attributes and properties begin it anew, pictures from the page among them', async ({
  page,
}) => {
  await withElements(
    page,
    `<soda-morph model="../fixtures/tiny" backend="cpu" ${PAIR} frames="3"></soda-morph>`,
  );
  await complete(page);
  const first = await shown(page);
  await page.locator('soda-morph').evaluate((element) => {
    element.setAttribute('from', '../gallery/frog.png');
  });
  await complete(page, 2);
  const second = await shown(page);
  expect(second).not.toBe(first);
  await page.locator('soda-morph').evaluate((element) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 8, height: 8 });
    canvas.getContext('2d')?.fillRect(0, 0, 4, 8);
    Object.assign(element, { from: canvas, frames: 2 });
  });
  await complete(page, 3);
  expect(await shown(page)).not.toBe(second);
  expect(
    await page
      .locator('soda-morph')
      .evaluate((element) => (element as HTMLElementTagNameMap['soda-morph']).painted.length),
  ).toBe(2);
});

test('elements with one model share one engine, which goes when their frames are painted', async ({
  page,
}) => {
  const one = `<soda-morph model="../fixtures/tiny" backend="cpu" ${PAIR} frames="3"></soda-morph>`;
  await withElements(page, one + one);
  await complete(page, 2);
  expect(page.workers()).toHaveLength(1);
  await expect.poll(() => page.workers().length).toBe(0);
});

test('what is out of sight waits', async ({ page }) => {
  await withElements(
    page,
    `<pre>${'\n'.repeat(300)}</pre><soda-morph model="../fixtures/tiny" backend="cpu" ${PAIR} frames="3"></soda-morph>`,
  );
  expect(page.workers()).toHaveLength(0);
  await page.locator('soda-morph').scrollIntoViewIfNeeded();
  await complete(page);
});

test('after a network error it tries again, by itself and by its button', async ({
  page,
  errors,
}) => {
  await page.context().route('**/fixtures/tiny/model.safetensors', (route) => route.abort());
  await withElements(
    page,
    `<soda-morph model="../fixtures/tiny" backend="cpu" ${PAIR} frames="3"></soda-morph>`,
  );
  await expect.poll(() => count(page, 'error')).toBe(3);
  await page.context().unroute('**/fixtures/tiny/model.safetensors');
  await page.getByRole('button', { name: 'Try again' }).click();
  await complete(page);
  await expect(page.getByRole('button', { name: 'Try again' })).toBeHidden();

  await page
    .context()
    .route('**/fixtures/tiny/model.safetensors', (route) => route.abort(), { times: 1 });
  await page.evaluate(async () => {
    for (const name of await caches.keys()) await caches.delete(name);
  });
  await withElements(
    page,
    `<soda-morph model="../fixtures/tiny" backend="cpu" ${PAIR} frames="3"></soda-morph>`,
  );
  await complete(page);
  expect(await count(page, 'error')).toBe(1);
  errors.length = 0; // The browser reports what was broken off.
});

test('what is removed while it loads breaks off the download', async ({ page, stalled }) => {
  await withElements(
    page,
    `<soda-morph model="${stalled.url}" backend="cpu" ${PAIR}></soda-morph>`,
  );
  await stalled.asked;
  await page.evaluate(() => {
    document.body.replaceChildren();
  });
  await stalled.hungUp;
  await expect.poll(() => page.workers().length).toBe(0);
  expect(await count(page, 'error')).toBe(0);
});

test('moved in the document, or into another one, it stays as it is', async ({ page }) => {
  await withElements(
    page,
    `<soda-morph model="../fixtures/tiny" backend="cpu" ${PAIR} frames="3"></soda-morph><section></section>`,
  );
  await complete(page);
  await page.evaluate(() => {
    const element = document.querySelector('soda-morph');
    if (!element) return;
    element.value = 1;
    document.querySelector('section')?.append(element);
  });
  const last = await shown(page);
  await page.evaluate(async () => {
    const frame = document.body.appendChild(document.createElement('iframe'));
    const element = document.querySelector('soda-morph');
    if (element && frame.contentDocument) frame.contentDocument.body.append(element);
    await new Promise((resolve) => setTimeout(resolve, 300));
  });
  const moved = page.frameLocator('iframe').locator('soda-morph');
  expect(
    await moved.locator('canvas').evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL()),
  ).toBe(last);
  expect(await moved.evaluate((element) => getComputedStyle(element).display)).toBe('inline-grid');
  expect(await count(page, 'complete')).toBe(1);
});

test('out of sight it does not play', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  await withElements(
    page,
    `<soda-morph model="../fixtures/tiny" backend="cpu" ${PAIR} frames="5" autoplay></soda-morph><pre>${'\n'.repeat(300)}</pre>`,
  );
  await expect.poll(() => count(page, 'change')).toBeGreaterThan(2);
  await page.evaluate(() => {
    scrollTo(0, document.body.scrollHeight);
  });
  const settled = async (): Promise<boolean> => {
    const before = await count(page, 'change');
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1500)));
    return (await count(page, 'change')) === before;
  };
  await expect.poll(settled).toBe(true);
  await page.evaluate(() => {
    scrollTo(0, 0);
  });
  await expect.poll(settled).toBe(false);
});

test('properties from before the definition count, and every property is reflected', async ({
  page,
}) => {
  const found = await (async () => {
    await page.goto('pages/plain.html');
    await page.waitForFunction(() => 'lib' in window);
    return page.evaluate(async () => {
      const element = document.createElement('soda-morph');
      Object.assign(element, {
        model: '../fixtures/tiny',
        backend: 'cpu',
        from: 'disc.png',
        to: new ImageData(8, 8),
        frames: 3,
        eager: true,
      });
      document.body.append(element);
      const complete = new Promise((resolve) => {
        element.addEventListener('soda-complete', resolve, { once: true });
      });
      const address = '/pkg/dist/element.js';
      await import(address);
      await complete;
      const again = new Promise((resolve) => {
        element.addEventListener('soda-complete', resolve, { once: true });
      });
      element.frames = 4;
      await again;
      Object.assign(element, {
        steps: 2,
        seed: 3,
        view: 'noto',
        wasmUrl: '/wasm',
        workerUrl: '/worker.js',
        label: 'x',
        autoplay: true,
        eager: false,
        controls: 'none',
      });
      const attributes = Object.fromEntries(
        [...element.attributes].map(({ name, value }) => [name, value]),
      );
      element.steps = undefined;
      element.model = null;
      return {
        painted: element.painted.length,
        attributes,
        left: [element.hasAttribute('steps'), element.hasAttribute('model'), element.model],
      };
    });
  })();
  expect(found).toEqual({
    painted: 4,
    attributes: {
      model: '../fixtures/tiny',
      backend: 'cpu',
      from: 'disc.png',
      frames: '4',
      steps: '2',
      seed: '3',
      view: 'noto',
      'wasm-url': '/wasm',
      'worker-url': '/worker.js',
      label: 'x',
      autoplay: '',
      controls: 'none',
    },
    left: [false, false, ''],
  });
});

test('in a text from right to left the arrows follow the slider', async ({ page }) => {
  await withElements(
    page,
    `<div dir="rtl"><soda-morph model="../fixtures/tiny" backend="cpu" ${PAIR} frames="5"></soda-morph></div>`,
  );
  await complete(page);
  const slider = page.getByRole('slider');
  await slider.focus();
  await page.keyboard.press('ArrowLeft');
  await expect(slider).toHaveAttribute('aria-valuetext', '25 % of the way');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowRight');
  await expect(slider).toHaveAttribute('aria-valuetext', '25 % of the way');
});

for (const [what, html, code, message] of [
  ['no model', `<soda-morph painter="soda" ${PAIR}></soda-morph>`, 'input', 'has no model'],
  [
    'no picture',
    '<soda-morph model="../fixtures/tiny" backend="cpu" from="../gallery/fox.png"></soda-morph>',
    'input',
    'has no to',
  ],
  [
    'a model that is not there',
    `<soda-morph model="../nowhere" backend="cpu" ${PAIR}></soda-morph>`,
    'network',
    '404',
  ],
  [
    'one frame',
    `<soda-morph model="../fixtures/tiny" backend="cpu" ${PAIR} frames="1"></soda-morph>`,
    'input',
    'frames',
  ],
] as const) {
  test(`${what} is an error that is seen and told`, async ({ page, errors }) => {
    await withElements(page, html);
    await expect
      .poll(() => page.evaluate(() => window.told.find(({ type }) => type === 'error')?.detail))
      .toMatchObject({ code });
    await expect(page.getByRole('status')).toContainText(message);
    errors.length = 0; // The browser reports the 404.
  });
}
