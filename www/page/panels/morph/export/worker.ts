import type { Delivery, Job, Order, Reply } from './formats.js';

/** Frames that were asked for and have not come. */
const waiting = new Map<number, (frame: ImageData) => void>();

/**
 * Writes one file; encoding in the page would freeze it. After the order come the frames that it
 * asks for.
 */
addEventListener('message', ({ data }: MessageEvent<Order | Delivery>) => {
  if ('index' in data) {
    waiting.get(data.index)?.(data.frame);
    waiting.delete(data.index);
    return;
  }
  write({ ...data, frame: ask }).then(
    (file) => {
      reply({ kind: 'done', file });
    },
    (error: unknown) => {
      reply({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
    },
  );
});

async function write(job: Job): Promise<Blob> {
  const onFrame = (done: number, total: number): void => {
    reply({ kind: 'progress', done, total });
  };
  const onBeat = (done: number): void => {
    onFrame(done, job.beats.length);
  };
  switch (job.format) {
    case 'png':
      return (await import('./strip.js')).stripPng(job, onFrame);
    case 'frames':
      return (await import('./sequence.js')).sequence(job, onFrame);
    case 'gif':
      return (await import('./gif.js')).animatedGif(job, onBeat);
    case 'apng':
      return (await import('./apng.js')).animatedPng(job, onBeat);
    case 'mp4':
    case 'webm':
      return (await import('./video.js')).video({ ...job, format: job.format }, onFrame);
  }
}

/** One frame at a time: no more of them are held than are being written. */
function ask(index: number): Promise<ImageData> {
  return new Promise((resolve) => {
    waiting.set(index, resolve);
    reply({ kind: 'frame', index });
  });
}

function reply(message: Reply): void {
  postMessage(message);
}
