// In the page: does a job on every side in turns, and compares what they compute.
import { bytes, tensors } from './files.mjs';

const MODULES = {
  ours: 'ours',
  'onnxruntime-web': 'onnx',
  'tensorflow.js': 'tfjs',
  'jax-js': 'jax',
};
/** Of the largest value of an output, and of a loss. */
const TOLERANCES = { forward: 1e-4, train: 1e-3 };
/** A side whose call takes longer (in ms) is timed this often and not warmed up further. */
const [SLOW, SLOW_CALLS] = [2000, 2];
/** Calls that are compared, of which all after the second may be left out once so many ms are over. */
const [CHECKED, CHECKED_MS] = [{ forward: 2, train: 3 }, 20000];
/** WebAssembly gets faster over the first calls, while the browser compiles it anew: so many calls, for at most so many ms. */
const [WARM_UP, WARM_UP_MS] = [20, 5000];
/** About how long a turn is, in ms, and how many calls it has at most. */
const [TURN_MS, TURN_CALLS] = [400, 6];

const opened = new Map();

async function begin(name, options, job) {
  if (!opened.has(name))
    opened.set(name, await (await import(`./${MODULES[name]}.mjs`)).open(options));
  return opened.get(name)(job);
}

async function timed(calls, call, limit = Infinity) {
  const [ms, results, start] = [[], [], performance.now()];
  for (let i = 0; i < calls && (i < 2 || performance.now() - start < limit); i++) {
    const begun = performance.now();
    results.push(await call());
    ms.push(performance.now() - begun);
  }
  return { ms, results };
}

const largest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** The largest difference, as a part of the largest value. */
function difference(values, expected) {
  if (values.length !== expected.length) return NaN;
  return (
    largest(Float32Array.from(values, (value, i) => value - expected[i])) /
    Math.max(1e-9, largest(expected))
  );
}

const isSlow = (side) => side.last > SLOW;

/** Runs `task` for a side; what it throws is why the side cannot do the job. */
async function attempt(side, task) {
  try {
    await task();
  } catch (error) {
    side.cannot = String(error?.message ?? error)
      .split('\n')[0]
      .slice(0, 160);
  }
}

/** Does a job on all sides; gives for each its times, or why it cannot do it. The first is ours, which the others must agree with. */
async function compare({ network, batch, train, rounds, sides: names, ...options }) {
  const given = await bytes(`/data/${network}-${batch}.safetensors`);
  const job = {
    network,
    train,
    given,
    inputs: tensors(given),
    onnx: await bytes(`/data/${network}-${batch}.onnx`),
    graph: await (await fetch(`/data/${network}.json`)).json(),
    weights: tensors(await bytes(`/data/${network}.safetensors`)),
  };
  const kind = train ? 'train' : 'forward';
  const sides = names.map((name) => ({ name, ms: [] }));
  let expected;
  for (const side of sides) {
    await attempt(side, async () => {
      Object.assign(side, await begin(side.name, options, job));
      const { ms, results } = await timed(CHECKED[kind], side.call, CHECKED_MS);
      side.last = ms.at(-1);
      const output = train ? results : results.at(-1);
      expected ??= output;
      side.difference = difference(output, train ? expected.slice(0, output.length) : expected);
      side.differs = !(side.difference <= TOLERANCES[kind]);
      const warm = isSlow(side) ? 0 : Math.min(WARM_UP, Math.ceil(WARM_UP_MS / side.last));
      if (warm > 0) side.last = (await timed(warm, side.call)).ms.at(-1);
      side.warm_up = ms.length + warm;
      if (isSlow(side))
        side.capped = `a call takes more than ${SLOW} ms, so only ${SLOW_CALLS} are timed`;
    });
  }
  for (let round = 0; round < rounds; round++) {
    for (const side of sides) {
      if (side.cannot || side.differs || (side.capped && round >= SLOW_CALLS)) continue;
      const calls = Math.max(1, Math.min(TURN_CALLS, Math.round(TURN_MS / side.last)));
      await attempt(side, async () => {
        side.ms.push(...(await timed(calls, side.call)).ms);
      });
    }
  }
  for (const side of sides) if (side.end) await attempt(side, side.end);
  return sides.map(({ call: _, end: __, last: ___, ...side }) => side);
}

window.compare = compare;
