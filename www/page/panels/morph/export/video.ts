import {
  CanvasSource,
  Mp4OutputFormat,
  Output,
  Quality,
  StreamTarget,
  type StreamTargetChunk,
  WebMOutputFormat,
} from 'mediabunny';
import { context2d, enlarge } from '../../../parts/enlarge.js';
import { beatAt, duration } from '../timeline.js';
import { type Job, type VideoFormat, findVideoCodec } from './formats.js';
import type { Sink } from './sink.js';

/** Seconds from one key picture to the next, so that players can jump. */
const KEY_EVERY = 2;
/** Bytes that are gathered for a write. A few such pieces are held at once. */
const PIECE = 2 ** 20;

/** One round at a steady rate. Throws where the browser cannot encode video. */
export async function video(
  { frame, beats, size, rate, format }: Job & { format: VideoFormat },
  sink: Sink,
  onFrame: (done: number, total: number) => void,
): Promise<void> {
  const codec = await findVideoCodec(format, size);
  if (!codec) throw new Error('this browser cannot encode video');
  const output = new Output({
    // Room is left for the index at the beginning: players then need not look for it at the end.
    format:
      format === 'mp4' ? new Mp4OutputFormat({ fastStart: 'reserve' }) : new WebMOutputFormat(),
    target: new StreamTarget(
      new WritableStream<StreamTargetChunk>({
        write: ({ data, position }) => sink.write(data, position),
      }),
      { chunked: true, chunkSize: PIECE },
    ),
  });
  const canvas = new OffscreenCanvas(size, size);
  const context = context2d(canvas);
  const track = new CanvasSource(canvas, {
    codec,
    quality: new Quality('high'),
    keyFrameInterval: KEY_EVERY,
  });
  const total = Math.max(1, Math.round((duration(beats) / 1000) * rate));
  output.addVideoTrack(track, { frameRate: rate, maximumPacketCount: total });
  try {
    await output.start();
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
  } catch (thrown) {
    await output.cancel().catch(() => undefined); // Sets the encoder free.
    throw thrown;
  }
}
