import { ArrayBufferTarget, Muxer } from 'webm-muxer';
import { beatAt, duration } from '../timeline.js';
import { enlarge } from '../../../parts/enlarge.js';
import { type Order, VIDEO_RATE, findVideoCodec } from './formats.js';

/** A key picture every so many frames, so that players can jump. */
const KEY_EVERY = 60;
/** The encoder is not given more than this at once. */
const MOST_WAITING = 8;

/** One round at a steady rate. Throws where the browser cannot encode video. */
export async function video({ frames, beats, size }: Order, onFrame: (done: number, total: number) => void): Promise<Blob> {
  const found = await findVideoCodec(size);
  if (!found) throw new Error('this browser cannot encode video');
  const muxer = new Muxer({ target: new ArrayBufferTarget(), video: { codec: found.codec, width: size, height: size, frameRate: VIDEO_RATE } });
  let failure: Error | undefined;
  const encoder = new VideoEncoder({
    output: (chunk, meta) => { muxer.addVideoChunk(chunk, meta); },
    error: (error) => { failure = error; },
  });
  encoder.configure(found.config);
  const pictures = new Map<number, OffscreenCanvas>();
  const total = Math.max(1, Math.round((duration(beats) / 1000) * VIDEO_RATE));
  for (let i = 0; i < total; i++) {
    const at = beats[beatAt(beats, (1000 * i) / VIDEO_RATE)]?.frame ?? 0;
    const frame = frames[at];
    const picture = pictures.get(at) ?? (frame && enlarge(frame, size));
    if (!picture) continue;
    pictures.set(at, picture);
    const microseconds = 1e6 / VIDEO_RATE;
    const shot = new VideoFrame(picture, { timestamp: Math.round(i * microseconds), duration: Math.round(microseconds) });
    encoder.encode(shot, { keyFrame: i % KEY_EVERY === 0 });
    shot.close();
    while (encoder.encodeQueueSize > MOST_WAITING) await new Promise((resolve) => { encoder.addEventListener('dequeue', resolve, { once: true }); });
    onFrame(i + 1, total);
    if (failure) throw failure;
  }
  await encoder.flush();
  if (failure) throw failure;
  encoder.close();
  muxer.finalize();
  return new Blob([muxer.target.buffer], { type: 'video/webm' });
}
