// node benches/morph.mjs: processor time of the morph in WebAssembly, one thread: a pair solved, a pin moved, a frame of 512 × 512.
// Needs pkg/dist/morph, which `make demo` builds.
import { readFileSync } from 'node:fs';

const SIZE = 512;
const ROUNDS = 9;
const at = (/** @type {string} */ file) => new URL(`../${file}`, import.meta.url);
const { default: init, Matcher, Morph, Pictures } = await import(at('pkg/dist/morph/soda.js').href);
await init({ module_or_path: readFileSync(at('pkg/dist/morph/soda_bg.wasm')) });
const matcher = Matcher.load(readFileSync(at('models/matcher/model.safetensors')));

/** Smooth shades that change with `seed`. @param {number} seed */
function picture(seed) {
  const data = new Uint8ClampedArray(4 * SIZE * SIZE);
  for (let i = 0; i < SIZE * SIZE; i++) {
    const [x, y] = [i % SIZE, Math.floor(i / SIZE)];
    data.set(
      [
        128 + 100 * Math.sin(0.05 * x * seed) * Math.cos(0.03 * y),
        128 + 90 * Math.sin(0.07 * y + seed),
        0.5 * x,
        255,
      ],
      4 * i,
    );
  }
  return data;
}

/** Milliseconds of the processor. @template T @param {() => T} work @returns {[number, T]} */
function timed(work) {
  const before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before);
  return [(user + system) / 1000, result];
}

const median = (/** @type {number[]} */ values) =>
  values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

for (const [name, solver] of [
  ["the matcher's features", matcher],
  ['hand-made features', Morph],
]) {
  const times = { solve: [0], pin: [0], frame: [0] };
  for (const list of Object.values(times)) list.pop();
  for (let round = 0; round < ROUNDS; round++) {
    const pictures = new Pictures();
    pictures.add(picture(1), SIZE, SIZE);
    pictures.add(picture(1.1), SIZE, SIZE);
    const [solve, morph] = timed(() => solver.solve(pictures, SIZE, false, new Float32Array()));
    const [pin] = timed(() => {
      morph.setPins(new Float32Array([0.5, 0.5, 0.52, 0.5]));
    });
    const [frame] = timed(() => morph.frame(0.4, 0.4));
    times.solve.push(solve);
    times.pin.push(pin);
    times.frame.push(frame);
    morph.free();
  }
  const line = Object.entries(times).map(([what, list]) => `${what} ${median(list).toFixed(0)} ms`);
  console.log(`${name}: ${line.join(', ')}`);
}
