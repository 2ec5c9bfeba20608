import { principalDirections } from './principal.js';

/** Latents in, directions out. */
addEventListener(
  'message',
  ({ data }: MessageEvent<{ latents: Float32Array[]; groups: number[] }>) => {
    postMessage(principalDirections(data.latents, data.groups));
  },
);
