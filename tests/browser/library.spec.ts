import { expect, test } from './site.js';

test('a page without a bundler loads it, encodes and decodes', async ({ plain }) => {
  const found = await plain.evaluate(async () => {
    const soda = await window.lib.Soda.load('/fixtures/tiny', { backend: 'cpu' });
    const [latent] = await soda.encode('disc.png');
    if (!latent) throw new Error('no latent');
    const [picture] = await soda.decode(latent);
    const { backend, config, fallback } = soda;
    return {
      backend,
      config,
      fallback,
      values: latent.values.length,
      groups: latent.groups,
      noise: latent.noise,
      width: picture?.width,
      height: picture?.height,
    };
  });
  expect(found.backend).toBe('cpu');
  expect(found.fallback).toBeUndefined();
  expect(found.config).toMatchObject({
    name: 'tiny',
    size: 16,
    latent: 16,
    groups: [10, 4, 2],
    steps: 8,
    licence: 'MIT OR Apache-2.0',
  });
  expect(found.config.parameters).toBeGreaterThan(1000);
  expect(found).toMatchObject({
    values: 16,
    groups: [10, 4, 2],
    noise: undefined,
    width: 16,
    height: 16,
  });
});

test('every kind of picture gives the same latent', async ({ plain }) => {
  const similarities = await plain.evaluate(async () => {
    const { Soda, similarity } = window.lib;
    const soda = await Soda.load('/fixtures/tiny', { backend: 'cpu' });
    const blob = await (await fetch('disc.png')).blob();
    const bitmap = await createImageBitmap(blob);
    const image = Object.assign(new Image(), { src: 'disc.png' });
    const canvas = Object.assign(document.createElement('canvas'), { width: 96, height: 96 });
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
    const offscreen = new OffscreenCanvas(96, 96);
    const context = offscreen.getContext('2d');
    if (!context) throw new Error('no canvas');
    context.drawImage(bitmap, 0, 0);
    const data = context.getImageData(0, 0, 96, 96);
    const latents = await soda.encode(['disc.png', blob, bitmap, image, canvas, offscreen, data]);
    const first = latents[0];
    if (!first) throw new Error('no latent');
    return latents.map((latent) => similarity(first, latent));
  });
  expect(similarities).toHaveLength(7);
  for (const similarity of similarities) expect(similarity).toBeGreaterThan(0.9999);
});

test('new pictures are drawn from the prior, the same ones for the same seed', async ({
  plain,
}) => {
  const found = await plain.evaluate(async () => {
    const soda = await window.lib.Soda.load('/fixtures/tiny', { backend: 'cpu' });
    const stages: string[] = [];
    const draw = async (seed: number): Promise<string[]> =>
      (
        await soda.sample({
          count: 3,
          seed,
          onProgress: ({ stage }) => {
            stages.push(stage);
          },
        })
      ).map(({ picture }) => picture.data.join());
    const [first, again, other] = [await draw(1), await draw(1), await draw(2)];
    const [sample] = await soda.sample();
    const [picture] = sample ? await soda.decode(sample.latent) : [];
    const numbers = (latents: readonly { values: Float32Array }[]): number[] =>
      latents.flatMap(({ values }) => [...values]);
    const sampled = numbers((await soda.sample({ count: 2, seed: 5 })).map(({ latent }) => latent));
    const [drawn, calm] = [
      numbers(await soda.draw({ count: 2, seed: 5 })),
      numbers(await soda.draw({ count: 2, seed: 5, temperature: 0.5 })),
    ];
    return {
      unpainted: drawn.join() === sampled.join(),
      halved: calm.every((value, i) => value === (drawn[i] ?? 0) / 2),
      prior: soda.config.prior,
      guide: soda.config.guide,
      refused: await soda.draw({ autoguidance: 1 }).then(
        () => 'drawn',
        (error: unknown) => (error as { code: string }).code,
      ),
      same: first.join() === again.join(),
      differ: first.join() !== other.join(),
      distinct: new Set(first).size,
      values: sample?.latent.values.length,
      decodes: picture?.data.join() === sample?.picture.data.join(),
      stages: [...new Set(stages)],
    };
  });
  expect(found).toEqual({
    unpainted: true,
    halved: true,
    prior: true,
    guide: false,
    refused: 'input',
    same: true,
    differ: true,
    distinct: 3,
    values: 16,
    decodes: true,
    stages: ['decode'],
  });
});

test('a picture larger than 1024 pixels is read', async ({ plain }) => {
  const length = await plain.evaluate(async () => {
    const soda = await window.lib.Soda.load('/fixtures/tiny', { backend: 'cpu' });
    const [latent] = await soda.encode(new ImageData(2500, 40));
    return latent?.values.length;
  });
  expect(length).toBe(16);
});

test('the same seed gives the same picture, another seed another, in any batch', async ({
  plain,
}) => {
  const [a, b, c, d] = await plain.evaluate(async () => {
    const soda = await window.lib.Soda.load('/fixtures/tiny', { backend: 'cpu' });
    const [latent] = await soda.encode('disc.png');
    if (!latent) throw new Error('no latent');
    const paint = async (seed: number): Promise<string> =>
      (await soda.decode(latent, { seed }))[0]?.data.join() ?? '';
    const [, second] = await soda.decode([latent, latent], { seed: 7 });
    return [await paint(7), await paint(7), await paint(8), second?.data.join()];
  });
  expect(a).toBe(b);
  expect(a).toBe(d);
  expect(a).not.toBe(c);
});

test('an inverted picture comes back much closer than from z alone', async ({ plain }) => {
  const [loose, exact] = await plain.evaluate(async () => {
    const soda = await window.lib.Soda.load('/fixtures/tiny', { backend: 'cpu' });
    const { size } = soda.config;
    const context = new OffscreenCanvas(size, size).getContext('2d');
    if (!context) throw new Error('no canvas');
    context.fillStyle = 'tomato';
    context.fillRect(0, 0, size, size);
    context.fillStyle = 'navy';
    context.fillRect(3, 5, 6, 8);
    const picture = context.getImageData(0, 0, size, size);
    const error = async (invert: boolean): Promise<number> => {
      const [latent] = await soda.encode(picture, { invert });
      if (!latent) throw new Error('no latent');
      if ((latent.noise?.length ?? 0) !== (invert ? 3 * size * size : 0))
        throw new Error('noise of the wrong length');
      const [painted] = await soda.decode(latent, { sampler: 'ddim' });
      if (!painted) throw new Error('no picture');
      return Math.sqrt(
        picture.data.reduce((sum, value, i) => sum + (value - (painted.data[i] ?? 0)) ** 2, 0) /
          picture.data.length,
      );
    };
    return [await error(false), await error(true)];
  });
  expect(exact).toBeLessThan(0.4 * loose);
});

test('interpolate yields frames in order, from the one end to the other', async ({ plain }) => {
  const { frames, a, b, progress } = await plain.evaluate(async () => {
    const soda = await window.lib.Soda.load('/fixtures/tiny', { backend: 'cpu' });
    const [from, to] = await soda.encode(['disc.png', new ImageData(4, 4)]);
    if (!from || !to) throw new Error('no latents');
    const progress: string[] = [];
    const frames: string[] = [];
    const onProgress = (p: { stage: string; done: number; total: number }): void => {
      progress.push(`${p.stage} ${String(p.done)}/${String(p.total)}`);
    };
    for await (const frame of soda.interpolate(from, to, {
      frames: 5,
      steps: 4,
      seed: 3,
      onProgress,
    }))
      frames.push(frame.data.join());
    const [a, b] = await soda.decode([from, to], { steps: 4, seed: 3 });
    return { frames, a: a?.data.join(), b: b?.data.join(), progress };
  });
  expect(frames).toHaveLength(5);
  expect(frames[0]).toBe(a);
  expect(frames[4]).toBe(b);
  expect(new Set(frames).size).toBe(5);
  expect(progress).toHaveLength(20);
  expect(progress[0]).toBe('decode 1/20');
  expect(progress.at(-1)).toBe('decode 20/20');
});

for (const how of ['linear', 'spherical'] as const) {
  test(`a model's own interpolation, ${how}, is that of latents alone`, async ({ plain }) => {
    const found = await plain.evaluate(async (how) => {
      const file = async (name: string): Promise<Blob> =>
        (await fetch(`/fixtures/tiny/${name}`)).blob();
      const settings = JSON.parse(await (await file('config.json')).text()) as {
        sampled: { interpolation?: string };
      };
      if (how === 'spherical') settings.sampled.interpolation = how;
      const config = new Blob([JSON.stringify(settings)]);
      const weights = await file('model.safetensors');
      const soda = await window.lib.Soda.load({ config, weights }, { backend: 'cpu' });
      const [from, to] = await soda.encode(['disc.png', new ImageData(4, 4)]);
      if (!from || !to) throw new Error('no latents');
      const frames: number[][] = [];
      for await (const { data } of soda.interpolate(from, to, { frames: 5 }))
        frames.push([...data]);
      const { interpolation } = soda.config;
      const decoded = async (how: 'linear' | 'spherical'): Promise<number[]> => {
        const between = window.lib.interpolate([from, to], [3, 1], how);
        return [...((await soda.decode(between))[0]?.data ?? [])];
      };
      const frame = frames[1] ?? [];
      const apart = (other: number[]): number =>
        Math.max(...frame.map((value, i) => Math.abs(value - (other[i] ?? NaN))));
      const other = interpolation === 'linear' ? 'spherical' : 'linear';
      return {
        interpolation,
        own: apart(await decoded(interpolation)),
        other: apart(await decoded(other)),
      };
    }, how);
    expect(found.interpolation).toBe(how);
    expect(found.own).toBeLessThanOrEqual(1);
    expect(found.other).toBeGreaterThan(1);
  });
}

test('abort stops the work, and the worker goes on with the next call', async ({ plain }) => {
  const { code, stepsAfterAbort, next } = await plain.evaluate(async () => {
    const soda = await window.lib.Soda.load('/fixtures/tiny', { backend: 'cpu' });
    const [latent] = await soda.encode('disc.png');
    if (!latent) throw new Error('no latent');
    const stop = new AbortController();
    const onProgress = ({ done }: { done: number }): void => {
      if (done === 3) stop.abort();
    };
    const code = await window.codeOf(
      soda.decode(latent, { steps: 500, signal: stop.signal, onProgress }),
    );
    const next = await soda.decode(latent, { steps: 2 });
    const abortAt = window.tap.findIndex(
      ({ to, message }) => to === 'worker' && message.kind === 'abort',
    );
    const id = window.tap[abortAt]?.message.id;
    const after = window.tap
      .slice(abortAt)
      .filter(
        ({ to, message }) => to === 'page' && message.kind === 'progress' && message.id === id,
      );
    return { code, stepsAfterAbort: after.length, next: next.length };
  });
  expect(code).toBe('aborted');
  // A step of this small model takes less time than a message: a few cross with the abort. shipped.spec.ts is strict.
  expect(stepsAfterAbort).toBeLessThan(25);
  expect(next).toBe(1);
});

test('leaving the loop of interpolate stops the work', async ({ plain }) => {
  const { seen, stepsAfter } = await plain.evaluate(async () => {
    const soda = await window.lib.Soda.load('/fixtures/tiny', { backend: 'cpu' });
    const [latent] = await soda.encode('disc.png');
    if (!latent) throw new Error('no latent');
    let seen = 0;
    for await (const _ of soda.interpolate(latent, latent, { frames: 200 }))
      if (++seen === 2) break;
    await soda.decode(latent, { steps: 1 });
    const abortAt = window.tap.findIndex(
      ({ to, message }) => to === 'worker' && message.kind === 'abort',
    );
    const id = window.tap[abortAt]?.message.id;
    return {
      seen,
      stepsAfter: window.tap
        .slice(abortAt)
        .filter(({ message }) => message.kind === 'progress' && message.id === id).length,
    };
  });
  expect(seen).toBe(2);
  expect(stepsAfter).toBeLessThan(25);
});

test('an abort in the loop of interpolate throws out of the loop', async ({ plain }) => {
  const code = await plain.evaluate(async () => {
    const soda = await window.lib.Soda.load('/fixtures/tiny', { backend: 'cpu' });
    const [latent] = await soda.encode('disc.png');
    if (!latent) throw new Error('no latent');
    const stop = new AbortController();
    try {
      for await (const _ of soda.interpolate(latent, latent, { frames: 200, signal: stop.signal }))
        stop.abort();
      return 'ended';
    } catch (error) {
      return (error as { code: string }).code;
    }
  });
  expect(code).toBe('aborted');
});

test('dispose is idempotent; calls under way and later ones reject as disposed', async ({
  plain,
}) => {
  const codes = await plain.evaluate(async () => {
    const soda = await window.lib.Soda.load('/fixtures/tiny', { backend: 'cpu' });
    const [latent] = await soda.encode('disc.png');
    if (!latent) throw new Error('no latent');
    const underWay = window.codeOf(soda.decode(latent, { steps: 500 }));
    soda.dispose();
    soda.dispose();
    const first = soda.interpolate(latent, latent)[Symbol.asyncIterator]().next();
    return [
      await underWay,
      await window.codeOf(soda.encode('disc.png')),
      await window.codeOf(soda.decode(latent)),
      await window.codeOf(first),
    ];
  });
  expect(codes).toEqual(['disposed', 'disposed', 'disposed', 'disposed']);
});

test('two at once do not disturb each other, nor does disposing of one', async ({ plain }) => {
  const same = await plain.evaluate(async () => {
    const [one, two] = await Promise.all(
      [1, 2].map(() => window.lib.Soda.load('/fixtures/tiny', { backend: 'cpu' })),
    );
    if (!one || !two) throw new Error('not loaded');
    const [a, b] = await Promise.all([one.encode('disc.png'), two.encode('disc.png')]);
    one.dispose();
    const [picture] = await two.decode(b);
    return a[0]?.values.join() === b[0]?.values.join() && picture?.width === 16;
  });
  expect(same).toBe(true);
});

test('latents go through JSON, and what is learnt by a first lesson is not lost to a second', async ({
  plain,
}) => {
  const found = await plain.evaluate(async () => {
    const { Soda } = window.lib;
    const soda = await Soda.load('/fixtures/tiny', { backend: 'cpu' });
    const [latent] = await soda.encode('disc.png', { invert: true });
    const revived = JSON.parse(JSON.stringify(latent)) as NonNullable<typeof latent>;
    const same =
      (await soda.decode(latent ?? []))[0]?.data.join() ===
      (await soda.decode(revived))[0]?.data.join();
    const kinds: string[] = [];
    for await (const event of soda.fineTune(['disc.png'], { steps: 3, batchSize: 1 })) {
      kinds.push(event.kind);
      if (kinds.length === 1) kinds.push(await window.codeOf(soda.fineTune(['disc.png']).next()));
    }
    const { config, weights } = await soda.save();
    const again = await Soda.load({ config, weights }, { backend: 'cpu' });
    const name = JSON.parse(await config.text()) as { weights: { sha256: string; bytes: number } };
    return {
      same,
      kinds,
      aborted: await window.codeOf(soda.save({ signal: AbortSignal.abort() })),
      bytes: name.weights.bytes === weights.size,
      backend: again.backend,
    };
  });
  expect(found).toEqual({
    same: true,
    kinds: ['step', 'input', 'step', 'step', 'done'],
    aborted: 'aborted',
    bytes: true,
    backend: 'cpu',
  });
});

test('using disposes of it at the end of the block, which is not a loss', async ({ plain }) => {
  const found = await plain.evaluate(async () => {
    const soda = await window.lib.Soda.load('/fixtures/tiny', { backend: 'cpu' });
    const losses: string[] = [];
    void soda.lost.then(({ code }) => losses.push(code));
    soda[Symbol.dispose]();
    const code = await window.codeOf(soda.encode('disc.png'));
    return [code, ...losses];
  });
  expect(found).toEqual(['disposed']);
});
