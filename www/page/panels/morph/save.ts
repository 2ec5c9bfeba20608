import { GIFEncoder, applyPalette, quantize } from 'gifenc';

/** A pass of the saved picture takes this long; GIF counts in hundredths of a second. */
const PASS_MS = 1100;
const HOLD_MS = 700;

/** All frames side by side, each `size` pixels square. */
export async function stripPng(frames: readonly ImageData[], size: number): Promise<Blob> {
  const strip = new OffscreenCanvas(frames.length * size, size);
  const context = context2d(strip);
  frames.forEach((frame, i) => { context.drawImage(enlarge(frame, size), i * size, 0); });
  return strip.convertToBlob({ type: 'image/png' });
}

/** There and back again, for ever. Each frame has its own palette; between frames the page gets a turn. */
export async function animatedGif(
  frames: readonly ImageData[],
  size: number,
  onFrame: (done: number, total: number) => void,
): Promise<Blob> {
  const gif = GIFEncoder();
  const order = [...frames.keys(), ...[...frames.keys()].slice(1, -1).reverse()];
  const painted = new Map<number, { index: Uint8Array; palette: number[][] }>();
  for (const [done, at] of order.entries()) {
    const frame = frames[at];
    if (!frame) continue;
    let picture = painted.get(at);
    if (!picture) {
      const { data } = context2d(enlarge(frame, size)).getImageData(0, 0, size, size);
      const palette = quantize(data, 256);
      picture = { index: applyPalette(data, palette), palette };
      painted.set(at, picture);
    }
    const atAnEnd = at === 0 || at === frames.length - 1;
    gif.writeFrame(picture.index, size, size, { palette: picture.palette, delay: PASS_MS / frames.length + (atAnEnd ? HOLD_MS : 0), repeat: 0 });
    onFrame(done + 1, order.length);
    await new Promise((resolve) => setTimeout(resolve));
  }
  gif.finish();
  return new Blob([gif.bytes()], { type: 'image/gif' });
}

/** Gives the file to the browser's downloads. */
export function download(blob: Blob, file: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = file;
  link.click();
  setTimeout(() => { URL.revokeObjectURL(link.href); }, 60_000);
}

function enlarge(frame: ImageData, size: number): OffscreenCanvas {
  const small = new OffscreenCanvas(frame.width, frame.height);
  context2d(small).putImageData(frame, 0, 0);
  const large = new OffscreenCanvas(size, size);
  const context = context2d(large);
  context.imageSmoothingQuality = 'high';
  context.drawImage(small, 0, 0, size, size);
  return large;
}

function context2d(canvas: OffscreenCanvas): OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error(`no canvas of ${String(canvas.width)} × ${String(canvas.height)} pixels`);
  return context;
}
