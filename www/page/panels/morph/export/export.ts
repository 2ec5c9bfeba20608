import { type Destination, discard, discardLater } from './destination.js';
import { type Job, MIME } from './formats.js';
import type { Message, Reply } from './messages.js';

/** A worker that does not end by itself within this time is ended. */
const PATIENCE_MS = 3000;

/** A film that is whole. */
export interface Written {
  /** In bytes. */
  size: number;
  /** What is to be downloaded; undefined where it stands already where it was to go. */
  file: Blob | undefined;
}

/**
 * Writes a film to a destination, in a worker of its own that asks for frame after frame. Where it
 * fails or is aborted, the worker has let go of the file, which its caller is to discard.
 */
export async function exportFilm(
  { frame, ...order }: Job,
  destination: Destination,
  signal: AbortSignal,
  onProgress: (done: number, total: number) => void,
): Promise<Written> {
  signal.throwIfAborted();
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  const post = (message: Message): void => {
    worker.postMessage(message);
  };
  try {
    const parts = await new Promise<readonly BlobPart[] | undefined>((resolve, reject) => {
      let reason: unknown;
      const end = (why: unknown): void => {
        reason ??= why;
        post({ kind: 'abort' });
        setTimeout(reject, PATIENCE_MS, reason);
      };
      signal.addEventListener(
        'abort',
        () => {
          end(signal.reason);
        },
        { once: true },
      );
      worker.addEventListener('error', ({ message }) => {
        reject(new Error(message || 'the worker that writes files could not be loaded'));
      });
      worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => {
        if (data.kind === 'progress') onProgress(data.done, data.total);
        else if (data.kind === 'done') resolve(data.parts);
        else if (data.kind === 'failed')
          reject((reason as Error | undefined) ?? new DOMException(data.message, data.name));
        else if (!signal.aborted) {
          const { index } = data;
          frame(index).then((picture) => {
            post({ kind: 'frame', index, frame: picture });
          }, end);
        }
      });
      post({ kind: 'order', order, destination });
    });
    return await written(destination, order.format, parts);
  } finally {
    worker.terminate();
  }
}

async function written(
  destination: Destination,
  format: Job['format'],
  parts: readonly BlobPart[] | undefined,
): Promise<Written> {
  if (parts) {
    await discard(destination); // The worker could not open it.
    const file = new Blob([...parts], { type: MIME[format] });
    return { size: file.size, file };
  }
  if (destination.kind === 'memory') throw new Error('the file came out empty');
  const file = await destination.handle.getFile();
  if (destination.kind === 'chosen') return { size: file.size, file: undefined };
  discardLater(destination);
  return { size: file.size, file };
}
