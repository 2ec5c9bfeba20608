import { beforeEach, describe, expect, test } from 'vitest';
import type { Progress } from '../../www/lib/shared/api.js';
import type { Engine, Sampling } from '../../www/lib/worker/engine.js';
import { type Context, encode, morph, paint, sample } from '../../www/lib/worker/jobs.js';
import type { Raster } from '../../www/lib/shared/protocol.js';
import type { Loaded } from '../../www/lib/worker/load.js';

const SIZE = 2;
const PIXELS = 3 * SIZE * SIZE;

/** An engine that only keeps count: a picture shows its latent's first number, and a second one where it had noise. */
class Counting {
  samplings: { count: number; noise: boolean; steps: number; freed: boolean }[] = [];
  onStep: () => void = () => undefined;

  readonly engine = {
    prepare: (data: Uint8ClampedArray) => new Float32Array(PIXELS).fill(data[0] ?? 0),
    encode: (pixels: Float32Array) =>
      Promise.resolve(
        new Float32Array(pixels.length / PIXELS).map((_, i) => pixels[i * PIXELS] ?? 0),
      ),
    decoding: (values: Float32Array, noise: Float32Array) =>
      this.#sampling(values, noise.length > 0, 4),
    drawing: (count: number, seed: number) =>
      this.#sampling(new Float32Array(count).fill(seed), false, 3),
    interpolate: (a: Float32Array, b: Float32Array, frames: number): Float32Array =>
      Float32Array.from(
        { length: frames },
        (_, i) => (a[0] ?? 0) + (((b[0] ?? 0) - (a[0] ?? 0)) * i) / (frames - 1),
      ),
    inversion: (_: Float32Array, values: Float32Array) => this.#sampling(values, false, 6),
  } as unknown as Engine;

  loaded(backend: 'cpu' | 'webgpu'): Loaded {
    const config = {
      name: 'counting',
      size: SIZE,
      latent: 1,
      groups: [1],
      views: [],
      parameters: 0,
      licence: '',
      prior: true,
      guide: true,
      steps: 4,
      interpolation: 'linear',
    };
    const module = {
      interpolate_noise: (a: Float32Array, _: Float32Array, frames: number) =>
        new Float32Array(a.length * frames),
    };
    return { engine: this.engine, module, config, backend } as unknown as Loaded;
  }

  #sampling(values: Float32Array, noise: boolean, steps: number): Sampling {
    const record = { count: values.length, noise, steps: 0, freed: false };
    this.samplings.push(record);
    return {
      steps,
      get done() {
        return record.steps;
      },
      step: () => {
        record.steps++;
        this.onStep();
        return Promise.resolve();
      },
      tensor: () => Promise.resolve(new Float32Array(values.length * PIXELS).fill(7)),
      pixels: () =>
        Promise.resolve(
          Uint8ClampedArray.from(
            { length: values.length * SIZE * SIZE * 4 },
            (_, i) => values[Math.floor(i / (SIZE * SIZE * 4))] ?? 0,
          ),
        ),
      free: () => {
        record.freed = true;
      },
    };
  }
}

let counting: Counting;
let stop: AbortController;
let progress: Progress[];
let parts: number[];
let context: Context;
const code = (value: number, noise = false): { values: Float32Array; noise?: Float32Array } =>
  noise
    ? { values: new Float32Array([value]), noise: new Float32Array(PIXELS) }
    : { values: new Float32Array([value]) };

beforeEach(() => {
  counting = new Counting();
  stop = new AbortController();
  [progress, parts] = [[], []];
  context = {
    signal: stop.signal,
    onProgress: (p) => progress.push(p),
    onPart: (part) => parts.push(part[0] ?? -1),
  };
});

describe('sample', () => {
  test('draws all latents at once, paints them, and counts the steps of both', async () => {
    const codes = await sample(
      counting.loaded('webgpu'),
      { count: 5, temperature: 1, paint: true, options: { seed: 2 } },
      context,
    );
    expect(codes.map((each) => each.values.length)).toEqual([1, 1, 1, 1, 1]);
    expect(counting.samplings.map(({ count }) => count)).toEqual([5, 4, 1]);
    expect(counting.samplings.every(({ freed }) => freed)).toBe(true);
    expect(parts).toHaveLength(5);
    expect(progress.map(({ done }) => done)).toEqual(
      Array.from({ length: 3 + 2 * 4 }, (_, i) => i + 1),
    );
    expect(new Set(progress.map(({ total }) => total))).toEqual(new Set([11]));
  });

  test('unpainted ones are stretched by the temperature, and only drawing is counted', async () => {
    const codes = await sample(
      counting.loaded('cpu'),
      { count: 3, temperature: 0.5, paint: false, options: { seed: 4 } },
      context,
    );
    expect(codes.map(({ values }) => values[0])).toEqual([3.5, 3.5, 3.5]); // Half of the seed and its three steps.
    expect(parts).toEqual([]);
    expect(progress.map(({ done, total }) => [done, total])).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  test('an abort while latents are drawn is heard', async () => {
    counting.onStep = () => {
      stop.abort();
    };
    await expect(
      sample(
        counting.loaded('cpu'),
        { count: 1, temperature: 1, paint: true, options: {} },
        context,
      ),
    ).rejects.toMatchObject({ code: 'aborted' });
    expect(parts).toEqual([]);
  });
});

describe('paint', () => {
  test('takes one picture at a time on the CPU, several on a GPU, and keeps the order', async () => {
    const codes = [1, 2, 3, 4, 5, 6].map((value) => code(value));
    await paint(counting.loaded('cpu'), { codes, options: {} }, context);
    expect(counting.samplings.map(({ count }) => count)).toEqual([1, 1, 1, 1, 1, 1]);
    await paint(counting.loaded('webgpu'), { codes, options: {} }, context);
    expect(counting.samplings.slice(6).map(({ count }) => count)).toEqual([4, 2]);
    expect(parts).toEqual([1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]);
    expect(progress[0]).toEqual({ stage: 'decode', done: 1, total: 24 });
    expect(progress[23]).toEqual({ stage: 'decode', done: 24, total: 24 });
  });

  test('does not put latents with and without noise into one batch', async () => {
    await paint(
      counting.loaded('webgpu'),
      { codes: [code(1), code(2, true), code(3, true), code(4)], options: {} },
      context,
    );
    expect(counting.samplings.map(({ count, noise }) => [count, noise])).toEqual([
      [1, false],
      [2, true],
      [1, false],
    ]);
    expect(parts).toEqual([1, 2, 3, 4]);
  });

  test.each(['cpu', 'webgpu'] as const)(
    'an abort during a step is the last step, and the sampler is freed, %s',
    async (backend) => {
      let steps = 0;
      counting.onStep = () => {
        if (++steps === 3) stop.abort();
      };
      await expect(
        paint(counting.loaded(backend), { codes: [code(1), code(2)], options: {} }, context),
      ).rejects.toMatchObject({ code: 'aborted' });
      expect(steps).toBe(3);
      expect(counting.samplings).toMatchObject([{ steps: 3, freed: true }]);
      expect(parts).toEqual([]);
    },
  );

  test('a sampler is freed when it fails, too', async () => {
    counting.onStep = () => {
      throw new Error('broken');
    };
    await expect(
      paint(counting.loaded('cpu'), { codes: [code(1)], options: {} }, context),
    ).rejects.toThrow('broken');
    expect(counting.samplings[0]?.freed).toBe(true);
  });
});

describe('morph', () => {
  const frames = 3;
  test('goes from the one to the other', async () => {
    await morph(
      counting.loaded('cpu'),
      { from: code(0), to: code(10), frames, options: {} },
      context,
    );
    expect(parts).toEqual([0, 5, 10]);
  });

  test.each([
    ['both ends', true, true, true],
    ['one end', false, true, true],
    ['no end', false, false, false],
  ])('with noise at %s', async (_, atFrom, atTo, everywhere) => {
    await morph(
      counting.loaded('cpu'),
      { from: code(0, atFrom), to: code(10, atTo), frames, options: {} },
      context,
    );
    expect(counting.samplings.map(({ noise }) => noise)).toEqual([
      everywhere,
      everywhere,
      everywhere,
    ]);
  });
});

describe('encode', () => {
  const raster = (value: number): Raster => ({
    data: new Uint8ClampedArray([value, 0, 0, 255]),
    width: 1,
    height: 1,
  });

  test('gives latents in order', async () => {
    const codes = await encode(
      counting.loaded('webgpu'),
      { pictures: [5, 6, 7].map(raster), invert: false, corrected: true },
      context,
    );
    expect(codes.map(({ values, noise }) => [values[0], noise])).toEqual([
      [5, undefined],
      [6, undefined],
      [7, undefined],
    ]);
    expect(progress).toEqual([{ stage: 'encode', done: 1, total: 1 }]);
  });

  test('inverts on demand, and counts the steps of that', async () => {
    const codes = await encode(
      counting.loaded('cpu'),
      { pictures: [raster(5)], invert: true, corrected: true },
      context,
    );
    expect(codes[0]?.noise).toEqual(new Float32Array(PIXELS).fill(7));
    expect(progress.at(-1)).toEqual({ stage: 'encode', done: 6, total: 6 });
  });
});
