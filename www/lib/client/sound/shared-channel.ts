import type { SoundJobs, SoundUrls } from '../../shared/sound-protocol.js';
import { JobChannel } from '../job-channel.js';
import { absoluteUrl, checkSupport, here, sameOrigin, startAt } from '../worker-script.js';

// One worker for all sounds of a page.
let channel: JobChannel<SoundJobs> | undefined;

/** The page's worker; another one where the last has failed. */
export function sharedChannel(workerUrl: string | URL | undefined): JobChannel<SoundJobs> {
  if (channel === undefined || channel.ended) channel = new JobChannel(start(workerUrl), 'sound');
  return channel;
}

/** The addresses of the module. */
export function urlsOf(wasmUrl: string | URL | undefined): SoundUrls {
  if (wasmUrl === undefined) {
    here();
    // Written out in full, so that bundlers see each file.
    return {
      module: new URL('./sound/soda.js', import.meta.url).href,
      wasm: new URL('./sound/soda_bg.wasm', import.meta.url).href,
    };
  }
  const folder = new URL(absoluteUrl(wasmUrl));
  if (!folder.pathname.endsWith('/')) folder.pathname += '/';
  return {
    module: new URL('soda.js', folder).href,
    wasm: new URL('soda_bg.wasm', folder).href,
  };
}

function start(workerUrl: string | URL | undefined): Worker {
  checkSupport();
  // Bundlers know this form and carry the script along.
  if (workerUrl === undefined && sameOrigin(here())) {
    return new Worker(new URL('./sound-worker.js', import.meta.url), {
      type: 'module',
      name: 'soda-sound',
    });
  }
  return startAt(
    workerUrl === undefined ? new URL('sound-worker.js', here()).href : absoluteUrl(workerUrl),
  );
}
