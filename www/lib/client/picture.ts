import { SodaError, aborted } from '../shared/error.js';
import type { Raster } from '../shared/protocol.js';

/** Anything a page already has a picture in. A string is a URL. */
export type Picture =
  | ImageData
  | ImageBitmap
  | Blob
  | HTMLImageElement
  | HTMLCanvasElement
  | OffscreenCanvas
  | HTMLVideoElement
  | string;

/** No model looks at more than this; a photograph of 48 megapixels need not cross to the worker. */
const LONGEST_SIDE = 1024;
/** Side at which a drawing without a size of its own is rendered. */
const UNSIZED_SIDE = 512;

type Source =
  | ImageBitmap
  | ImageData
  | HTMLImageElement
  | HTMLCanvasElement
  | OffscreenCanvas
  | HTMLVideoElement;

/**
 * Pictures that are decoded at the same time: each is whole in memory for a moment, 200 MB where it
 * has 48 megapixels.
 */
const MOST_AT_ONCE = 4;

/** Reads pictures, a few at a time, in order. */
export async function readPictures(
  pictures: readonly Picture[],
  signal?: AbortSignal,
  longest?: number,
): Promise<Raster[]> {
  const name = (i: number): string =>
    pictures.length === 1 ? 'the picture' : `picture ${String(i + 1)}`;
  const rasters: Raster[] = [];
  const waiting = pictures.entries();
  let failed = false;
  const readNext = async (): Promise<void> => {
    for (const [i, picture] of waiting) {
      if (failed) return;
      try {
        rasters[i] = await readPicture(picture, name(i), signal, longest);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(MOST_AT_ONCE, pictures.length) }, readNext));
  return rasters;
}

/**
 * Reads a picture of any kind as RGBA, its longer side at most `longest` pixels. Throws 'input'
 * where there is no picture in it.
 */
export async function readPicture(
  picture: Picture,
  name: string,
  signal?: AbortSignal,
  longest: number = LONGEST_SIDE,
): Promise<Raster> {
  if (signal?.aborted) throw aborted();
  if (typeof picture === 'string')
    return readBlob(await fetchPicture(picture, signal), picture, longest);
  if (picture instanceof Blob) return readBlob(picture, describeBlob(picture, name), longest);
  if (isA(picture, 'ImageData')) return readImageData(picture, name, longest);
  if (isA(picture, 'HTMLImageElement')) return readImageElement(picture, name, longest);
  if (isA(picture, 'HTMLVideoElement')) {
    if (picture.readyState < 2) {
      throw new SodaError(
        'input',
        `${name}: the video has no frame yet; wait for its 'loadeddata' event`,
      );
    }
    return rasterise(picture, picture.videoWidth, picture.videoHeight, name, longest);
  }
  if (
    isA(picture, 'ImageBitmap') ||
    isA(picture, 'HTMLCanvasElement') ||
    isA(picture, 'OffscreenCanvas')
  ) {
    return rasterise(picture, picture.width, picture.height, name, longest);
  }
  throw new SodaError(
    'input',
    `${name} is not a picture; give a URL, Blob, ImageData, ImageBitmap, or an image, canvas or ` +
      `video element`,
  );
}

/** `instanceof`, where the class may not exist (in a worker) or may be another window's. */
function isA<K extends keyof Kinds>(value: unknown, kind: K): value is Kinds[K] {
  return Object.prototype.toString.call(value) === `[object ${kind}]`;
}
interface Kinds {
  ImageData: ImageData;
  ImageBitmap: ImageBitmap;
  HTMLImageElement: HTMLImageElement;
  HTMLCanvasElement: HTMLCanvasElement;
  HTMLVideoElement: HTMLVideoElement;
  OffscreenCanvas: OffscreenCanvas;
}

async function fetchPicture(url: string, signal?: AbortSignal): Promise<Blob> {
  const data = /^data:/i.test(url) ? blobOfData(url) : undefined;
  if (data) return data;
  try {
    const response = await fetch(url, { signal: signal ?? null });
    if (!response.ok) {
      throw new SodaError(
        'input',
        `no picture at ${url}: the server answered ${String(response.status)}; check the address`,
      );
    }
    return await response.blob();
  } catch (error) {
    if (error instanceof SodaError) throw error;
    if (signal?.aborted) throw aborted();
    const check = /^(blob|data):/i.test(url)
      ? "the page's CSP (connect-src), or give the Blob itself"
      : "the address, the connection, the other site's CORS and the page's CSP (connect-src)";
    throw new SodaError('network', `${url.slice(0, 200)} cannot be reached; check ${check}`, {
      cause: error,
    });
  }
}

/** What a data URL in base64 holds, read without a request, which the page's CSP might forbid. */
function blobOfData(url: string): Blob | undefined {
  const [, type, base64] = /^data:([^,]*?);base64,(.*)$/is.exec(url) ?? [];
  if (base64 === undefined) return undefined;
  try {
    return new Blob([Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))], {
      type: type ?? '',
    });
  } catch {
    return undefined;
  }
}

function describeBlob(blob: Blob, name: string): string {
  return 'name' in blob && typeof blob.name === 'string' && blob.name !== '' ? blob.name : name;
}

async function readBlob(blob: Blob, name: string, longest: number): Promise<Raster> {
  if (blob.size === 0)
    throw new SodaError('input', `${name} is empty (0 bytes); choose a picture file`);
  try {
    if (isDrawing(blob) && typeof document !== 'undefined')
      return await readDrawing(blob, name, longest);
    const bitmap = await createImageBitmap(blob);
    try {
      return rasterise(bitmap, bitmap.width, bitmap.height, name, longest);
    } finally {
      bitmap.close();
    }
  } catch (error) {
    if (error instanceof SodaError) throw error;
    const kind = blob.type === '' ? 'of unknown type' : blob.type;
    throw new SodaError(
      'input',
      `${name} (${kind}) is not a picture this browser can read; use PNG, JPEG, WebP, AVIF, GIF ` +
        `or SVG`,
      {
        cause: error,
      },
    );
  }
}

/** Whether it is SVG. A server's type may have parameters after it. */
function isDrawing({ type }: Blob): boolean {
  return /^image\/svg\+xml\b/i.test(type);
}

/** SVG goes through an image element: createImageBitmap takes no SVG blob. */
async function readDrawing(blob: Blob, name: string, longest: number): Promise<Raster> {
  const url = URL.createObjectURL(blob);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    return rasterise(
      image,
      image.naturalWidth || UNSIZED_SIDE,
      image.naturalHeight || UNSIZED_SIDE,
      name,
      longest,
    );
  } finally {
    URL.revokeObjectURL(url);
  }
}

async function readImageElement(
  image: HTMLImageElement,
  name: string,
  longest: number,
): Promise<Raster> {
  const label = image.alt || image.currentSrc || image.src || name;
  try {
    await image.decode();
  } catch (error) {
    throw new SodaError('input', `${label}: the image element has no picture; check its src`, {
      cause: error,
    });
  }
  return rasterise(
    image,
    image.naturalWidth || UNSIZED_SIDE,
    image.naturalHeight || UNSIZED_SIDE,
    label,
    longest,
  );
}

async function readImageData(image: ImageData, name: string, longest: number): Promise<Raster> {
  const { data, width, height } = image;
  // Browsers with half-float canvases have ImageData whose data is no Uint8ClampedArray.
  if (data instanceof Uint8ClampedArray && Math.max(width, height) <= longest)
    return { data: data.slice(), width, height };
  const bitmap = await createImageBitmap(image);
  try {
    return rasterise(bitmap, width, height, name, longest);
  } finally {
    bitmap.close();
  }
}

function rasterise(
  source: Exclude<Source, ImageData>,
  width: number,
  height: number,
  name: string,
  longest: number,
): Raster {
  if (width === 0 || height === 0)
    throw new SodaError(
      'input',
      `${name} is ${String(width)} × ${String(height)} pixels; a picture needs at least one`,
    );
  const scale = Math.min(1, longest / Math.max(width, height));
  const [w, h] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  if (typeof OffscreenCanvas === 'undefined') {
    throw new SodaError(
      'unsupported',
      'this browser has no OffscreenCanvas; use Safari 16.4, Chrome 69, Firefox 105 or newer',
    );
  }
  const context = new OffscreenCanvas(w, h).getContext('2d', { willReadFrequently: true });
  if (!context)
    throw new SodaError(
      'out-of-memory',
      `${name}: no canvas of ${String(w)} × ${String(h)} to read it with`,
    );
  context.imageSmoothingQuality = 'high';
  context.drawImage(source, 0, 0, w, h);
  try {
    return { data: context.getImageData(0, 0, w, h).data, width: w, height: h };
  } catch (error) {
    // The canvas is tainted.
    throw new SodaError(
      'input',
      `${name} comes from another site that does not share it; load it with ` +
        `crossorigin="anonymous"`,
      {
        cause: error,
      },
    );
  }
}
