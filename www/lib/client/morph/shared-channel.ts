import type { MorphJobs } from '../../shared/morph-protocol.js';
import { type JobChannel, SharedChannel } from '../job-channel.js';

export type MorphChannel = JobChannel<MorphJobs>;

// One worker for all morphs and descriptions of a page.
const shared = new SharedChannel<MorphJobs>(
  'morph',
  'morph-worker.js',
  () =>
    new Worker(new URL('./morph-worker.js', import.meta.url), {
      type: 'module',
      name: 'soda-morph',
    }),
);
let numbers = 0;

/** The page's worker; another one where the last has failed. */
export function sharedChannel(workerUrl: string | URL | undefined): MorphChannel {
  return shared.at(workerUrl);
}

/** A number that no other morph of the page has. */
export function nextNumber(): number {
  return numbers++;
}
