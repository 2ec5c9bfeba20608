import { BufferTarget, CanvasSource, Mp4OutputFormat, Output, Quality, WebMOutputFormat } from 'mediabunny';
import { context2d, enlarge } from '../../../parts/enlarge.js';
import { beatAt, duration } from '../timeline.js';
import { type Order, VIDEO_RATE, type VideoFormat, findVideoCodec } from './formats.js';

/** Seconds from one key picture to the next, so that players can jump. */
const KEY_EVERY = 2;

/** One round at a steady rate. Throws where the browser cannot encode video. */
export async function video({ frames, beats, size, format }: Order & { format: VideoFormat }, onFrame: (done: number, total: number) => void): Promise<Blob> {
  const codec = await findVideoCodec(format, size);
  if (!codec) throw new Error('this browser cannot encode video');
  const output = new Output({
    format: format === 'mp4' ? new Mp4OutputFormat({ fastStart: 'in-memory' }) : new WebMOutputFormat(),
    target: new BufferTarget(),
  });
  const canvas = new OffscreenCanvas(size, size);
  const context = context2d(canvas);
  const track = new CanvasSource(canvas, { codec, quality: new Quality('high'), keyFrameInterval: KEY_EVERY });
  output.addVideoTrack(track, { frameRate: VIDEO_RATE });
  await output.start();
  const pictures = new Map<number, OffscreenCanvas>();
  const total = Math.max(1, Math.round((duration(beats) / 1000) * VIDEO_RATE));
  for (let i = 0; i < total; i++) {
    const at = beats[beatAt(beats, (1000 * i) / VIDEO_RATE)]?.frame ?? 0;
    const frame = frames[at];
    const picture = pictures.get(at) ?? (frame && enlarge(frame, size));
    if (!picture) continue;
    pictures.set(at, picture);
    context.drawImage(picture, 0, 0);
    // Resolves once the encoder takes more.
    await track.add(i / VIDEO_RATE, 1 / VIDEO_RATE);
    onFrame(i + 1, total);
  }
  await output.finalize();
  const { buffer } = output.target;
  if (!buffer) throw new Error('the video came out empty');
  return new Blob([buffer], { type: `video/${format}` });
}
