// Where the browser is, and how it is started. Used by the tests and by benches/browser.mjs.
import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
const QUIET = [
  '--headless=new',
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The path in SODA_CHROMIUM, else the first Chromium or Chrome found. */
export function chromiumPath() {
  const asked = process.env['SODA_CHROMIUM'];
  if (asked) return asked;
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = [
    ...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))),
    ...PLACES,
  ].find(isExecutable);
  if (!found)
    throw new Error(
      'no Chromium found; install it (Debian: apt-get install chromium) or set SODA_CHROMIUM to its path',
    );
  return found;
}

/** Launch options of Playwright. Headless Chromium has a WebGPU adapter (in software) only with the last flag. @param {boolean} webgpu */
export function launchOptions(webgpu) {
  return {
    executablePath: chromiumPath(),
    args: webgpu ? [...QUIET, '--enable-unsafe-webgpu'] : QUIET,
  };
}

/** Where screenshots and traces go: SODA_ARTEFACTS, else the cache folder. */
export function artefacts() {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return process.env['SODA_ARTEFACTS'] || join(cache, 'soda', 'artefacts');
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
