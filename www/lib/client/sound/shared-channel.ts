import type { SoundJobs, SoundUrls } from '../../shared/sound-protocol.js';
import { type JobChannel, SharedChannel, moduleIn } from '../job-channel.js';
import { here } from '../worker-script.js';

// One worker for all sounds of a page.
const shared = new SharedChannel<SoundJobs>(
  'sound',
  'sound-worker.js',
  () =>
    new Worker(new URL('./sound-worker.js', import.meta.url), {
      type: 'module',
      name: 'soda-sound',
    }),
);

/** The page's worker; another one where the last has failed. */
export function sharedChannel(workerUrl: string | URL | undefined): JobChannel<SoundJobs> {
  return shared.at(workerUrl);
}

/** The addresses of the module. */
export function urlsOf(wasmUrl: string | URL | undefined): SoundUrls {
  if (wasmUrl !== undefined) return moduleIn(wasmUrl);
  here();
  // Written out in full, so that bundlers see each file.
  return {
    module: new URL('./sound/soda.js', import.meta.url).href,
    wasm: new URL('./sound/soda_bg.wasm', import.meta.url).href,
  };
}
