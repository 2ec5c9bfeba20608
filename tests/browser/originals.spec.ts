import { expect, test } from './site.js';

// Two photograph-like pictures made here: smooth shades and a few shapes, the second shifted and tinted.
const MAKE = `
  globalThis.makePicture = (width, height, shift, tint, transparent) => {
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d');
    if (!transparent) {
      const sky = context.createLinearGradient(0, 0, width, height);
      sky.addColorStop(0, 'hsl(' + tint + ' 60% 70%)');
      sky.addColorStop(1, 'hsl(' + (tint + 80) + ' 50% 30%)');
      context.fillStyle = sky;
      context.fillRect(0, 0, width, height);
    }
    const disc = (x, y, r, colour) => {
      context.fillStyle = colour;
      context.beginPath();
      context.arc((x + shift) * width, y * height, r * width, 0, 7);
      context.fill();
    };
    disc(0.5, 0.5, 0.3, 'hsl(' + tint + ' 70% 55%)');
    disc(0.4, 0.42, 0.05, '#111');
    disc(0.6, 0.42, 0.05, '#111');
    disc(0.5, 0.62, 0.09, '#822');
    return context.getImageData(0, 0, width, height);
  };
  globalThis.meanError = (a, b) => a.data.reduce((sum, value, i) => sum + Math.abs(value - b.data[i]), 0) / a.data.length;
`;

interface Tools {
  makePicture: (
    width: number,
    height: number,
    shift: number,
    tint: number,
    transparent?: boolean,
  ) => ImageData;
  meanError: (a: ImageData, b: ImageData) => number;
}
declare const globalThis: Tools & Window;

test.beforeEach(async ({ page }) => {
  await page.addInitScript(MAKE);
});

for (const features of ['semantic', 'plain'] as const) {
  test(`a morph by ${features} features shows the originals at both ends, and the shader agrees with WebAssembly`, async ({
    plain,
  }) => {
    const found = await plain.evaluate(async (features) => {
      const [a, b] = [
        globalThis.makePicture(256, 256, -0.05, 20),
        globalThis.makePicture(256, 256, 0.06, 200),
      ];
      const morph = await globalThis.lib.morph(a, b, { size: 256, features });
      const canvas = document.createElement('canvas');
      const drawn = (t: number): ImageData => {
        morph.draw(canvas, t);
        const context = canvas.getContext('2d');
        if (!context) throw new Error('no canvas');
        return context.getImageData(0, 0, canvas.width, canvas.height);
      };
      const apart: number[] = [];
      for (const t of [0, 0.25, 0.5, 0.8, 1])
        apart.push(globalThis.meanError(drawn(t), await morph.frame(t)));
      for (const t of [0, 0.4, 1]) {
        morph.draw(canvas, t, { path: 'spiral' });
        const spiral = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height);
        if (!spiral) throw new Error('no canvas');
        apart.push(globalThis.meanError(spiral, await morph.frame(t, { path: 'spiral' })));
      }
      const ends = [
        globalThis.meanError(await morph.frame(0), a),
        globalThis.meanError(await morph.frame(1), b),
      ];
      const { width, height, features: used, confidence } = morph;
      const midway = globalThis.meanError(await morph.frame(0.5), a);
      morph.dispose();
      return { apart, ends, width, height, used, confidence, midway };
    }, features);
    expect(found).toMatchObject({ width: 256, height: 256, used: features });
    for (const error of found.ends) expect(error).toBeLessThan(0.1);
    for (const error of found.apart) expect(error).toBeLessThan(1);
    expect(found.midway).toBeGreaterThan(2);
    expect(found.confidence).toBeGreaterThan(0);
  });
}

test('pictures of two shapes and with transparency meet in one frame', async ({ plain }) => {
  const found = await plain.evaluate(async () => {
    const [a, b] = [
      globalThis.makePicture(300, 150, 0, 20, true),
      globalThis.makePicture(150, 300, 0.1, 120, true),
    ];
    const morph = await globalThis.lib.morph(a, b, {
      size: 200,
      fit: 'contain',
      features: 'plain',
    });
    const canvas = new OffscreenCanvas(1, 1);
    morph.draw(canvas, 0.5);
    const drawn = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height);
    if (!drawn) throw new Error('no canvas');
    const frame = await morph.frame(0.5);
    return {
      size: [morph.width, morph.height],
      corner: frame.data[3],
      centre: frame.data[4 * (100 * 200 + 100) + 3],
      apart: globalThis.meanError(drawn, frame),
    };
  });
  expect(found).toMatchObject({ size: [200, 200], corner: 0, centre: 255 });
  expect(found.apart).toBeLessThan(1);
});

test('pins move what they hold, and abort and dispose are heard', async ({ plain, errors }) => {
  const found = await plain.evaluate(async () => {
    const { lib, codeOf } = globalThis;
    const [a, b] = [
      globalThis.makePicture(128, 128, 0, 20),
      globalThis.makePicture(128, 128, 0, 20),
    ];
    const morph = await lib.morph(a, b, { size: 128, features: 'plain' });
    const before = await morph.frame(0.5);
    await morph.setPins([{ a: [0.4, 0.42], b: [0.5, 0.42] }]);
    const moved = globalThis.meanError(await morph.frame(0.5), before);
    const end = globalThis.meanError(await morph.frame(1), b);
    const codes = [
      await codeOf(lib.morph(a, b, { signal: AbortSignal.abort() })),
      await codeOf(lib.morph(a, b, { size: 5000 })),
      await codeOf(lib.morph(a, b, { features: 'semantic', matcherUrl: '/nowhere.safetensors' })),
      await codeOf(morph.setPins([{ a: [2, 0], b: [0, 0] }])),
    ];
    const fallen = await lib.morph(a, b, { size: 64, matcherUrl: '/nowhere.safetensors' });
    morph.dispose();
    morph.dispose();
    return {
      moved,
      end,
      pins: morph.pins,
      codes: [...codes, await codeOf(morph.frame(0))],
      fallen: fallen.features,
    };
  });
  errors.length = 0; // The matcher that is nowhere.
  expect(found.moved).toBeGreaterThan(0.2);
  expect(found.end).toBeLessThan(0.1);
  expect(found.pins).toEqual([{ a: [0.4, 0.42], b: [0.5, 0.42] }]);
  expect(found.codes).toEqual(['aborted', 'input', 'network', 'input', 'disposed']);
  expect(found.fallen).toBe('plain');
});

test('an average shows each picture exactly where all the weight is on it', async ({ plain }) => {
  const found = await plain.evaluate(async () => {
    const { lib, codeOf } = globalThis;
    const pictures = [-0.08, 0.02, 0.09].map((shift, i) =>
      globalThis.makePicture(160, 160, shift, 20 + 90 * i),
    );
    const average = await lib.average(pictures, { size: 160, features: 'plain' });
    const ends: number[] = [];
    for (const [i, picture] of pictures.entries()) {
      const weights = pictures.map((_, j) => (i === j ? 2 : 0));
      ends.push(globalThis.meanError(await average.frame(weights), picture));
    }
    // The eyes of all three meet: the mean has dark pixels where a cross-fade has none.
    const mean = await average.frame([1, 1, 1]);
    const darkest = (image: ImageData): number =>
      Math.min(...Array.from({ length: 160 * 160 }, (_, i) => image.data[4 * i + 1] ?? 255));
    const faded = new ImageData(160, 160);
    faded.data.forEach((_, i) => {
      faded.data[i] = pictures.reduce((sum, { data }) => sum + (data[i] ?? 0), 0) / 3;
    });
    const canvas = new OffscreenCanvas(1, 1);
    const draws = [
      average.draw(canvas, [1, 0, 0]),
      average.draw(canvas, [0, 1, 0]),
      average.draw(canvas, [1, 1, 1]), // The last is what is seen.
    ];
    await Promise.all(draws);
    const drawn = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height);
    const [only] = pictures;
    const codes = [
      await codeOf(lib.average(only ? [only] : [])),
      await codeOf(average.frame([1, 1])),
      await codeOf(average.frame([0, 0, 0])),
      await codeOf(average.frame([1, -1, 1])),
    ];
    average.dispose();
    average.dispose();
    return {
      ends,
      dark: [darkest(mean), darkest(faded)],
      drawn: drawn ? globalThis.meanError(drawn, mean) : NaN,
      codes: [...codes, await codeOf(average.frame([1, 1, 1]))],
      features: average.features,
      renderer: average.renderer,
    };
  });
  for (const error of found.ends) expect(error).toBeLessThan(0.1);
  expect(found.dark[0]).toBeLessThan((found.dark[1] ?? 0) - 15);
  expect(found.drawn).toBeLessThan(0.5);
  expect(found.codes).toEqual(['input', 'input', 'input', 'input', 'disposed']);
  expect(found.features).toBe('plain');
  expect(found.renderer).toBe('cpu'); // No GPU draws in the tests' browser.
});

for (const [what, count, transparent] of [
  ['three opaque pictures', 3, false],
  ['five with transparency', 5, true],
  ['as many as there can be', 32, false],
] as const)
  test(`an average of ${what}: the shader agrees with WebAssembly`, async ({ plain }) => {
    const found = await plain.evaluate(
      async ({ count, transparent }) => {
        // The tests' browser draws in software, where the worker would: it is to pass for a GPU.
        const context = WebGL2RenderingContext.prototype;
        // eslint-disable-next-line @typescript-eslint/unbound-method -- called below on what it belongs to
        const get: (name: string) => unknown = context.getExtension;
        Object.assign(context, {
          getExtension(this: WebGL2RenderingContext, name: string): unknown {
            return name === 'WEBGL_debug_renderer_info' ? null : get.call(this, name);
          },
        });
        const pictures = Array.from({ length: count }, (_, i) =>
          globalThis.makePicture(160, 128, 0.1 * Math.sin(i), (20 + 37 * i) % 256, transparent),
        );
        const average = await globalThis.lib.average(pictures, { size: 160, features: 'plain' });
        const canvas = new OffscreenCanvas(1, 1);
        const apart: number[] = [];
        for (const weights of [
          pictures.map(() => 1),
          pictures.map((_, i) => i),
          pictures.map((_, i) => (i === 1 ? 1 : 0)),
        ]) {
          await average.draw(canvas, weights);
          const drawn = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height);
          if (!drawn) throw new Error('no canvas');
          apart.push(globalThis.meanError(drawn, await average.frame(weights)));
        }
        const { renderer, width, height } = average;
        average.dispose();
        return { renderer, size: [width, height], apart };
      },
      { count, transparent },
    );
    expect(found).toMatchObject({ renderer: 'webgl2', size: [160, 128] });
    for (const error of found.apart) expect(error).toBeLessThan(1);
  });

test('a model paints the way between two originals, as much as is asked for', async ({ plain }) => {
  const found = await plain.evaluate(async () => {
    const { lib, codeOf, meanError } = globalThis;
    const soda = await lib.Soda.load('/fixtures/tiny', { backend: 'cpu' });
    const [a, b] = [
      globalThis.makePicture(128, 128, -0.05, 20),
      globalThis.makePicture(128, 128, 0.05, 200),
    ];
    const stages = new Set<string>();
    const morph = await soda.morph(a, b, {
      size: 128,
      features: 'plain',
      onProgress: ({ stage }) => stages.add(stage),
    });
    const plainMorph = await lib.morph(a, b, { size: 128, features: 'plain' });
    const original = meanError(await morph.frame(0.4), await plainMorph.frame(0.4));
    const ends = [
      meanError(await morph.frame(0, { painted: 0.5 }), a),
      meanError(await morph.frame(1, { painted: 0.5 }), b),
    ];
    // At its ends the painting is the reconstruction, enlarged.
    const reconstruction = await soda.decode(await soda.encode(a));
    const small = new OffscreenCanvas(16, 16);
    const large = new OffscreenCanvas(128, 128).getContext('2d');
    if (!large || !reconstruction[0]) throw new Error('no canvas');
    small.getContext('2d')?.putImageData(reconstruction[0], 0, 0);
    large.imageSmoothingQuality = 'low'; // Linear.
    large.drawImage(small, 0, 0, 128, 128);
    const end = meanError(await morph.frame(0, { painted: 1 }), large.getImageData(0, 0, 128, 128));
    const canvas = new OffscreenCanvas(1, 1);
    const apart: number[] = [];
    for (const share of [0, 0.3, 0.5, 1]) {
      morph.draw(canvas, 0.4, { painted: share });
      const drawn = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height);
      if (!drawn) throw new Error('no canvas');
      apart.push(meanError(drawn, await morph.frame(0.4, { painted: share })));
    }
    const changed = meanError(await morph.frame(0.4, { painted: 1 }), await morph.frame(0.4));
    await morph.setPins([{ a: [0.5, 0.5], b: [0.6, 0.5] }]);
    const codes = [
      await codeOf(morph.frame(0.4, { painted: 2 })),
      await codeOf(plainMorph.frame(0.4, { painted: 1 })),
      await codeOf(soda.morph(a, b, { steps: 0 })),
      await codeOf(soda.morph(a, b, { size: 5 })),
    ];
    const pins = morph.pins;
    morph.dispose();
    soda.dispose();
    return {
      original,
      ends,
      end,
      apart,
      changed,
      pins,
      stages: [...stages],
      codes: [
        ...codes,
        await codeOf(morph.frame(0.4, { painted: 1 })),
        await codeOf(soda.morph(a, b)),
      ],
    };
  });
  expect(found.original).toBeLessThan(0.01);
  for (const error of found.ends) expect(error).toBeLessThan(0.6);
  expect(found.end).toBeLessThan(3);
  for (const error of found.apart) expect(error).toBeLessThan(1);
  expect(found.changed).toBeGreaterThan(2);
  expect(found.pins).toHaveLength(1);
  expect(found.stages).toEqual(expect.arrayContaining(['encode', 'decode']));
  expect(found.codes).toEqual(['input', 'input', 'input', 'input', 'disposed', 'disposed']);
});

test('a taught model paints the morph of what it has learnt', async ({ plain }) => {
  const found = await plain.evaluate(async () => {
    const { lib, meanError } = globalThis;
    const soda = await lib.Soda.load('/fixtures/tiny', { backend: 'cpu' });
    const [a, b] = globalThis.strangePictures(2, 64, 1);
    if (!a || !b) throw new Error('no pictures');
    const solve = async (): Promise<{ painted: number[]; original: number }> => {
      const morph = await soda.morph(a, b, { size: 64, features: 'plain' });
      const painted = [
        meanError(await morph.frame(0, { painted: 1 }), a),
        meanError(await morph.frame(1, { painted: 1 }), b),
      ];
      const original = meanError(await morph.frame(0, { painted: 0.5 }), a);
      morph.dispose();
      return { painted, original };
    };
    const before = await solve();
    const lesson = soda.fineTune([a, b], { steps: 160, learningRate: 3e-3 });
    while (!(await lesson.next()).done);
    const after = await solve();
    soda.dispose();
    return { before, after };
  });
  for (const end of [0, 1])
    expect(found.after.painted[end]).toBeLessThan(0.9 * (found.before.painted[end] ?? 0));
  // Half-way to the painting both ends are still the originals, whatever was learnt.
  expect(found.after.original).toBeLessThan(0.6);
});

test('what draws is said, and without WebGL2 the worker does', async ({ page, plain }) => {
  const solve = (): Promise<{ renderer: string; accelerated: boolean; apart: number }> =>
    plain.evaluate(async () => {
      const [a, b] = [
        globalThis.makePicture(64, 64, 0, 20),
        globalThis.makePicture(64, 64, 0.1, 120),
      ];
      const morph = await globalThis.lib.morph(a, b, { size: 64, features: 'plain' });
      const canvas = new OffscreenCanvas(1, 1);
      const frame = await morph.frame(0.5);
      morph.draw(canvas, 0.5);
      // By the worker it comes after what was asked for before.
      await morph.frame(0.5);
      await new Promise(requestAnimationFrame);
      const drawn = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height);
      if (!drawn) throw new Error('no canvas');
      const { renderer, accelerated } = morph;
      return { renderer, accelerated, apart: globalThis.meanError(drawn, frame) };
    });
  // The tests' browser draws in software.
  expect(await solve()).toMatchObject({ renderer: 'webgl2', accelerated: false });
  await page.addInitScript(() => {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called below on what it belongs to
    const { getContext } = OffscreenCanvas.prototype;
    OffscreenCanvas.prototype.getContext = function (this: OffscreenCanvas, kind: string) {
      return kind === 'webgl2' ? null : getContext.call(this, kind as '2d');
    } as typeof getContext;
  });
  await page.reload();
  await page.waitForFunction(() => 'lib' in window);
  const found = await solve();
  expect(found).toMatchObject({ renderer: 'cpu', accelerated: false });
  expect(found.apart).toBe(0);
});
