import type { MorphUrls } from '../../shared/morph-protocol.js';
import { moduleIn } from '../job-channel.js';
import { absoluteUrl, here } from '../worker-script.js';

/** Where a page has the morph's files, when its bundler did not place them beside the module. */
export interface MorphPlaces {
  /** The matcher's weights. */
  matcherUrl?: string | URL | undefined;
  /** The folder that holds `soda.js` and `soda_bg.wasm` of the morph. */
  wasmUrl?: string | URL | undefined;
  /** The worker script `morph-worker.js`. */
  workerUrl?: string | URL | undefined;
}

/** The addresses of the module and, unless it is `plain`, of the matcher. */
export function urlsOf({ matcherUrl, wasmUrl }: MorphPlaces, plain = false): MorphUrls {
  if (wasmUrl === undefined || matcherUrl === undefined) here();
  // Written out in full, so that bundlers see each file.
  const { module, wasm } =
    wasmUrl === undefined
      ? {
          module: new URL('./morph/soda.js', import.meta.url).href,
          wasm: new URL('./morph/soda_bg.wasm', import.meta.url).href,
        }
      : moduleIn(wasmUrl);
  if (plain) return { module, wasm };
  const matcher =
    matcherUrl === undefined
      ? new URL('./morph/matcher.safetensors', import.meta.url).href
      : absoluteUrl(matcherUrl);
  return { module, wasm, matcher };
}
