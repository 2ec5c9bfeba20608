// Projects as users have them, each made from `npm pack`, built by its own tools, and run in Chromium until it shows a morph.
// `make test-consumers` runs all; SODA_CONSUMERS=esbuild,types the ones named.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { serveStatic } from '../../www/serve.js';
import { launchOptions } from '../browser/chromium.js';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');
const cache = process.env['SODA_CACHE'] || join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'soda');
const work = join(cache, 'consumers');
const asked = process.env['SODA_CONSUMERS']?.split(',');
const wants = (/** @type {string} */ name) => asked === undefined || asked.includes(name);

/** @type {string} */
let tarball;
/** @type {import('@playwright/test').Browser} */
let browser;

before(async () => {
  mkdirSync(work, { recursive: true });
  tarball = join(work, 'soda-morph.tgz');
  const out = run('npm', ['pack', '--json', '--pack-destination', work], join(root, 'pkg'));
  const [{ filename }] = JSON.parse(out.slice(out.indexOf('[\n')));
  rmSync(tarball, { force: true });
  cpSync(join(work, filename), tarball);
  browser = await chromium.launch(launchOptions(false));
});
after(() => browser?.close());

/** @param {string} program @param {string[]} args @param {string} cwd */
function run(program, args, cwd) {
  try {
    return execFileSync(program, args, { cwd, encoding: 'utf8', stdio: 'pipe', env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1' }, maxBuffer: 1 << 27 });
  } catch (error) {
    const { stdout, stderr } = /** @type {{ stdout: string, stderr: string }} */ (error);
    throw new Error(`${program} ${args.join(' ')}\n${stdout}\n${stderr}`);
  }
}

/** A fresh copy of the project, with its packages and what it serves. @param {string} name */
function install(name) {
  const folder = join(work, name);
  mkdirSync(folder, { recursive: true });
  for (const entry of readdirSync(folder)) if (entry !== 'node_modules') rmSync(join(folder, entry), { recursive: true });
  cpSync(join(here, name), folder, { recursive: true });
  for (const [from, to] of [['tests/fixtures/tiny', 'models/tiny'], ['www/public/gallery/fox.png', 'fox.png'], ['www/public/gallery/panda.png', 'panda.png']]) {
    cpSync(join(root, from), join(folder, 'public', to), { recursive: true });
  }
  rmSync(join(folder, 'node_modules/soda-morph'), { recursive: true, force: true });
  run('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock', '--prefer-offline'], folder);
  run('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock', '--no-save', tarball], folder);
  return folder;
}

/** The page must show a morph. @param {string} url */
async function showsMorph(url) {
  const page = await browser.newPage();
  /** @type {string[]} */
  const said = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(error.message));
  await page.addInitScript(() => {
    document.addEventListener('soda-error', (event) => { console.error(/** @type {CustomEvent} */ (event).detail.message); });
    document.addEventListener('soda-complete', (event) => { document.title = `${/** @type {CustomEvent} */ (event).detail.frames.length} frames`; });
  });
  try {
    await page.goto(url);
    await page.waitForFunction(() => document.title === '3 frames', undefined, { timeout: 60_000 });
  } catch (error) {
    throw new Error(`${String(error)}\n${said.join('\n')}`);
  } finally {
    await page.close();
  }
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** Runs a script of the project that serves it, until `job` is done. @param {string} folder @param {string} script @param {(url: string) => Promise<void>} job */
async function withServer(folder, script, job) {
  const port = await freePort();
  const server = spawn('npx', [...script.split(' '), '--port', String(port)], { cwd: folder, detached: true, stdio: 'pipe', env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1' } });
  let said = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (text) => { said += String(text); });
  const url = `http://localhost:${port}/`;
  try {
    for (let tries = 0; !(await fetch(url).then(({ ok }) => ok, () => false)); tries++) {
      if (tries > 120 || server.exitCode !== null) throw new Error(`${script} does not serve:\n${said}`);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    await job(url);
  } finally {
    if (server.pid !== undefined) process.kill(-server.pid);
  }
}

/** @param {string} folder */
async function served(folder) {
  const server = await serveStatic({ '/': folder });
  try {
    await showsMorph(server.url);
  } finally {
    await server.close();
  }
}

for (const name of ['esbuild', 'webpack5', 'vite8-react19', 'vite7-react18']) {
  test(`${name}: built, it shows a morph`, { skip: !wants(name) }, async () => {
    const folder = install(name);
    run('npm', ['run', 'build'], folder);
    await served(join(folder, 'dist'));
  });
}

for (const name of ['vite8-react19', 'vite7-react18']) {
  test(`${name}: in development, it shows a morph`, { skip: !wants(name) }, async () => {
    await withServer(join(work, name), 'vite --host localhost', showsMorph);
  });
}

test('next: rendered on the server and built, it shows a morph', { skip: !wants('next') }, async () => {
  const folder = install('next');
  run('npx', ['next', 'build'], folder);
  await withServer(folder, 'next start', showsMorph);
});

test('types: a strict project takes every example of the READMEs', { skip: !wants('types') }, () => {
  const folder = install('types');
  const examples = [join(root, 'README.md'), join(root, 'pkg/README.md')].flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/^```(?:js|ts)\n(.*?)^```/gms)].map(([, code]) => code));
  assert.ok(examples.length >= 3);
  const used = 'declare const files: File[];\ndeclare const soda: import("soda-morph").Soda;\ndeclare const canvas: HTMLCanvasElement;\nexport {};\n';
  examples.forEach((code = '', i) => { writeFileSync(join(folder, `example${i}.ts`), code.includes('Soda.load(') ? code : used + code); });
  run('npx', ['tsc', '-p', '.'], folder);
});

test('publint and attw have no error', { skip: !wants('published') }, () => {
  const folder = install('published');
  run('npx', ['publint', '--strict', tarball], folder);
  run('npx', ['attw', tarball, '--profile', 'esm-only', '--exclude-entrypoints', './custom-elements.json', './package.json'], folder);
});
