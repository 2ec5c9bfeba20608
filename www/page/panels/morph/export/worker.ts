import type { Order, Reply } from './formats.js';

/** Writes one file; encoding in the page would freeze it. */
addEventListener('message', ({ data }: MessageEvent<Order>) => {
  write(data).then(
    (file) => { reply({ kind: 'done', file }); },
    (error: unknown) => { reply({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }); },
  );
});

async function write(order: Order): Promise<Blob> {
  const total = order.beats.length;
  const onBeat = (done: number): void => { reply({ kind: 'progress', done, total }); };
  switch (order.format) {
    case 'png': return (await import('./strip.js')).stripPng(order);
    case 'gif': return (await import('./gif.js')).animatedGif(order, onBeat);
    case 'apng': return (await import('./apng.js')).animatedPng(order, onBeat);
    case 'mp4':
    case 'webm': return (await import('./video.js')).video({ ...order, format: order.format }, (done, frames) => { reply({ kind: 'progress', done, total: frames }); });
  }
}

function reply(message: Reply): void {
  postMessage(message);
}
