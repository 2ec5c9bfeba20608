// WebKitGTK's MiniBrowser over WebDriver, on a display in memory. What a page says on its console cannot be heard.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { Builder, By, Capabilities } from 'selenium-webdriver';

const READY_MS = 10_000;
const SCRIPT_MS = 60_000;

/** @param {string} path of a MiniBrowser */
export async function launch(path) {
  // Xvfb says which display it has taken.
  const xvfb = spawn(
    'Xvfb',
    ['-displayfd', '3', '-screen', '0', '1280x1000x24', '-nolisten', 'tcp'],
    {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    },
  );
  const [display] = await once(
    /** @type {import('node:stream').Readable} */ (xvfb.stdio[3]),
    'data',
  );
  const port = await freePort();
  const server = spawn('WebKitWebDriver', [`--port=${port}`], {
    stdio: 'ignore',
    env: { ...process.env, DISPLAY: `:${String(display).trim()}`, GDK_BACKEND: 'x11' },
  });
  const url = `http://127.0.0.1:${port}`;
  await answers(url);
  const capabilities = new Capabilities({
    browserName: 'MiniBrowser',
    'webkitgtk:browserOptions': { binary: path, args: ['--automation'] },
  });
  const end = () => {
    server.kill();
    xvfb.kill();
  };
  process.once('exit', end);
  const driver = await new Builder()
    .usingServer(url)
    .withCapabilities(capabilities)
    .build()
    .catch((/** @type {unknown} */ error) => {
      end();
      throw error;
    });
  await driver.manage().setTimeouts({ script: SCRIPT_MS, pageLoad: SCRIPT_MS });

  /** @param {Function} act @param {unknown[]} args */
  const evaluate = async (act, ...args) => {
    const { value, error } = await driver.executeAsyncScript(
      `const done = arguments[0];
       Promise.resolve((${act.toString()})(...${JSON.stringify(args)})).then(
         (value) => done({ value }),
         (error) => done({ error: String(error) }),
       );`,
    );
    if (error !== undefined) throw new Error(error);
    return value;
  };
  return {
    async open(/** @type {string} */ page) {
      await driver.get(page);
      return {
        errors: [],
        evaluate,
        waitFor: async (/** @type {() => unknown} */ until) => {
          await driver.wait(() => evaluate(until), SCRIPT_MS);
        },
        click: async (/** @type {string} */ selector) => {
          await driver.findElement(By.css(selector)).click();
        },
        screenshot: async (/** @type {string} */ file) => {
          writeFileSync(file, Buffer.from(await driver.takeScreenshot(), 'base64'));
        },
        close: () => Promise.resolve(),
      };
    },
    async close() {
      await driver.quit();
      end();
    },
  };
}

/** @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits until a server answers. @param {string} url */
async function answers(url) {
  for (const end = Date.now() + READY_MS; Date.now() < end;) {
    try {
      await fetch(`${url}/status`);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`WebKitWebDriver did not answer within ${READY_MS} ms`);
}
