// Firefox over WebDriver BiDi.
import puppeteer from 'puppeteer-core';

/** @param {string} path of a Firefox */
export async function launch(path) {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: path,
    headless: true,
  });
  return {
    async open(/** @type {string} */ url) {
      const page = await browser.newPage();
      /** @type {string[]} */
      const errors = [];
      page.on('pageerror', (error) => errors.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') errors.push(message.text());
      });
      await page.setViewport({ width: 1280, height: 900 });
      await page.goto(url);
      return {
        errors,
        evaluate: page.evaluate.bind(page),
        waitFor: (/** @type {() => unknown} */ until) => page.waitForFunction(until),
        click: page.click.bind(page),
        screenshot: (/** @type {string} */ file) => page.screenshot({ path: file }),
        close: () => page.close(),
      };
    },
    close: () => browser.close(),
  };
}
