// Measures how soon the page answers: `npm run bench:interactions [-- --json] [PANEL…]`, after `npm run build`.
// Printed for each panel: the worst and the median time from a click, a key or the end of a drag to the next frame on the screen
// (Event Timing of headless Chromium, in steps of 8 ms), and what was slow; then how soon a morph moves, at a first visit over
// 10 Mbit/s and at a second one, which the service worker answers; and how often the live camera is told what it sees. With the shipped
// model, on the CPU.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { launchOptions } from '../tests/browser/chromium.js';
import { serveStatic } from '../www/serve.js';
import { slowLine } from './slow-line.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const PANELS = ['morph', 'sample', 'edit', 'teach', 'recognise', 'map', 'sounds'];
/** What is felt as slow. */
const SLOW_MS = 200;
/** The shortest that Event Timing tells. */
const SHORTEST_MS = 16;
/** Controls tried in a panel, and how many of those that differ only in a number or a picture. */
const MOST = { actions: 90, alike: 2 };
/** Between two actions: as quick as a person who knows what they want. What the first began goes on meanwhile. */
const PAUSE_MS = 400;
const FIRST_VISITS = 3;
const SECOND_VISITS = 5;
const LINE = { bitsPerSecond: 10e6, delayMs: 20 };

const asJson = process.argv.includes('--json');
const asked = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const panels = asked.length > 0 ? asked : PANELS;
for (const file of ['dist/index.html', 'dist/models/emoji64/model.safetensors'])
  if (!existsSync(join(root, file))) {
    console.error(`${file} is not there; build first: make demo`);
    process.exit(1);
  }
const strange = panels.find((panel) => !PANELS.includes(panel));
if (strange !== undefined) {
  console.error(`there is no panel called ${strange}; there are ${PANELS.join(', ')}`);
  process.exit(1);
}
/** For whatever asks for files. */
const files = readdirSync(join(root, 'www/public/gallery'))
  .filter((name) => name.endsWith('.png'))
  .slice(0, 8)
  .map((name) => join(root, 'www/public/gallery', name));

const server = await serveStatic({ '/': dist });
const browser = await chromium.launch(launchOptions(false));
const results = { panels: [], visits: undefined, guesses: undefined };
for (const panel of panels) {
  const measured = await interactions(panel);
  results.panels.push(measured);
  if (!asJson) print(measured);
}
if (asked.length === 0) results.visits = await visits();
await browser.close();
if (asked.length === 0) results.guesses = await guesses();
await server.close();
if (asJson) console.log(JSON.stringify(results, undefined, 2));
else if (results.visits) {
  const list = (seconds) =>
    `${median(seconds).toFixed(2)} s (${seconds.map((each) => each.toFixed(2)).join(', ')})`;
  console.log(`a morph moves at a first visit over 10 Mbit/s: ${list(results.visits.first)}`);
  console.log(`a morph moves at a second visit: ${list(results.visits.second)}`);
  console.log(`the live camera is told what it sees ${results.guesses?.toFixed(1)} times a second`);
}

/** Uses every control of a panel; the time of each action, in milliseconds. */
async function interactions(panel) {
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
  const page = await context.newPage();
  await page.addInitScript(observe, SHORTEST_MS);
  page.on('filechooser', (chooser) => {
    chooser.setFiles(chooser.isMultiple() ? files : files.slice(0, 1)).catch(() => undefined);
  });
  await page.goto(`${server.url}?backend=cpu`);
  await ready(page);
  const actions = [];
  /** Does something, and notes when. */
  const act = async (name, job) => {
    const from = await page.evaluate(() => performance.now());
    try {
      await job();
    } catch {
      return; // Covered, or gone by then.
    }
    await page.waitForTimeout(PAUSE_MS);
    actions.push({ name, from, to: await page.evaluate(() => performance.now()) });
  };
  const nav = page.locator(`#nav a[href^="#${panel}"]`);
  await act('opens the panel', () => nav.click());
  await page.waitForSelector(`html[data-panel=${panel}]`);
  await ready(page);
  const done = new Map();
  while (actions.length < MOST.actions) {
    const control = await next(page, panel, [...done]);
    if (!control) break;
    const { handle, kind, name, key } = control;
    done.set(key, (done.get(key) ?? 0) + 1);
    await use(page, act, handle, kind, name);
    // What opened over the page is used once, and closed.
    const dialog = page.locator('dialog[open]');
    if (await dialog.count()) {
      const option = dialog.getByRole('option').nth(3);
      if (await option.count())
        await act(`${name}, an option`, () => option.click({ timeout: 2000 }));
      if (await dialog.count()) await act(`${name}, Escape`, () => page.keyboard.press('Escape'));
    }
    const shown = await page.evaluate(() => document.documentElement.dataset['panel']);
    if (shown !== panel) {
      await act('comes back to the panel', () => nav.click());
      await page.waitForSelector(`html[data-panel=${panel}]`);
    }
  }
  await act('undo', () => page.keyboard.press('Control+z'));
  await act('redo', () => page.keyboard.press('Control+y'));
  const entries = await page.evaluate(() => window.answers);
  await context.close();
  const times = actions.map(({ name, from, to }) => ({
    name,
    // What is faster than Event Timing tells is told as its shortest.
    ms: Math.max(
      SHORTEST_MS,
      ...entries.filter(({ at }) => at >= from && at <= to).map(({ ms }) => ms),
    ),
  }));
  times.sort((a, b) => b.ms - a.ms);
  return {
    panel,
    actions: times.length,
    worst: times[0]?.ms,
    median: median(times.map(({ ms }) => ms)),
    slowest: times.slice(0, 8),
  };
}

/** In the page. Notes what took how long until the next frame. */
function observe(durationThreshold) {
  window.answers = [];
  new PerformanceObserver((list) => {
    for (const { interactionId, startTime, duration } of list.getEntries())
      if (interactionId > 0) window.answers.push({ at: startTime, ms: duration });
  }).observe({ type: 'event', durationThreshold, buffered: true });
  Reflect.deleteProperty(window, 'showSaveFilePicker'); // Nobody answers a dialog of the system.
}

/** The next control of a panel that has not been used as often as it is to be. */
async function next(page, panel, done) {
  const found = await page.evaluateHandle(
    ({ panel, done, alike }) => {
      const times = new Map(done);
      const controls = document.querySelectorAll(
        ['button', 'summary', 'select', 'input', '[role=listbox]', '[role=slider]']
          .map((each) => `#panel-${panel} ${each}`)
          .join(),
      );
      for (const element of controls) {
        if (element.disabled || element.closest('[inert]') || !element.checkVisibility()) continue;
        const label = element.labels?.[0]?.textContent;
        const name = (element.ariaLabel ?? label ?? element.textContent).trim().slice(0, 60);
        // Cameras and microphones ask a person; what is deleted for good is asked for twice.
        if (/camera|microphone|for good/i.test(name)) continue;
        const kind = element.matches('input') ? element.type : element.localName;
        const like = element.closest('[role=listbox], [role=group], ul, ol, .tiles, .samples');
        const key = `${kind} ${like ? like.className || like.ariaLabel : name.replace(/\d+/g, '')}`;
        if ((times.get(key) ?? 0) < alike) return { element, kind, name, key };
      }
      return { element: undefined, kind: '', name: '', key: '' };
    },
    { panel, done, alike: MOST.alike },
  );
  const handle = (await found.getProperty('element')).asElement();
  if (!handle) return undefined;
  const { kind, name, key } = await found.evaluate(({ kind, name, key }) => ({ kind, name, key }));
  return { handle, kind, name, key };
}

/** What a person does with a control of this kind. */
async function use(page, act, handle, kind, name) {
  const click = () => handle.click({ timeout: 2000 });
  const press = async (...keys) => {
    await handle.focus();
    for (const key of keys) await page.keyboard.press(key, { delay: 30 });
  };
  const drag = async () => {
    await handle.scrollIntoViewIfNeeded({ timeout: 2000 });
    const box = await handle.boundingBox();
    if (!box) throw new Error('gone');
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + box.width / 5, y + Math.min(40, box.height / 5), { steps: 12 });
    await page.mouse.up();
  };
  if (kind === 'range') {
    await act(`${name}, dragged`, drag);
    await act(`${name}, by keys`, () => press('ArrowRight', 'ArrowRight', 'ArrowLeft'));
  } else if (kind === 'select') await act(`${name}, by keys`, () => press('ArrowDown'));
  else if (['text', 'search', 'number'].includes(kind))
    await act(`${name}, typed`, () => press('3', 'Enter'));
  else if (['button', 'summary', 'checkbox', 'radio'].includes(kind)) await act(name, click);
  else {
    await act(`${name}, clicked`, click);
    await act(`${name}, dragged`, drag);
    await act(`${name}, by keys`, () => press('ArrowRight', 'ArrowDown'));
  }
}

/** Seconds until a morph moves. */
async function visits() {
  const first = [];
  for (let i = 0; i < FIRST_VISITS; i++) {
    const line = await slowLine(Number(new URL(server.url).port), LINE);
    const context = await browser.newContext();
    first.push(await moving(context, line.url));
    await context.close();
    line.close();
  }
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${server.url}?backend=cpu`);
  await page.waitForFunction(() => document.querySelector('#offline')?.textContent, undefined, {
    timeout: 0,
  });
  await page.close();
  const second = [];
  for (let i = 0; i < SECOND_VISITS; i++) second.push(await moving(context, server.url));
  await context.close();
  return { first, second };
}

/** How often a second Recognise's live camera, a test picture that moves, is told what it sees. */
async function guesses() {
  const { args, ...launch } = launchOptions(false);
  const camera = '--use-fake-device-for-media-stream';
  const browser = await chromium.launch({ ...launch, args: [...args, camera] });
  const context = await browser.newContext({ permissions: ['camera'] });
  const page = await context.newPage();
  await page.goto(`${server.url}?backend=cpu#recognise`);
  await ready(page);
  await page.getByRole('button', { name: 'Live camera' }).click();
  const chips = page.locator('dialog .chips button');
  for (const [i, chip] of [chips.nth(0), chips.nth(1)].entries()) {
    await chip.click();
    await page.locator('#panel-recognise .tile').nth(i).waitFor();
    await page.waitForTimeout(700); // The test picture moves on.
  }
  const told = await page.evaluate(
    ([chip, seconds]) =>
      new Promise((resolve) => {
        let count = 0;
        new MutationObserver(() => count++).observe(document.querySelector(chip), {
          attributeFilter: ['style'],
        });
        setTimeout(() => resolve(count / seconds), 1000 * seconds);
      }),
    ['dialog .chips button', 5],
  );
  await browser.close();
  return told;
}

/** Seconds from the navigation until the stage has shown a second picture. */
async function moving(context, url) {
  const page = await context.newPage();
  await page.addInitScript(() => {
    const small = new OffscreenCanvas(16, 16).getContext('2d', { willReadFrequently: true });
    const seen = new Set();
    const look = () => {
      const stage = document.querySelector('#stage');
      if (stage) {
        small.clearRect(0, 0, 16, 16);
        small.drawImage(stage, 0, 0, 16, 16);
        seen.add(small.getImageData(0, 0, 16, 16).data.join());
      }
      // The empty stage, a first picture, and another.
      if (seen.size >= 3) window.movedAt = performance.now();
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  await page.goto(`${url}?backend=cpu`, { waitUntil: 'commit' });
  await page.waitForFunction(() => window.movedAt, undefined, { timeout: 0 });
  const seconds = (await page.evaluate(() => window.movedAt)) / 1000;
  await page.close();
  return seconds;
}

async function ready(page) {
  await page.waitForSelector('html[data-state=ready]', { timeout: 0 });
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

function print({ panel, actions, worst, median, slowest }) {
  console.log(
    `${panel}: worst ${worst} ms, median ${median} ms of ${actions} interactions` +
      (worst > SLOW_MS ? ', slow:' : ''),
  );
  for (const { name, ms } of slowest.filter(({ ms }) => ms > SLOW_MS))
    console.log(`    ${ms} ms  ${name}`);
}
