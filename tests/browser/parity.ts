import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';

interface Parity {
  pixels: number[];
  latent: number[];
  noise: number[];
  steps: number;
  sampler: 'ddim' | 'dpm++2m';
  decoded: number[];
  /** One in sixteen of the numbers of the rendered picture. */
  rendered: number[];
}

interface EngineModule {
  default: (input: { module_or_path: URL }) => Promise<unknown>;
  Engine: {
    load: (
      config: string,
      weights: Uint8Array,
    ) => Promise<{
      encode: (pixels: Float32Array, corrected: boolean) => Promise<Float32Array>;
      decoding: (
        values: Float32Array,
        noise: Float32Array,
        options: object,
      ) => {
        steps: number;
        done: number;
        step: () => Promise<void>;
        tensor: () => Promise<Float32Array>;
        pixels: () => Promise<Uint8ClampedArray>;
      };
    }>;
  };
}

/** The largest differences between what this build computes and what the native program computed into parity.json. */
export async function largestDifferences(
  page: Page,
  build: 'cpu' | 'cpu-relaxed' | 'webgpu',
): Promise<{ latent: number; decoded: number; rendered: number; spread: number }> {
  const parity = JSON.parse(
    readFileSync(join(import.meta.dirname, '../fixtures/parity.json'), 'utf8'),
  ) as Parity;
  return page.evaluate(
    async ({ parity, build }) => {
      const base = new URL(`/pkg/dist/${build}/`, location.href);
      const module = (await import(new URL('soda.js', base).href)) as EngineModule;
      await module.default({ module_or_path: new URL('soda_bg.wasm', base) });
      const [config, weights] = await Promise.all([
        fetch('/fixtures/rendering/config.json').then((response) => response.text()),
        fetch('/fixtures/rendering/model.safetensors').then((response) => response.arrayBuffer()),
      ]);
      const engine = await module.Engine.load(config, new Uint8Array(weights));
      const latent = await engine.encode(new Float32Array(parity.pixels), false);
      const { steps, sampler } = parity;
      const sampling = engine.decoding(
        new Float32Array(parity.latent),
        new Float32Array(parity.noise),
        { steps, sampler, size: 64 },
      );
      while (sampling.done < sampling.steps) await sampling.step();
      const decoded = await sampling.tensor();
      const pixels = await sampling.pixels();
      // A pixel of the rendered picture, where it lies among RGBA bytes.
      const rendered = parity.rendered.map((value, i) => {
        const [channel, at] = [Math.floor((16 * i) / 4096), (16 * i) % 4096];
        const wanted = 127.5 * (Math.min(1, Math.max(-1, value)) + 1);
        return Math.abs((pixels[4 * at + channel] ?? NaN) - wanted);
      });
      const worst = (found: Float32Array, wanted: number[]): number => {
        if (found.length !== wanted.length)
          throw new Error(`${String(found.length)} numbers for ${String(wanted.length)}`);
        return wanted.reduce(
          (most, value, i) => Math.max(most, Math.abs(value - (found[i] ?? NaN))),
          0,
        );
      };
      return {
        latent: worst(latent, parity.latent),
        decoded: worst(decoded, parity.decoded),
        rendered: Math.max(...rendered),
        spread: Math.max(...decoded) - Math.min(...decoded),
      };
    },
    { parity, build },
  );
}
