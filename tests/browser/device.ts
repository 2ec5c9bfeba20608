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
    await route.fulfill({ response, body: text.includes('requestDevice') ? `${KEEP}\n${text}` : text });
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
  await expect.poll(async () => (await Promise.all(page.workers().map((worker) => worker.evaluate(destroy).catch(() => false)))).includes(true)).toBe(true);
}
