import type { Delivery, Job, Order, Reply } from './formats.js';

/**
 * Writes a film as a file, in a worker of its own that asks for frame after frame; an abort ends it
 * at once.
 */
export function exportFilm(
  { frame, ...order }: Job,
  signal: AbortSignal,
  onProgress: (done: number, total: number) => void,
): Promise<Blob> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  return new Promise<Blob>((resolve, reject) => {
    signal.addEventListener(
      'abort',
      () => {
        reject(new DOMException('aborted', 'AbortError'));
      },
      { once: true },
    );
    worker.addEventListener('error', ({ message }) => {
      reject(new Error(message || 'the worker that writes files could not be loaded'));
    });
    worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => {
      if (data.kind === 'progress') onProgress(data.done, data.total);
      else if (data.kind === 'done') resolve(data.file);
      else if (data.kind === 'failed') reject(new Error(data.message));
      else {
        const { index } = data;
        frame(index).then((picture) => {
          const delivery: Delivery = { index, frame: picture };
          worker.postMessage(delivery);
        }, reject);
      }
    });
    worker.postMessage(order satisfies Order);
  }).finally(() => {
    worker.terminate();
  });
}
