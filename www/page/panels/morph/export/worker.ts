import type { Destination } from './destination.js';
import type { Job, Order } from './formats.js';
import type { Message, Reply } from './messages.js';
import { type Sink, openSink } from './sink.js';

/** Frames that were asked for and have not come. */
const waiting = new Map<number, (frame: ImageData) => void>();
const ending = new AbortController();

/**
 * Writes one file; encoding in the page would freeze it. After the order come the frames that it
 * asks for.
 */
addEventListener('message', ({ data }: MessageEvent<Message>) => {
  if (data.kind === 'abort') ending.abort();
  else if (data.kind === 'frame') {
    waiting.get(data.index)?.(data.frame);
    waiting.delete(data.index);
  } else
    run(data.order, data.destination).then(
      (parts) => {
        reply({ kind: 'done', parts });
      },
      (thrown: unknown) => {
        const { name, message } =
          thrown instanceof Error ? thrown : { name: 'Error', message: String(thrown) };
        reply({ kind: 'failed', name, message });
      },
    );
});

async function run(
  order: Order,
  destination: Destination,
): Promise<Uint8Array<ArrayBuffer>[] | undefined> {
  const sink = await openSink(destination);
  try {
    await write({ ...order, frame: ask }, sink);
    ending.signal.throwIfAborted();
    return await sink.close();
  } catch (thrown) {
    await sink.abort().catch(() => undefined); // What went wrong first is what is told.
    throw thrown;
  }
}

async function write(job: Job, sink: Sink): Promise<void> {
  const onFrame = (done: number, total: number): void => {
    ending.signal.throwIfAborted();
    reply({ kind: 'progress', done, total });
  };
  const onBeat = (done: number): void => {
    onFrame(done, job.beats.length);
  };
  switch (job.format) {
    case 'png':
      return (await import('./strip.js')).stripPng(job, sink, onFrame);
    case 'frames':
      return (await import('./sequence.js')).sequence(job, sink, onFrame);
    case 'gif':
      return (await import('./gif.js')).animatedGif(job, sink, onBeat);
    case 'apng':
      return (await import('./apng.js')).animatedPng(job, sink, onBeat);
    case 'mp4':
    case 'webm':
      return (await import('./video.js')).video({ ...job, format: job.format }, sink, onFrame);
  }
}

/** One frame at a time: no more of them are held than are being written. */
function ask(index: number): Promise<ImageData> {
  const { signal } = ending;
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener('abort', abort, { once: true });
    waiting.set(index, (frame) => {
      signal.removeEventListener('abort', abort);
      resolve(frame);
    });
    reply({ kind: 'frame', index });
  });
}

function reply(message: Reply): void {
  postMessage(message);
}
