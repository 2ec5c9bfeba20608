import { expect, keepScreenshot, ready, stripFrames, test } from './site.js';

test('the page with the shipped model on the CPU: a morph of plausible pictures', async ({
  page,
}) => {
  await page.goto('?backend=cpu&painter=soda');
  await ready(page);
  const frames = await stripFrames(page);
  expect(frames).toHaveLength(9);
  for (const frame of frames) expect(frame.spread).toBeGreaterThan(10);
  expect(new Set(frames.map((frame) => frame.pixels)).size).toBe(9);
  await expect(page.locator('#engine')).toContainText('Running on the CPU');
  await keepScreenshot(page, 'shipped');
});

for (const model of ['emoji64', 'avatars64']) {
  test(`new pictures of ${model} are led away from its guide unless told otherwise`, async ({
    plain,
  }) => {
    const found = await plain.evaluate(async (model) => {
      const soda = await window.lib.Soda.load(`/models/${model}`, { backend: 'cpu' });
      const draw = async (autoguidance?: number): Promise<string> =>
        (
          await soda.draw({
            count: 2,
            seed: 1,
            ...(autoguidance !== undefined && { autoguidance }),
          })
        )
          .map(({ values }) => values.join())
          .join();
      const usual = await draw();
      return {
        guide: soda.config.guide,
        same: usual === (await draw()),
        alone: usual === (await draw(0)),
      };
    }, model);
    expect(found).toEqual({ guide: true, same: true, alone: false });
  });
}

test('corrected latents, the default, are painted nearer to their pictures', async ({ plain }) => {
  const errors = await plain.evaluate(async () => {
    const soda = await window.lib.Soda.load('/models/emoji64', { backend: 'cpu' });
    const files = ['fox', 'rocket', 'cherries', 'wolf'].map((name) => `/gallery/${name}.png`);
    const wanted = await soda.prepare(files);
    const error = async (corrected?: boolean): Promise<number> => {
      const latents = await soda.encode(files, corrected === undefined ? {} : { corrected });
      const painted = await soda.decode(latents);
      return painted.reduce(
        (sum, { data }, i) =>
          sum + data.reduce((all, v, k) => all + (v - (wanted[i]?.data[k] ?? 0)) ** 2, 0),
        0,
      );
    };
    return { usual: await error(), corrected: await error(true), plain: await error(false) };
  });
  expect(errors.usual).toBe(errors.corrected);
  expect(errors.usual).toBeLessThan(0.95 * errors.plain);
});

test('abort stops within one step: of the shipped model, a step takes far longer than a message', async ({
  plain,
}) => {
  const stepsAfterAbort = await plain.evaluate(async () => {
    const soda = await window.lib.Soda.load('/models/emoji64', { backend: 'cpu' });
    const [latent] = await soda.encode('disc.png');
    if (!latent) throw new Error('no latent');
    const stop = new AbortController();
    const onProgress = ({ done }: { done: number }): void => {
      if (done === 2) stop.abort();
    };
    await soda
      .decode(latent, { steps: 50, signal: stop.signal, onProgress })
      .catch(() => undefined);
    await soda.decode(latent, { steps: 1 });
    const abortAt = window.tap.findIndex(
      ({ to, message }) => to === 'worker' && message.kind === 'abort',
    );
    const id = window.tap[abortAt]?.message.id;
    return window.tap
      .slice(abortAt)
      .filter(
        ({ to, message }) => to === 'page' && message.kind === 'progress' && message.id === id,
      ).length;
  });
  expect(stepsAfterAbort).toBeLessThanOrEqual(1);
});
