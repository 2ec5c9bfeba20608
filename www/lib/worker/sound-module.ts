import type { SoundUrls } from '../shared/sound-protocol.js';
import { fetchCounted } from './download.js';
import { type WasmModule, startModule } from './wasm-module.js';

/** The face of `src/web/sound.rs`. */
export interface SoundModule extends WasmModule {
  note(kind: string): Float32Array<ArrayBuffer>;
  excerpt(samples: Float32Array): Float32Array<ArrayBuffer>;
  spectrogram(samples: Float32Array): Uint8ClampedArray<ArrayBuffer>;
  sound(rgba: Uint8ClampedArray): Float32Array<ArrayBuffer>;
  wav(samples: Float32Array): Uint8Array<ArrayBuffer>;
}

const net = { fetch: (url: string, init: RequestInit): Promise<Response> => fetch(url, init) };
let started: Promise<SoundModule> | undefined;

/** The module; it is loaded once. What failed may work the next time. */
export function soundModule({ module, wasm }: SoundUrls): Promise<SoundModule> {
  started ??= fetchCounted(wasm, net, () => undefined).then((response) =>
    startModule<SoundModule>(module, response),
  );
  started.catch(() => {
    started = undefined;
  });
  return started;
}
