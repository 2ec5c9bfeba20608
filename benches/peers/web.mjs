// Ours against peers in headless Chromium: `make bench-peers` runs this after export.py and the builds.
//   node web.mjs --folder FOLDER --model MODEL --engine ENGINE --out FILE [--rounds N] [--webgpu] [--only TEXT]
// One page, jobs in turns, outputs compared; prints `ratio JOB X.XX` against the fastest peer, above 1 where ours is faster.
import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import { launchOptions } from '../../tests/browser/chromium.js';

const here = dirname(fileURLToPath(import.meta.url));
const { values: options } = parseArgs({
  options: {
    folder: { type: 'string' },
    model: { type: 'string' },
    engine: { type: 'string' },
    out: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    webgpu: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
  },
});
const ORIGIN = 'http://bench.localhost';
const PLACES = {
  web: join(here, 'web'),
  engine: options.engine,
  data: options.folder,
  model: options.model,
};
const TYPES = {
  '.mjs': 'text/javascript',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};
const PAGE =
  '<!doctype html><title>bench</title><script type="module" src="/web/page.mjs"></script>';
/** Only a page with these headers can use threads, and in one jax-js always does. */
const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};
const SIDES = ['ours', 'onnxruntime-web', 'tensorflow.js', 'jax-js'];

async function serve(route, headers) {
  const [place, ...rest] = new URL(route.request().url()).pathname.slice(1).split('/');
  if (!place) return route.fulfill({ contentType: 'text/html', headers, body: PAGE });
  const body = await readFile(join(PLACES[place] ?? here, ...rest)).catch(() => undefined);
  if (!body) return route.fulfill({ status: 404 });
  const contentType = TYPES[extname(rest.at(-1) ?? '')] ?? 'application/octet-stream';
  return route.fulfill({ contentType, headers, body });
}

async function openPage(threads) {
  const browser = await chromium.launch(launchOptions(options.webgpu));
  const context = await browser.newContext();
  await context.route(`${ORIGIN}/**`, (route) => serve(route, threads > 1 ? ISOLATED : {}));
  // As many threads as the browser says there are cores is what jax-js takes.
  await context.addInitScript((cores) => {
    Object.defineProperty(navigator, 'hardwareConcurrency', { get: () => cores });
  }, threads);
  const page = await context.newPage();
  page.setDefaultTimeout(0);
  page.on('pageerror', (error) => {
    console.error(String(error));
  });
  await page.goto(`${ORIGIN}/`);
  return { browser, page };
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** Prints what the sides took for a job; gives the peers that differ from us. */
function report(job, threads, [ours, ...peers]) {
  if (ours.cannot) throw new Error(`${job}: ${ours.cannot}`);
  const suffix = threads > 1 ? `-${threads}-threads` : '';
  const able = [];
  for (const peer of peers) {
    const name = `${peer.name}${suffix}`;
    if (peer.cannot) {
      console.log(`${job}: ${name} cannot: ${peer.cannot}`);
    } else if (peer.differs) {
      console.log(`${job}: ${name} differs by ${peer.difference.toExponential(1)}`);
    } else {
      able.push(peer);
      const calls = peer.capped ? ` (${peer.ms.length} calls)` : '';
      console.log(
        `${job}: ours ${median(ours.ms).toFixed(1)} ms, ${name} ${median(peer.ms).toFixed(1)} ms${calls}`,
      );
      console.log(`ratio ${job}-against-${name} ${(median(peer.ms) / median(ours.ms)).toFixed(2)}`);
    }
  }
  if (able.length > 0) {
    const best = Math.min(...able.map(({ ms }) => median(ms)));
    console.log(
      `ratio ${job}${threads > 1 ? `-against${suffix}` : ''} ${(best / median(ours.ms)).toFixed(2)}`,
    );
  } else {
    console.log(`${job}: ours ${median(ours.ms).toFixed(1)} ms`);
  }
  return peers
    .filter(({ cannot, differs }) => !cannot && differs)
    .map(({ name }) => `${job}: ${name}${suffix}`);
}

const { webgpu } = options;
const [results, differing] = [{}, []];
for (const threads of webgpu ? [1] : [1, 2]) {
  const { browser, page } = await openPage(threads);
  // export.py leaves out networks that it cannot write for the peers.
  const networks = ['reference', 'browser'].filter((network) =>
    existsSync(join(options.folder, `${network}.json`)),
  );
  for (const network of networks) {
    const kinds = [
      ['forward', 1],
      ...(webgpu ? [] : [['forward', 16]]),
      ...(threads > 1 ? [] : [['train', 1]]),
    ];
    for (const [kind, batch] of kinds) {
      const job = `${network === 'reference' ? '' : 'browser-'}${webgpu ? 'webgpu' : 'wasm'}-${kind}-b${batch}`;
      if (!job.includes(options.only)) continue;
      const asked = {
        network,
        batch,
        train: kind === 'train',
        rounds: Number(options.rounds),
        sides: SIDES,
        webgpu,
        threads,
      };
      const sides = await page.evaluate((a) => window.compare(a), asked);
      differing.push(...report(job, threads, sides));
      const key = `${job}, ${threads} thread${threads > 1 ? 's' : ''}`;
      results[key] = Object.fromEntries(sides.map(({ name, ...side }) => [name, side]));
    }
  }
  await browser.close();
}
if (options.out) {
  await writeFile(`${options.out}.part`, JSON.stringify(results, undefined, 1));
  await rename(`${options.out}.part`, options.out);
}
if (differing.length > 0) throw new Error(`outputs differ from ours: ${differing.join('; ')}`);
