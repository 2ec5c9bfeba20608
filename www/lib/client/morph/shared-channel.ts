import type { MorphJobs } from '../../shared/morph-protocol.js';
import { JobChannel } from '../job-channel.js';
import { absoluteUrl, checkSupport, here, sameOrigin, startAt } from '../worker-script.js';

export type MorphChannel = JobChannel<MorphJobs>;

// One worker for all morphs and descriptions of a page.
let channel: MorphChannel | undefined;
let numbers = 0;

/** The page's worker; another one where the last has failed. */
export function sharedChannel(workerUrl: string | URL | undefined): MorphChannel {
  if (channel === undefined || channel.ended) {
    channel = new JobChannel(start(workerUrl), 'morph');
  }
  return channel;
}

/** A number that no other morph of the page has. */
export function nextNumber(): number {
  return numbers++;
}

function start(workerUrl: string | URL | undefined): Worker {
  checkSupport();
  // Bundlers know this form and carry the script along.
  if (workerUrl === undefined && sameOrigin(here())) {
    return new Worker(new URL('./morph-worker.js', import.meta.url), {
      type: 'module',
      name: 'soda-morph',
    });
  }
  return startAt(
    workerUrl === undefined ? new URL('morph-worker.js', here()).href : absoluteUrl(workerUrl),
  );
}
