import type { Progress } from '../shared/api.js';
import { SodaError, aborted } from '../shared/error.js';
import type { Code, Jobs, PaintOptions } from '../shared/protocol.js';
import type { Sampling } from './engine.js';
import type { Loaded } from './load.js';
import { breathe } from './queue.js';

/**
 * Pictures in one network step: on the CPU one is quickest to show; a GPU is idle with less than a
 * few.
 */
const BATCH = { cpu: 1, webgpu: 4 } as const;

/** What a job may do on the way. */
export interface Context {
  signal: AbortSignal;
  onProgress: (progress: Progress) => void;
  onPart: (part: Uint8ClampedArray) => void;
}

/** Pictures as the networks see them, sent one by one. */
export async function prepare(
  { engine, config }: Loaded,
  { pictures }: Jobs['prepare']['request'],
  context: Context,
): Promise<null> {
  const counter = new StepCounter('encode', pictures.length, context);
  for (const { data, width, height } of pictures) {
    await turn(context.signal);
    context.onPart(toRgba(engine.prepare(data, width, height), config.size ** 2));
    counter.step(1);
  }
  return null;
}

/** Planes of [−1, 1] as opaque RGBA. */
function toRgba(planes: Float32Array, area: number): Uint8ClampedArray {
  const rgba = new Uint8ClampedArray(4 * area).fill(255);
  for (let at = 0; at < area; at++) {
    for (let channel = 0; channel < 3; channel++)
      rgba[4 * at + channel] = 127.5 * ((planes[channel * area + at] ?? 0) + 1);
  }
  return rgba;
}

/** Pictures to latents; with `invert` also x_T. Progress counts network steps. */
export async function encode(
  { engine, config, backend }: Loaded,
  request: Jobs['encode']['request'],
  context: Context,
): Promise<Code[]> {
  const { latent, size } = config;
  const batches = inBatches(request.pictures, BATCH[backend]);
  const codes: Code[] = [];
  const counter = new StepCounter('encode', batches.length, context);
  for (const batch of batches) {
    await turn(context.signal);
    const pixels = concat(
      batch.map(({ data, width, height }) => engine.prepare(data, width, height)),
    );
    const values = await engine.encode(pixels, request.corrected);
    const noise = request.invert
      ? await finish(engine.inversion(pixels, values, {}), context.signal, counter, (sampling) =>
          sampling.tensor(),
        )
      : undefined;
    if (!noise) counter.step(1);
    batch.forEach((_, i) => {
      const code: Code = { values: part(values, i, latent) };
      if (noise) code.noise = part(noise, i, 3 * size * size);
      codes.push(code);
    });
  }
  return codes;
}

/** Latents to pictures, sent as they are painted, in order. */
export async function paint(
  loaded: Loaded,
  { codes, options }: Jobs['paint']['request'],
  context: Context,
): Promise<null> {
  const counter = new StepCounter('decode', toBatches(codes, loaded.backend).length, context);
  await paintCounted(loaded, codes, options, context, counter);
  return null;
}

async function paintCounted(
  loaded: Loaded,
  codes: Code[],
  options: PaintOptions,
  context: Context,
  counter: Counter,
): Promise<void> {
  const { engine, backend } = loaded;
  for (const batch of toBatches(codes, backend)) {
    const values = concat(batch.map((code) => code.values));
    const noise = concat(batch.flatMap((code) => code.noise ?? []));
    const sampling = engine.decoding(values, noise, defined(options));
    const pixels = await finish(sampling, context.signal, counter, (done) => done.pixels());
    const length = pixels.length / batch.length;
    batch.forEach((_, i) => {
      context.onPart(pixels.slice(i * length, (i + 1) * length));
    });
  }
}

/**
 * New latents from the prior, and their pictures, if they are wanted, as they are painted. Progress
 * counts the steps of both.
 */
export async function sample(
  loaded: Loaded,
  request: Jobs['sample']['request'],
  context: Context,
): Promise<Code[]> {
  const { engine, config, backend } = loaded;
  const { count, temperature, autoguidance, paint: painted, options } = request;
  const drawing = engine.drawing(count, options.seed ?? 0, autoguidance);
  const before = drawing.steps;
  const counter = new StepCounter(
    'decode',
    painted ? Math.ceil(count / BATCH[backend]) : 0,
    context,
  );
  const values = await finish(
    drawing,
    context.signal,
    {
      step: () => {
        counter.step(options.steps ?? config.steps, before);
      },
    },
    (drawn) => drawn.tensor(),
  );
  const codes = Array.from({ length: count }, (_, i): Code => ({
    values: part(values, i, config.latent).map((value) => temperature * value),
  }));
  if (painted)
    await paintCounted(loaded, codes, options, context, {
      step: (ofSteps) => {
        counter.step(ofSteps, before);
      },
    });
  return codes;
}

/** The frames between two codes: z as the model interpolates, x_T along the sphere. */
export function morph(
  loaded: Loaded,
  request: Jobs['morph']['request'],
  context: Context,
): Promise<null> {
  const { from, to, frames, options } = request;
  const values = loaded.engine.interpolate(from.values, to.values, frames);
  const noises =
    from.noise && to.noise
      ? loaded.module.interpolate_noise(from.noise, to.noise, frames)
      : undefined;
  const one = from.noise ?? to.noise;
  const codes = Array.from({ length: frames }, (_, i): Code => {
    const noise = noises ? part(noises, i, noises.length / frames) : one;
    const code = { values: part(values, i, values.length / frames) };
    return noise ? { ...code, noise } : code;
  });
  return paint(loaded, { codes, options }, context);
}

/** Told of every network step, and how many a batch takes. */
export interface Counter {
  step(ofSteps: number): void;
}

/**
 * Counts network steps over all batches of a call. Batches with x_T may take more than those
 * without: the total is the latest guess.
 */
class StepCounter {
  #done = 0;
  readonly #stage: Progress['stage'];
  readonly #batches: number;
  readonly #context: Context;

  constructor(stage: Progress['stage'], batches: number, context: Context) {
    this.#stage = stage;
    this.#batches = batches;
    this.#context = context;
  }

  /** One more step, of so many a batch; `before` steps come before the first batch. */
  step(ofSteps: number, before = 0): void {
    this.#done++;
    this.#context.onProgress({
      stage: this.#stage,
      done: this.#done,
      total: before + this.#batches * ofSteps,
    });
  }
}

/** Runs a sampler to its end, a step a turn of the event loop, and frees it whatever happens. */
export async function finish<T>(
  sampling: Sampling,
  signal: AbortSignal,
  counter: Counter,
  read: (sampling: Sampling) => Promise<T>,
): Promise<T> {
  try {
    while (sampling.done < sampling.steps) {
      await turn(signal);
      await sampling.step();
      counter.step(sampling.steps);
    }
    await turn(signal);
    return await read(sampling);
  } finally {
    sampling.free();
  }
}

export async function turn(signal: AbortSignal): Promise<void> {
  await breathe();
  if (signal.aborted) throw aborted();
}

/** Cuts where codes with x_T and codes without meet: the engine takes a batch of one kind. */
function sameKindRuns(codes: Code[]): Code[][] {
  const runs: Code[][] = [];
  for (const code of codes) {
    const run = runs.at(-1);
    if (run && (run[0]?.noise !== undefined) === (code.noise !== undefined)) run.push(code);
    else runs.push([code]);
  }
  return runs;
}

function toBatches(codes: Code[], backend: Loaded['backend']): Code[][] {
  return sameKindRuns(codes).flatMap((run) => inBatches(run, BATCH[backend]));
}

function inBatches<T>(items: T[], most: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / most) }, (_, i) =>
    items.slice(i * most, (i + 1) * most),
  );
}

export function concat(parts: Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, each) => sum + each.length, 0));
  let offset = 0;
  for (const each of parts) {
    whole.set(each, offset);
    offset += each.length;
  }
  return whole;
}

function part(values: Float32Array, index: number, length: number): Float32Array {
  if ((index + 1) * length > values.length) {
    throw new SodaError(
      'internal',
      `the engine gave ${String(values.length)} numbers; picture ${String(index + 1)} needs ` +
        String(length),
    );
  }
  return values.slice(index * length, (index + 1) * length);
}

/**
 * Options the caller left out are absent, not undefined: the engine reads absent ones as its
 * defaults.
 */
function defined(options: PaintOptions): PaintOptions {
  return Object.fromEntries(
    Object.entries<unknown>({ ...options }).filter(([, value]) => value !== undefined),
  );
}
