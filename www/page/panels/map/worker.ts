import { arrange } from './arrange.js';
import { random } from '../../parts/random.js';
import { type Neighbours, neighbours, normalised } from './neighbours.js';
import { type Positions, alongTheCurve } from './plane.js';

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

/** Neighbours that the map is made from, which are also those it shows. */
const NEIGHBOURS = 15;

self.addEventListener('message', ({ data }: MessageEvent<Request>) => {
  const { latents, width } = data;
  const count = latents.length / width;
  const found = neighbours(normalised(latents, width), width, NEIGHBOURS, (rows) => {
    if (rows % 100 === 0) tell({ kind: 'neighbours', share: rows / count });
  });
  let order = new Int32Array();
  for (const { share, positions } of arrange(count, found, random(1).uniform)) {
    if (share === 1) order = alongTheCurve(positions);
    tell({ kind: 'positions', share, positions });
  }
  tell({ kind: 'done', neighbours: found, order });
});

function tell(answer: Answer): void {
  postMessage(answer);
}
