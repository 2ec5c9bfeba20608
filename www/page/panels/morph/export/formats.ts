import type { VideoCodec } from 'mediabunny';
import type { Beat } from '../timeline.js';

export const FORMATS = ['mp4', 'webm', 'gif', 'apng', 'frames', 'png'] as const;
export type Format = (typeof FORMATS)[number];
export type VideoFormat = Extract<Format, 'mp4' | 'webm'>;

/**
 * What is to be written. Frames are RGBA, asked for one by one; they are enlarged to `size` pixels
 * square.
 */
export interface Order {
  format: Format;
  /** How many frames there are. */
  frames: number;
  /** For the moving formats: one round. */
  beats: readonly Beat[];
  /** For GIF and APNG, which say it in the file. */
  endless: boolean;
  size: number;
  /** Frames of video a second. */
  rate: number;
  /** What the PNG shows in a row; without it, all frames. */
  columns?: number | undefined;
}

/** An order, and where its frames come from. */
export interface Job extends Order {
  frame: (index: number) => Promise<ImageData>;
}

/** Frames of video a second to choose from. */
export const RATES = [15, 30, 60] as const;
/** A codec is judged by what it does at this rate. */
const USUAL_RATE = 30;

/** Extensions of file names. A moving PNG is called .png, so that every viewer takes it. */
export const EXTENSION: Readonly<Record<Format, string>> = {
  png: 'png',
  gif: 'gif',
  apng: 'png',
  frames: 'zip',
  mp4: 'mp4',
  webm: 'webm',
};

/** Types of the files, for the dialog and for what is downloaded. */
export const MIME: Readonly<Record<Format, string>> = {
  png: 'image/png',
  gif: 'image/gif',
  apng: 'image/apng',
  frames: 'application/zip',
  mp4: 'video/mp4',
  webm: 'video/webm',
};

/**
 * Codecs in the order of preference, by the names of the writer and of WebCodecs: every player
 * knows H.264 in MP4, and every browser that encodes has VP9 or VP8.
 */
const CODECS: Readonly<Record<VideoFormat, readonly (readonly [VideoCodec, string])[]>> = {
  mp4: [
    ['avc', 'avc1.42001f'],
    ['avc', 'avc1.64002a'],
    ['vp9', 'vp09.00.31.08'],
    ['av1', 'av01.0.04M.08'],
  ],
  webm: [
    ['vp9', 'vp09.00.31.08'],
    ['vp8', 'vp8'],
  ],
};

/** Whether it is a video, which not every browser can encode. */
export function isVideo(format: Format): format is VideoFormat {
  return format === 'mp4' || format === 'webm';
}

/** The codec that this browser encodes a video of this size with; undefined where it cannot. */
export async function findVideoCodec(
  format: VideoFormat,
  size: number,
): Promise<VideoCodec | undefined> {
  if (!('VideoEncoder' in globalThis)) return undefined;
  for (const [name, codec] of CODECS[format]) {
    const config = { codec, width: size, height: size, framerate: USUAL_RATE };
    const { supported } = await VideoEncoder.isConfigSupported(config).catch(() => ({
      supported: false,
    }));
    if (supported) return name;
  }
  return undefined;
}
