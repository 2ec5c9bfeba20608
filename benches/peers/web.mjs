// Ours against onnxruntime-web in headless Chromium: `make bench-peers` runs this after export.py and the builds.
//   node web.mjs --folder FOLDER --model MODEL --engine ENGINE --out FILE [--rounds N] [--webgpu]
// One page, jobs interleaved, outputs compared; prints `ratio JOB X.XX`, above 1 where ours is faster.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import { launchOptions } from '../../tests/browser/chromium.js';

const here = dirname(fileURLToPath(import.meta.url));
const { values: options } = parseArgs({
  options: {
    folder: { type: 'string' }, model: { type: 'string' }, engine: { type: 'string' }, out: { type: 'string' },
    rounds: { type: 'string', default: '5' }, webgpu: { type: 'boolean', default: false },
  },
});
const ORIGIN = 'http://bench.localhost';
const PLACES = { peers: join(here, 'web/node_modules/onnxruntime-web/dist'), engine: options.engine, data: options.folder, model: options.model };
const TYPES = { '.mjs': 'text/javascript', '.js': 'text/javascript', '.wasm': 'application/wasm', '.json': 'application/json' };
/** The page is cross-origin isolated, else onnxruntime-web could not use threads. */
const HEADERS = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
const TOLERANCE = 1e-4;

async function serve(route) {
  const [place, ...rest] = new URL(route.request().url()).pathname.slice(1).split('/');
  if (!place) return route.fulfill({ contentType: 'text/html', headers: HEADERS, body: '<!doctype html><title>bench</title>' });
  const body = await readFile(join(PLACES[place] ?? here, ...rest)).catch(() => undefined);
  if (!body) return route.fulfill({ status: 404 });
  return route.fulfill({ contentType: TYPES[extname(rest.at(-1) ?? '')] ?? 'application/octet-stream', headers: HEADERS, body });
}

/** Runs in the page: opens both sides and leaves `run(side, job, repeats)` on the window. */
async function setUp({ webgpu }) {
  const bytes = async (path) => new Uint8Array(await (await fetch(path)).arrayBuffer());
  const engine = await import('/engine/soda.js');
  await engine.default({ module_or_path: '/engine/soda_bg.wasm' });
  const ours = await engine.Compared.open(
    await bytes('/data/reference.safetensors'), await (await fetch('/model/config.json')).text(), await bytes('/model/model.safetensors'),
  );
  const ort = await import(webgpu ? '/peers/ort.webgpu.min.mjs' : '/peers/ort.wasm.min.mjs');
  ort.env.wasm.wasmPaths = '/peers/';

  /** The tensors of a safetensors file. */
  const tensors = (file) => {
    const length = Number(new DataView(file.buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
    return Object.entries(header).filter(([name]) => name !== '__metadata__').map(([name, { shape, data_offsets: [from, to] }]) =>
      [name, { shape, values: new Float32Array(file.slice(8 + length + from, 8 + length + to).buffer) }]);
  };
  const sessions = new Map();
  const open = async (name, threads) => {
    const key = `${name} ${threads}`;
    if (!sessions.has(key)) {
      // The number of threads is fixed when onnxruntime-web starts, hence one page for each.
      ort.env.wasm.numThreads = threads;
      const executionProviders = [webgpu ? 'webgpu' : 'wasm'];
      sessions.set(key, await ort.InferenceSession.create(await bytes(`/data/${name}.onnx`), { executionProviders }));
    }
    return sessions.get(key);
  };
  const time = async (repeats, work) => {
    const ms = [];
    let result;
    for (let i = 0; i < repeats; i++) {
      const begun = performance.now();
      result = await work();
      ms.push(performance.now() - begun);
    }
    return { ms, result };
  };
  window.run = async (side, network, job, batch, repeats, threads) => {
    const name = `${network}-${batch}`;
    const given = await bytes(`/data/${name}.safetensors`);
    if (side === 'ours') {
      ours.give(network, given, job === 'train');
      const { ms, result } = await time(repeats, () => (job === 'train' ? ours.train() : ours.forward(network)));
      return { ms, output: job === 'train' ? [result] : Array.from(result) };
    }
    const session = await open(name, threads);
    const feeds = Object.fromEntries(tensors(given).filter(([key]) => key !== 'target')
      .map(([key, { shape, values }]) => [key, new ort.Tensor('float32', values, shape)]));
    const { ms, result } = await time(repeats, async () => Object.values(await session.run(feeds))[0].getData());
    return { ms, output: Array.from(result) };
  };
}

const backend = options.webgpu ? 'webgpu' : 'wasm';
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const results = {};
for (const threads of options.webgpu ? [1] : [1, 2]) {
  const browser = await chromium.launch(launchOptions(options.webgpu));
  const context = await browser.newContext();
  await context.route(`${ORIGIN}/**`, serve);
  const page = await context.newPage();
  page.setDefaultTimeout(0);
  page.on('pageerror', (error) => { console.error(String(error)); });
  await page.goto(`${ORIGIN}/`);
  await page.evaluate(setUp, { webgpu: options.webgpu });
  const run = (side, network, job, batch, repeats) =>
    page.evaluate((a) => window.run(...a), [side, network, job, batch, repeats, threads]);
  for (const network of ['reference', 'browser']) {
    for (const batch of options.webgpu ? [1] : [1, 16]) {
      const job = `${network === 'reference' ? '' : 'browser-'}${backend}-forward-b${batch}`;
      const [our, their] = [await run('ours', network, 'forward', batch, 1), await run('peer', network, 'forward', batch, 1)];
      const largest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const off = our.output.length === their.output.length ? largest(our.output.map((value, i) => value - their.output[i])) : NaN;
      if (!(off <= TOLERANCE * Math.max(1, largest(their.output)))) throw new Error(`${job}: our output differs from onnxruntime-web's by ${off}`);
      const times = { ours_ms: [], peer_ms: [] };
      // WebAssembly gets faster over the first calls, while the browser compiles it anew.
      const repeats = options.webgpu ? 1 : batch === 1 ? 6 : 2;
      for (let round = options.webgpu ? 0 : -Math.ceil(20 / repeats); round < Number(options.rounds); round++) {
        for (const [side, key] of [['ours', 'ours_ms'], ['peer', 'peer_ms']]) {
          const { ms } = await run(side, network, 'forward', batch, repeats);
          if (round >= 0) times[key].push(...ms);
        }
      }
      const [ours, peer] = [median(times.ours_ms), median(times.peer_ms)];
      const name = `onnxruntime-web, ${options.webgpu ? 'WebGPU' : `${threads} thread${threads > 1 ? 's' : ''}`}`;
      console.log(`${job}: ours ${ours.toFixed(1)} ms, ${name} ${peer.toFixed(1)} ms`);
      console.log(`ratio ${job}${threads > 1 ? `-against-${threads}-threads` : ''} ${(peer / ours).toFixed(2)}`);
      results[`${job} against ${name}`] = { ...times, largest_difference: off };
    }
    if (threads > 1) continue;
    const job = `${network === 'reference' ? '' : 'browser-'}${backend}-train-b1`;
    await run('ours', network, 'train', 1, options.webgpu ? 1 : 10);
    const { ms } = await run('ours', network, 'train', 1, options.webgpu ? 2 : 20);
    console.log(`${job}: ours ${median(ms).toFixed(1)} ms; onnxruntime-web does not train`);
    results[job] = { ours_ms: ms };
  }
  await browser.close();
}
if (options.out) {
  await writeFile(`${options.out}.part`, JSON.stringify(results, undefined, 1));
  await rename(`${options.out}.part`, options.out);
}
