import type { Page } from '@playwright/test';
import type { TrainOptions } from 'soda-morph';

/** z-only PSNR in dB on `count` strange pictures before and after learning them, the last `secondsPerStep`, and what it took. */
export function lesson(
  page: Page,
  model: string,
  count: number,
  options: TrainOptions,
): Promise<{ before: number; after: number; promised: number; took: number; longestTask: number }> {
  return page.evaluate(
    async ({ model, count, options }) => {
      const soda = await window.lib.Soda.load(model, { backend: 'cpu' });
      const pictures = window.strangePictures(count, soda.config.size, 1);
      const psnr = async (): Promise<number> => {
        const painted = await soda.decode(await soda.encode(pictures));
        const decibels = painted.map(({ data }, i) => {
          const wanted = pictures[i]?.data ?? data;
          const colours = [...data.keys()].filter((at) => at % 4 < 3);
          const square =
            colours.reduce((sum, at) => sum + ((data[at] ?? 0) - (wanted[at] ?? 0)) ** 2, 0) /
            colours.length;
          return 10 * Math.log10(255 ** 2 / square);
        });
        return decibels.reduce((sum, each) => sum + each, 0) / count;
      };
      let longestTask = 0;
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) longestTask = Math.max(longestTask, duration);
      }).observe({ type: 'longtask' });
      const before = await psnr();
      let [promised, begun] = [NaN, NaN];
      for await (const event of soda.fineTune(pictures, options)) {
        if (event.kind !== 'step' || event.step !== 10) continue;
        promised = (event.steps - event.step) * event.secondsPerStep;
        begun = performance.now();
      }
      const took = (performance.now() - begun) / 1000;
      const after = await psnr();
      soda.dispose();
      return { before, after, promised, took, longestTask };
    },
    { model, count, options },
  );
}
