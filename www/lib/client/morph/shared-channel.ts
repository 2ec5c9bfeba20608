import { MorphChannel } from './morph-channel.js';

// One worker for all morphs and descriptions of a page.
let channel: MorphChannel | undefined;
let numbers = 0;

/** The page's worker; another one where the last has failed. */
export function sharedChannel(workerUrl: string | URL | undefined): MorphChannel {
  if (channel === undefined || channel.ended) channel = new MorphChannel(workerUrl);
  return channel;
}

/** A number that no other morph of the page has. */
export function nextNumber(): number {
  return numbers++;
}
