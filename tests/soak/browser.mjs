// A page in a Chromium that nothing but this watches: what test frameworks note of every act is not there to be measured.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import CDP from 'chrome-remote-interface';
import { chromiumPath, launchOptions } from '../browser/chromium.js';

/** @typedef {{ heap: number, arrays: number, engine: number, renderer: number, gpu: number, nodes: number }} Held */

/** Runs `job` with a page at `url`. */
export async function inPage(webgpu, url, job) {
  const profile = mkdtempSync(join(tmpdir(), 'soda-soak-'));
  const chromium = spawn(
    chromiumPath(),
    [
      ...launchOptions(webgpu).args,
      '--js-flags=--expose-gc',
      '--remote-debugging-port=0',
      `--user-data-dir=${profile}`,
      'about:blank',
    ],
    { stdio: 'ignore' },
  );
  const ended = new Promise((resolve) => chromium.once('exit', resolve));
  // It ends with this process, however that ends.
  const stop = () => chromium.kill();
  process.once('exit', stop);
  try {
    const port = await portOf(profile);
    const client = await CDP({
      port,
      target: (targets) => targets.find(({ type }) => type === 'page'),
    });
    const browser = await CDP({ port, target: (await CDP.Version({ port })).webSocketDebuggerUrl });
    const page = new Watched(client, browser);
    await page.open(url);
    return await job(page);
  } finally {
    stop();
    process.off('exit', stop);
    await ended;
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

class Watched {
  #client;
  #browser;
  /** Sessions of the page's workers, by target. */
  #workers = new Map();

  constructor(client, browser) {
    this.#client = client;
    this.#browser = browser;
  }

  async open(url) {
    const { Target, Page } = this.#client;
    Target.attachedToTarget(({ sessionId, targetInfo: { targetId, type } }) => {
      if (type === 'worker') this.#workers.set(targetId, sessionId);
    });
    Target.detachedFromTarget(({ sessionId }) => {
      for (const [id, session] of this.#workers)
        if (session === sessionId) this.#workers.delete(id);
    });
    await Target.setAutoAttach({ autoAttach: true, waitForDebuggerOnStart: false, flatten: true });
    await Page.enable();
    const loaded = Page.loadEventFired();
    const { errorText } = await Page.navigate({ url });
    if (errorText) throw new Error(`${url}: ${errorText}`);
    await loaded;
    await Page.disable();
  }

  /** What `act` gives in the page, with these arguments; it waits for promises. */
  async run(act, ...args) {
    return this.#evaluate(`(${String(act)})(...${JSON.stringify(args)})`);
  }

  /** What the page holds after its garbage is collected, twice, as some is freed only then. Sizes in MiB. @returns {Promise<Held>} */
  async held() {
    const { HeapProfiler, Runtime, Memory } = this.#client;
    // Allocators give back what is free only when they are told that memory is short.
    await Memory.simulatePressureNotification({ level: 'critical' });
    for (let i = 0; i < 2; i++) {
      await HeapProfiler.collectGarbage();
      for (const session of this.#workers.values()) await this.#evaluate('gc()', session);
    }
    const { usedSize, embedderHeapUsedSize, backingStorageSize } = await Runtime.getHeapUsage();
    const { nodes } = await Memory.getDOMCounters();
    const engines = await Promise.all(
      [...this.#workers.values()].map((session) =>
        this.#evaluate(`(${String(engineBytes)})()`, session),
      ),
    );
    const { processInfo } = await this.#browser.SystemInfo.getProcessInfo();
    const most = (type) =>
      Math.max(...processInfo.filter((each) => each.type === type).map(({ id }) => ownMemory(id)));
    const mebi = 2 ** 20;
    return {
      heap: (usedSize + embedderHeapUsedSize) / mebi,
      arrays: backingStorageSize / mebi,
      engine: Math.max(0, ...engines) / mebi,
      renderer: most('renderer'),
      gpu: most('GPU'),
      nodes,
    };
  }

  async #evaluate(expression, session) {
    const { result, exceptionDetails } = await this.#client.send(
      'Runtime.evaluate',
      { expression, awaitPromise: true, returnByValue: true },
      session,
    );
    if (exceptionDetails)
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }
}

/** Chromium writes it down once it listens. */
async function portOf(profile) {
  for (let i = 0; i < 300; i++) {
    try {
      return Number(readFileSync(join(profile, 'DevToolsActivePort'), 'utf8').split('\n')[0]);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  throw new Error('Chromium has not started within half a minute');
}

/** In a worker: bytes of the engine's memory, which never shrinks; 0 where there is no engine. */
async function engineBytes() {
  const path = performance
    .getEntriesByType('resource')
    .map(({ name }) => name)
    .find((name) => /\/soda(-[^/]*)?\.js$/.test(name));
  // What is initialised already is given back as it is.
  return path === undefined ? 0 : (await (await import(path)).default()).memory.buffer.byteLength;
}

/** Resident memory of a process that no file backs, in MiB; NaN where the system does not tell it as Linux does. */
function ownMemory(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kibibytes = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]);
    return (kibibytes('RssAnon') + kibibytes('RssShmem')) / 1024;
  } catch {
    return NaN;
  }
}
