import type { Latent } from 'soda-morph';
import { directionsOf } from './principal.js';

/** Latents in, directions out. */
addEventListener('message', ({ data }: MessageEvent<Latent[]>) => {
  postMessage(directionsOf(data));
});
