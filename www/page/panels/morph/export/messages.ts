import type { Destination } from './destination.js';
import type { Order } from './formats.js';

/** To the worker: the order, then the frames that it asks for, or that it is to end. */
export type Message =
  | { kind: 'order'; order: Order; destination: Destination }
  | { kind: 'frame'; index: number; frame: ImageData }
  | { kind: 'abort' };

/**
 * From the worker: what it needs and how far it is, then that the file is whole, or what went
 * wrong. Nothing is left open after either.
 */
export type Reply =
  | { kind: 'frame'; index: number }
  | { kind: 'progress'; done: number; total: number }
  /** `parts` where the file is in memory. */
  | { kind: 'done'; parts: Uint8Array<ArrayBuffer>[] | undefined }
  | { kind: 'failed'; name: string; message: string };
