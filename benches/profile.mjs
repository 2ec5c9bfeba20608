// Where the time of one encoding and of one U-Net step goes in headless Chromium, operation by operation: `make profile` runs this.
//   node benches/profile.mjs ENGINE_FOLDER [--model FOLDER] [--backend cpu|webgpu] [--seconds N] [--json FILE]
// ENGINE_FOLDER holds a module whose functions have names. The stack is sampled; a sample counts for the outermost operation on
// it. On WebGPU this is the time that launching takes: what the GPU does meanwhile is not on any stack.
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import { launchOptions } from '../tests/browser/chromium.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const {
  values: options,
  positionals: [engine],
} = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: 'string', default: join(root, 'models/emoji64') },
    backend: { type: 'string', default: 'cpu' },
    seconds: { type: 'string', default: '5' },
    json: { type: 'string' },
  },
});
if (engine === undefined) {
  console.error(
    'node benches/profile.mjs ENGINE_FOLDER [--model FOLDER] [--backend cpu|webgpu] [--seconds N] [--json FILE]',
  );
  process.exit(2);
}
const ORIGIN = 'http://profile.localhost';
const PLACES = { engine, model: options.model };
const TYPES = {
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};
const SAMPLE_EVERY_US = 500;
const ROWS = 14;

async function serve(route) {
  const [place, ...rest] = new URL(route.request().url()).pathname.slice(1).split('/');
  if (!place)
    return route.fulfill({
      contentType: 'text/html',
      body: '<!doctype html><title>profile</title>',
    });
  const body = await readFile(join(PLACES[place] ?? root, ...rest)).catch(() => undefined);
  return body
    ? route.fulfill({
        contentType: TYPES[extname(rest.at(-1) ?? '')] ?? 'application/octet-stream',
        body,
      })
    : route.fulfill({ status: 404 });
}

/** Runs in the page: leaves `encode(count)` and `step(count)` on the window. */
async function setUp() {
  const module = await import('/engine/soda.js');
  await module.default({ module_or_path: '/engine/soda_bg.wasm' });
  const config = await (await fetch('/model/config.json')).text();
  const weights = new Uint8Array(await (await fetch('/model/model.safetensors')).arrayBuffer());
  const engine = await module.Engine.load(config, weights);
  const { size, latent } = engine.info();
  const pixels = new Float32Array(3 * size * size).map((_, i) => ((i * 37) % 256) / 128 - 1);
  window.encode = () => engine.encode(pixels);
  let sampling;
  window.step = async () => {
    if (!sampling || sampling.done >= sampling.steps) {
      sampling?.free();
      sampling = engine.decoding(new Float32Array(latent), new Float32Array(0), {
        steps: 1000,
        seed: 0,
      });
    }
    await sampling.step();
    await sampling.tensor();
  };
  window.repeat = async (job, ms) => {
    const begun = performance.now();
    let calls = 0;
    while (performance.now() - begun < ms) {
      await window[job]();
      calls += 1;
    }
    return (performance.now() - begun) / calls;
  };
}

/** The operation that a stack of function names, outermost first, belongs to. */
function operation(names) {
  const ours = names
    .map((name) => /soda::ops::cpu::((?:[a-z_0-9]+(?:::|$))+)/.exec(name))
    .find(Boolean);
  if (ours) return `our ${ours[1].replace(/::$/, '')}`;
  const method = names
    .map((name) =>
      /\b((?:float|int|bool|q)_[a-z_0-9]+|conv[a-z_0-9]*|avg_pool[a-z_0-9]*)\b/.exec(
        name
          .split('::')
          .at(-1)
          ?.replace(/<.*|\[.*/, '') ?? '',
      ),
    )
    .find(Boolean);
  if (method) return method[1];
  const own = names.findLast((name) => name.includes('soda::'));
  return (own ?? names.at(-1) ?? '').slice(0, 80);
}

function tally({ nodes, samples, timeDeltas }) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parent = new Map(
    nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id])),
  );
  const of = new Map();
  const operationOf = (id) => {
    if (!of.has(id)) {
      const names = [];
      for (let at = id; at !== undefined; at = parent.get(at))
        names.unshift(byId.get(at).callFrame.functionName.replace(/::h[0-9a-f]{16}$/, ''));
      const last = names.at(-1);
      of.set(id, ['(idle)', '(program)', '(root)'].includes(last) ? last : operation(names));
    }
    return of.get(id);
  };
  const times = new Map();
  samples.forEach((id, i) => {
    const name = operationOf(id);
    if (name !== '(root)') times.set(name, (times.get(name) ?? 0) + timeDeltas[i]);
  });
  const total = [...times.values()].reduce((a, b) => a + b, 0);
  return [...times].map(([name, time]) => [name, time / total]).toSorted((a, b) => b[1] - a[1]);
}

const browser = await chromium.launch(launchOptions(options.backend === 'webgpu'));
const page = await (await browser.newContext()).newPage();
await page.context().route(`${ORIGIN}/**`, serve);
page.setDefaultTimeout(0);
await page.goto(`${ORIGIN}/`);
await page.evaluate(setUp);
const cdp = await page.context().newCDPSession(page);
await cdp.send('Profiler.enable');
await cdp.send('Profiler.setSamplingInterval', { interval: SAMPLE_EVERY_US });
const ms = 1000 * Number(options.seconds);
const jobs = [];
for (const [job, title] of [
  ['encode', 'encode'],
  ['step', 'U-Net step'],
]) {
  await page.evaluate(([name, time]) => window.repeat(name, time), [job, ms / 2]);
  await cdp.send('Profiler.start');
  const each = await page.evaluate(([name, time]) => window.repeat(name, time), [job, ms]);
  const { profile } = await cdp.send('Profiler.stop');
  const shares = tally(profile);
  jobs.push({ job: title, backend: options.backend, ms: each, shares });
  console.log(`\n${title}, ${options.backend}, 1 picture: ${each.toFixed(1)} ms`);
  const print = (name, share) => {
    console.log(
      `  ${(100 * share).toFixed(1).padStart(5)} %  ${(share * each).toFixed(2).padStart(8)} ms  ${name}`,
    );
  };
  for (const [name, share] of shares.slice(0, ROWS)) print(name, share);
  print(
    'everything else',
    shares.slice(ROWS).reduce((sum, [, share]) => sum + share, 0),
  );
}
await browser.close();
if (options.json) await writeFile(options.json, JSON.stringify(jobs, undefined, 1));
