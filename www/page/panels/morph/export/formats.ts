import type { VideoCodec } from 'mediabunny';
import type { Beat } from '../timeline.js';

export const FORMATS = ['png', 'gif', 'apng', 'mp4', 'webm'] as const;
export type Format = (typeof FORMATS)[number];
export type VideoFormat = Extract<Format, 'mp4' | 'webm'>;

/**
 * What is to be written. Frames are RGBA, all of one size; they are enlarged to `size` pixels
 * square.
 */
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
export const EXTENSION: Readonly<Record<Format, string>> = { png: 'png', gif: 'gif', apng: 'png', mp4: 'mp4', webm: 'webm' };

/**
 * Codecs in the order of preference, by the names of the writer and of WebCodecs: every player
 * knows H.264 in MP4, and every browser that encodes has VP9 or VP8.
 */
const CODECS: Readonly<Record<VideoFormat, readonly (readonly [VideoCodec, string])[]>> = {
  mp4: [['avc', 'avc1.42001f'], ['vp9', 'vp09.00.31.08'], ['av1', 'av01.0.04M.08']],
  webm: [['vp9', 'vp09.00.31.08'], ['vp8', 'vp8']],
};

/** Whether it is a video, which not every browser can encode. */
export function isVideo(format: Format): format is VideoFormat {
  return format === 'mp4' || format === 'webm';
}

/** The codec that this browser encodes a video of this size with; undefined where it cannot. */
export async function findVideoCodec(format: VideoFormat, size: number): Promise<VideoCodec | undefined> {
  if (!('VideoEncoder' in globalThis)) return undefined;
  for (const [name, codec] of CODECS[format]) {
    const config = { codec, width: size, height: size, framerate: VIDEO_RATE };
    const { supported } = await VideoEncoder.isConfigSupported(config).catch(() => ({ supported: false }));
    if (supported) return name;
  }
  return undefined;
}
