import { type Page, expect } from '@playwright/test';

const KEEP = `{
  const request = GPUAdapter.prototype.requestDevice;
  GPUAdapter.prototype.requestDevice = async function (...args) { return (globalThis.device = await request.apply(this, args)); };
}`;

/** The engine makes its device itself; this keeps it at hand in the worker, so that it can get lost. To be called before the page opens. */
export async function keepDevices(page: Page): Promise<void> {
  await page.route(/\/webgpu\/soda\.js$|\/assets\/soda-[^/]*\.js$/, async (route) => {
    const response = await route.fetch();
    const text = await response.text();
    await route.fulfill({
      response,
      body: text.includes('requestDevice') ? `${KEEP}\n${text}` : text,
    });
  });
}

/** Destroys the device of the engine that is there, or waits for the next one and destroys its. */
export async function loseDevice(page: Page): Promise<void> {
  const destroy = (): boolean => {
    const scope = globalThis as { device?: GPUDevice };
    const { device } = scope;
    delete scope.device;
    device?.destroy();
    return device !== undefined;
  };
  // A worker may end while it is asked.
  await expect
    .poll(async () =>
      (
        await Promise.all(
          page.workers().map((worker) => worker.evaluate(destroy).catch(() => false)),
        )
      ).includes(true),
    )
    .toBe(true);
}

/** Gives the page `loseDevice()`, which tells it what its worker tells it when the graphics device is gone; works on the CPU, too. */
export async function canLoseDevice(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const original = Worker;
    window.Worker = class extends original {
      constructor(url: string | URL, options?: WorkerOptions) {
        super(url, options);
        if (options?.name !== 'soda') return; // The map's worker has no device.
        const data = {
          kind: 'dead',
          code: 'device-lost',
          message: 'the graphics device was lost; load the model again',
        };
        window.loseDevice = () => {
          this.dispatchEvent(new MessageEvent('message', { data }));
        };
      }
    };
  });
}

declare global {
  interface Window {
    loseDevice: () => void;
  }
}
