import type { Beat } from '../timeline.js';

export const FORMATS = ['png', 'gif', 'apng', 'webm'] as const;
export type Format = (typeof FORMATS)[number];

/** What is to be written. Frames are RGBA, all of one size; they are enlarged to `size` pixels square. */
export interface Order {
  format: Format;
  frames: readonly ImageData[];
  /** For the moving formats: one round. */
  beats: readonly Beat[];
  /** For GIF and APNG, which say it in the file. */
  endless: boolean;
  size: number;
  /** What the PNG shows in rows; without it, all frames in one. */
  sheet?: { frames: readonly ImageData[]; columns: number } | undefined;
}

/** From the worker: how far it is, then the file or what went wrong. */
export type Reply =
  | { kind: 'progress'; done: number; total: number }
  | { kind: 'done'; file: Blob }
  | { kind: 'failed'; message: string };

/** Frames of video a second. */
export const VIDEO_RATE = 30;

/** Extensions of file names. A moving PNG is called .png, so that every viewer takes it. */
export const EXTENSION: Readonly<Record<Format, string>> = { png: 'png', gif: 'gif', apng: 'png', webm: 'webm' };

/** How a video of this size is encoded; `codec` names it for WebM, `config.codec` for the encoder. In the order of preference. */
export function videoCodecs(size: number): { codec: string; config: VideoEncoderConfig }[] {
  const common = { width: size, height: size, framerate: VIDEO_RATE, bitrate: Math.max(400_000, size * size * VIDEO_RATE * 0.35) };
  return [
    { codec: 'V_VP9', config: { ...common, codec: 'vp09.00.31.08' } },
    { codec: 'V_VP8', config: { ...common, codec: 'vp8' } },
  ];
}

/** The first of them that this browser can encode; undefined where it cannot encode video. */
export async function findVideoCodec(size: number): Promise<ReturnType<typeof videoCodecs>[number] | undefined> {
  if (!('VideoEncoder' in globalThis)) return undefined;
  for (const each of videoCodecs(size)) {
    const { supported } = await VideoEncoder.isConfigSupported(each.config).catch(() => ({ supported: false }));
    if (supported) return each;
  }
  return undefined;
}
