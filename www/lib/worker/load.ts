import type { Backend, ModelConfig, Progress } from '../shared/api.js';
import { SodaError } from '../shared/error.js';
import type { Jobs } from '../shared/protocol.js';
import { onDeviceLost, reasonAgainstWebGpu } from './device.js';
import { type Net, type OnBytes, fetchCounted } from './download.js';
import { type Engine, type EngineModule, startEngine } from './engine.js';
import { hasRelaxedSimd } from './relaxed-simd.js';
import { type ModelText, checkJson, fetchModel } from './model-files.js';

/** A ready engine and what its build offers beside it. */
export interface Loaded {
  engine: Engine;
  module: EngineModule;
  config: ModelConfig;
  backend: Backend;
  fallback?: string;
}

type Request = Jobs['load']['request'];
type OnProgress = (progress: Progress) => void;

/**
 * Bytes of the weights and of the engine in one count. A compressed engine does not tell its size:
 * what has arrived counts.
 */
class Meter {
  #weights = { done: 0, total: 0 };
  #engine = { done: 0, total: 0 };
  readonly #onProgress: OnProgress;

  constructor(onProgress: OnProgress) {
    this.#onProgress = onProgress;
  }

  readonly weights = (done: number, total: number): void => {
    this.#weights = { done, total };
    this.#report();
  };

  readonly engine = (done: number, total: number): void => {
    this.#engine = { done, total: Math.max(total, done) };
    this.#report();
  };

  #report(): void {
    const total = this.#weights.total === 0 ? 0 : this.#weights.total + this.#engine.total;
    this.#onProgress({ stage: 'download', done: this.#weights.done + this.#engine.done, total });
  }
}

/**
 * Picks the build, downloads it beside the model, and makes the engine. With backend 'auto', WebGPU
 * that does not start gives way to the CPU, and `fallback` says why.
 */
export async function load(
  request: Request,
  fetch: Net['fetch'],
  onProgress: OnProgress,
  onLost: (error: SodaError) => void,
): Promise<Loaded> {
  const net = netOf(fetch, request.cache);
  const meter = new Meter(onProgress);
  const against = request.backend === 'cpu' ? undefined : await reasonAgainstWebGpu();
  if (request.backend === 'webgpu' && against !== undefined) {
    throw new SodaError('unsupported', `no WebGPU: ${against}; load with backend 'auto' or 'cpu'`);
  }
  const wantsGpu = request.backend !== 'cpu' && against === undefined;
  const model = readModel(request.model, net, meter.weights);
  model.catch(() => undefined); // Awaited below, perhaps after the engine has failed.

  const start = async (backend: Backend): Promise<Loaded> => {
    const urls = request.engines[backend === 'cpu' && hasRelaxedSimd() ? 'cpu-relaxed' : backend];
    const wasm = await fetchCounted(urls.wasm, net, meter.engine);
    const module = await startEngine(urls, wasm);
    const { config, weights } = await model;
    onProgress({ stage: 'compile', done: 0, total: 1 });
    const engine = await module.Engine.load(config, weights);
    onProgress({ stage: 'compile', done: 1, total: 1 });
    return { engine, module, config: engine.info(), backend };
  };

  if (!wantsGpu)
    return { ...(await start('cpu')), ...(against === undefined ? {} : { fallback: against }) };
  try {
    const lost = watchDevice(onLost);
    const loaded = await Promise.race([
      lost.whileStarting,
      start('webgpu').then((it) => warmUp(it, onProgress)),
    ]);
    lost.started();
    return loaded;
  } catch (thrown) {
    const error = SodaError.from(thrown);
    if (request.backend === 'webgpu') throw error;
    await model; // Where the model is at fault, the CPU will not do better.
    if (error.code === 'weights') throw error;
    return { ...(await start('cpu')), fallback: `WebGPU did not start: ${error.message}` };
  }
}

/**
 * What this browser has for downloads. Pages that are not served safely get neither a cache nor
 * hashes.
 */
function netOf(fetch: Net['fetch'], cache: boolean): Net {
  return {
    fetch,
    ...(cache && 'caches' in globalThis && { caches }),
    ...(globalThis.isSecureContext && {
      digest: (bytes) => crypto.subtle.digest('SHA-256', bytes),
    }),
  };
}

/**
 * Shaders are compiled at the first step, so take one. It also shows whether this driver gets them
 * right.
 */
async function warmUp(loaded: Loaded, onProgress: OnProgress): Promise<Loaded> {
  onProgress({ stage: 'warm-up', done: 0, total: 1 });
  await loaded.engine.warmUp();
  onProgress({ stage: 'warm-up', done: 1, total: 1 });
  return loaded;
}

/** A device lost while starting makes the start fail; one lost later goes to `onLost`. */
function watchDevice(onLost: (error: SodaError) => void): {
  whileStarting: Promise<never>;
  started: () => void;
} {
  let report: (error: SodaError) => void = onLost;
  const whileStarting = new Promise<never>((_, reject) => {
    report = reject;
  });
  onDeviceLost((message) => {
    const why = message === '' ? '' : ` (${message})`;
    report(
      new SodaError('device-lost', `the graphics device was lost${why}; load the model again`),
    );
  });
  return {
    whileStarting,
    started: () => {
      report = onLost;
    },
  };
}

async function readModel(model: Request['model'], net: Net, onBytes: OnBytes): Promise<ModelText> {
  if ('url' in model) return fetchModel(new URL(model.url), net, onBytes);
  const buffer = model.weights instanceof Blob ? await model.weights.arrayBuffer() : model.weights;
  onBytes(buffer.byteLength, buffer.byteLength);
  return { config: checkJson(model.config, 'config'), weights: new Uint8Array(buffer) };
}
