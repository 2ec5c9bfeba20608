import {
  BufferTarget,
  CanvasSource,
  Mp4OutputFormat,
  Output,
  Quality,
  WebMOutputFormat,
} from 'mediabunny';
import { context2d, enlarge } from '../../../parts/enlarge.js';
import { beatAt, duration } from '../timeline.js';
import { type Job, type VideoFormat, findVideoCodec } from './formats.js';

/** Seconds from one key picture to the next, so that players can jump. */
const KEY_EVERY = 2;

/** One round at a steady rate. Throws where the browser cannot encode video. */
export async function video(
  { frame, beats, size, rate, format }: Job & { format: VideoFormat },
  onFrame: (done: number, total: number) => void,
): Promise<Blob> {
  const codec = await findVideoCodec(format, size);
  if (!codec) throw new Error('this browser cannot encode video');
  const output = new Output({
    format:
      format === 'mp4' ? new Mp4OutputFormat({ fastStart: 'in-memory' }) : new WebMOutputFormat(),
    target: new BufferTarget(),
  });
  const canvas = new OffscreenCanvas(size, size);
  const context = context2d(canvas);
  const track = new CanvasSource(canvas, {
    codec,
    quality: new Quality('high'),
    keyFrameInterval: KEY_EVERY,
  });
  output.addVideoTrack(track, { frameRate: rate });
  await output.start();
  const total = Math.max(1, Math.round((duration(beats) / 1000) * rate));
  let drawn = -1;
  for (let i = 0; i < total; i++) {
    const at = beats[beatAt(beats, (1000 * i) / rate)]?.frame ?? 0;
    if (at !== drawn) {
      // Videos have no transparency: pictures stand on white, as in the page.
      context.fillStyle = '#fff';
      context.fillRect(0, 0, size, size);
      context.drawImage(enlarge(await frame(at), size), 0, 0);
      drawn = at;
    }
    // Resolves once the encoder takes more.
    await track.add(i / rate, 1 / rate);
    onFrame(i + 1, total);
  }
  await output.finalize();
  const { buffer } = output.target;
  if (!buffer) throw new Error('the video came out empty');
  return new Blob([buffer], { type: `video/${format}` });
}
