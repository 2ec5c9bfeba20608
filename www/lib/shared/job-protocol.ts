import type { SodaErrorCode } from './error.js';

/** Jobs of a worker by kind: what each takes, and what it gives. */
export type JobTable<J> = { [K in keyof J]: { request: unknown; result: unknown } };

/** What the page asks of a worker with these jobs. */
export type JobRequest<J extends JobTable<J>> = {
  [K in keyof J]: { id: number; kind: K; request: J[K]['request'] };
}[keyof J];

/** What such a worker answers. */
export type JobAnswer =
  | { id: number; kind: 'progress'; done: number; total: number }
  | { id: number; kind: 'done'; result: unknown }
  | { id: number; kind: 'failed'; code: SodaErrorCode; message: string };
