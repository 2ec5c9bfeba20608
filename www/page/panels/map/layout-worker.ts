import { type Step, arrange } from './arrange.js';
import { alongTheCurve } from './plane.js';

/** To the worker. */
export interface Request {
  /** What describes each picture. */
  rows: readonly Float32Array[];
}

/** From the worker: positions on their way, and in the end all there is. */
export type Answer = Exclude<Step, { kind: 'done' }> | Done;
type Done = Extract<Step, { kind: 'done' }> & { order: Int32Array<ArrayBuffer> };

self.addEventListener('message', ({ data: { rows } }: MessageEvent<Request>) => {
  for (const step of arrange(rows))
    tell(step.kind === 'done' ? { ...step, order: alongTheCurve(step.positions) } : step);
});

function tell(answer: Answer): void {
  postMessage(answer);
}
