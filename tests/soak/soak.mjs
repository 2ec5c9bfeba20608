// Minutes of use, for memory that grows: `npm run test:soak [-- cpu|webgpu] [--model FOLDER] [--morphs N] [--lessons N]`, after
// `npm run build`. 200 morphs, each with a move of the slider, and 5 lessons; both backends unless one is named. Prints what the
// page holds as it goes on, and ends with status 1 where that has grown.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { serveStatic } from '../../www/serve.js';
import { inPage } from './browser.mjs';

/**
 * What the end may be above the beginning, in MiB and nodes, without anything being kept for good: caches fill, and allocators
 * keep some of what is freed.
 */
const ROOM = { heap: 1, arrays: 2, engine: 0.2, renderer: 12, gpu: 12, nodes: 300 };
/** After lessons, each of which ends with another device, SwiftShader's process has about 80 MiB or about 103. */
const ROOM_OF_LESSONS = { ...ROOM, gpu: 30 };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: 'string' },
    morphs: { type: 'string', default: '200' },
    lessons: { type: 'string', default: '5' },
  },
});
const root = join(import.meta.dirname, '../..');
if (!existsSync(join(root, 'dist/index.html'))) {
  console.error('dist/index.html is not there; build first: make demo');
  process.exit(1);
}
const unknown = positionals.filter((each) => !['cpu', 'webgpu'].includes(each));
if (unknown.length > 0) {
  console.error(`${unknown.join(', ')}: not a backend; name cpu, webgpu, or none for both`);
  process.exit(1);
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

const server = await serveStatic({
  '/': join(root, 'dist'),
  '/fixtures/': join(root, 'tests/fixtures'),
  '/pages/': join(root, 'tests/browser/pages'),
});
let grown = false;
try {
  for (const backend of positionals.length > 0 ? positionals : ['cpu', 'webgpu']) {
    // Where WebGPU runs in software a morph of a shipped model takes many seconds; the small one does the same with less arithmetic.
    const model = values.model ?? (backend === 'webgpu' ? 'fixtures/tiny/' : 'models/emoji64/');
    const address = `${server.url}?backend=${backend}&model=${model}`;
    console.log(`${backend}, ${model}`);
    await inPage(backend === 'webgpu', address, (page) =>
      soakMorphs(page, backend, Number(values.morphs)),
    );
    await inPage(backend === 'webgpu', `${address}#teach`, (page) =>
      soakLessons(page, backend, Number(values.lessons)),
    );
  }
} finally {
  await server.close();
}
process.exit(grown ? 1 : 0);

async function soakMorphs(page, backend, count) {
  await page.run(atRest, backend);
  const all = [];
  const each = Math.ceil(count / 10);
  // A third comes before the first measurement, for caches to fill.
  for (let done = -Math.ceil(count / 3 / each) * each; done < count; done += each) {
    if (done === 0) all.push(await measure(page, '0 morphs'));
    await page.run(morphs, each, done);
    if (done >= 0) all.push(await measure(page, `${done + each} morphs`));
  }
  compare(all, ROOM);
}

async function soakLessons(page, backend, count) {
  await page.run(atRest, backend);
  const all = [];
  for (let done = 0; done <= count; done++) {
    await page.run(lesson, done + 1);
    all.push(await measure(page, done === 0 ? 'first lesson' : `${done} more`));
  }
  compare(all, ROOM_OF_LESSONS);
}

async function measure(page, what) {
  const now = await page.held();
  console.log(
    `  ${what.padEnd(13)} heap ${now.heap.toFixed(1)}, arrays ${now.arrays.toFixed(1)}, engine ${now.engine.toFixed(1)}, ` +
      `renderer ${now.renderer.toFixed(0)}, GPU process ${now.gpu.toFixed(0)} MiB; ${now.nodes} nodes`,
  );
  return now;
}

/** The lesser of the last two against the lesser of the first two. */
function compare(all, rooms) {
  for (const [key, room] of Object.entries(rooms)) {
    const sizes = all.map((each) => each[key]);
    const [first, last] = [Math.min(...sizes.slice(0, 2)), Math.min(...sizes.slice(-2))];
    if (Number.isNaN(last - first))
      console.log(`  skipped: this system does not tell the memory of a process (${key})`);
    else if (last - first > room) {
      console.log(
        `  ${key} has grown from ${first.toFixed(1)} to ${last.toFixed(1)}; ${room} more is all that it may`,
      );
      grown = true;
    }
  }
}

/** In the page: waits for the model and whatever it paints at first. */
async function atRest(backend) {
  const { dataset } = document.documentElement;
  while (dataset.state !== 'ready') {
    if (dataset.state === 'failed') throw new Error(document.querySelector('#trouble').textContent);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  if (dataset.backend !== backend) throw new Error(`it runs on ${dataset.backend}`);
}

/** In the page: chooses picture after picture, and moves the slider. */
async function morphs(count, seed) {
  const turn = () => new Promise((resolve) => setTimeout(resolve, 20));
  const ready = async () => {
    const { dataset } = document.documentElement;
    do await turn();
    while (dataset.state === 'painting');
    if (dataset.state !== 'ready') throw new Error(document.querySelector('#trouble').textContent);
  };
  for (let i = 0; i < count; i++) {
    document.querySelector(i % 2 === 0 ? '#from .picture' : '#to .picture').click();
    while (!document.querySelector('dialog [role=option]')) await turn();
    const options = document.querySelectorAll('dialog [role=option]');
    // Pairs that hardly come again: what is kept of them is at its most before the first measurement.
    options[(Math.imul(seed + i, 0x9e3779b1) >>> 16) % options.length].click();
    await ready();
    const scrub = document.querySelector('#scrub');
    scrub.value = String(0.5 + (i % 7));
    scrub.dispatchEvent(new Event('input', { bubbles: true }));
    await ready();
  }
}

/** In the page: drops four pictures, teaches them, and deletes what came of it. */
async function lesson(seed) {
  const panel = document.querySelector('#panel-teach');
  const until = async (test) => {
    while (!test()) {
      if (document.documentElement.dataset.state === 'failed')
        throw new Error(document.querySelector('#trouble').textContent);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const button = (words) =>
    [...panel.querySelectorAll('button')].find(
      (each) => each.textContent === words && each.offsetParent,
    );
  const press = async (words) => {
    await until(() => button(words)?.disabled === false);
    button(words).click();
  };
  const { strangePictures } = await import(
    new URL('pages/strange-pictures.js', document.baseURI).href
  );
  const data = new DataTransfer();
  for (const [i, picture] of strangePictures(4, 64, seed).entries()) {
    const canvas = new OffscreenCanvas(64, 64);
    canvas.getContext('2d').putImageData(picture, 0, 0);
    data.items.add(
      new File([await canvas.convertToBlob()], `strange ${i}.png`, { type: 'image/png' }),
    );
  }
  panel
    .querySelector('.album')
    .dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  await until(() => panel.querySelectorAll('.tile').length === 4);
  panel.querySelector('select').value = '60';
  await press('Start training');
  await until(
    () =>
      panel.querySelector('.result .gain') && document.documentElement.dataset.state === 'ready',
  );
  await press('Delete');
  await press('Delete for good?');
  await until(
    () =>
      panel.querySelector('.result').hidden && document.documentElement.dataset.state === 'ready',
  );
  await press('Remove all');
}
