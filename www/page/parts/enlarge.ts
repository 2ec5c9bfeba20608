/** A frame, smoothly enlarged to a square of `size` pixels. */
export function enlarge(frame: ImageData, size: number): OffscreenCanvas {
  const small = new OffscreenCanvas(frame.width, frame.height);
  context2d(small).putImageData(frame, 0, 0);
  const large = new OffscreenCanvas(size, size);
  const context = context2d(large);
  context.imageSmoothingQuality = 'high';
  context.drawImage(small, 0, 0, size, size);
  return large;
}

/** Its pixels: RGBA. */
export function pixels(frame: ImageData, size: number): Uint8ClampedArray<ArrayBuffer> {
  return context2d(enlarge(frame, size)).getImageData(0, 0, size, size).data;
}

export function context2d(canvas: OffscreenCanvas): OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context)
    throw new Error(`no canvas of ${String(canvas.width)} × ${String(canvas.height)} pixels`);
  return context;
}
