import type { Order, Reply } from './formats.js';

/** Writes a film as a file, in a worker of its own; an abort ends it at once. */
export function exportFilm(order: Order, signal: AbortSignal, onProgress: (done: number, total: number) => void): Promise<Blob> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  return new Promise<Blob>((resolve, reject) => {
    signal.addEventListener('abort', () => { reject(new DOMException('aborted', 'AbortError')); }, { once: true });
    worker.addEventListener('error', ({ message }) => { reject(new Error(message || 'the worker that writes files could not be loaded')); });
    worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => {
      if (data.kind === 'progress') onProgress(data.done, data.total);
      else if (data.kind === 'done') resolve(data.file);
      else reject(new Error(data.message));
    });
    worker.postMessage(order);
  }).finally(() => { worker.terminate(); });
}
