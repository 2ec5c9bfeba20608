import type { Positions } from './plane.js';
import type { Neighbours } from './neighbours.js';

/** To the worker. */
export interface Request {
  /** [count, width] */
  latents: Float32Array<ArrayBuffer>;
  width: number;
}

/** From the worker: positions on their way, and in the end all there is. */
export type Answer =
  | { kind: 'neighbours'; share: number }
  | { kind: 'positions'; share: number; positions: Positions }
  | { kind: 'done'; neighbours: Neighbours; order: Int32Array<ArrayBuffer> };
