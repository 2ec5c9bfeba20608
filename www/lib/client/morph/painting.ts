import { SodaError } from '../../shared/error.js';
import type { Raster } from '../../shared/protocol.js';

/** Models see square pictures without transparency. */
export function square(raster: Raster, fit: 'cover' | 'contain'): ImageData {
  const { width, height } = raster;
  const side = fit === 'cover' ? Math.min(width, height) : Math.max(width, height);
  const canvas = new OffscreenCanvas(side, side);
  const source = new OffscreenCanvas(width, height);
  const [context, from] = [canvas.getContext('2d'), source.getContext('2d')];
  if (!context || !from) throw new SodaError('unsupported', 'this browser has no 2D canvas');
  from.putImageData(new ImageData(new Uint8ClampedArray(raster.data), width, height), 0, 0);
  context.fillStyle = 'white';
  context.fillRect(0, 0, side, side);
  context.drawImage(source, Math.round((side - width) / 2), Math.round((side - height) / 2));
  return context.getImageData(0, 0, side, side);
}

/** A painting less what it is compared with, which is shrunk to its size: RGB. */
export function difference(painting: ImageData, frame: ImageData): Float32Array {
  const { width, height } = painting;
  const output = new Float32Array(3 * width * height);
  const shrunk = shrunkTo(frame, width, height);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++)
      output[3 * i + c] = (painting.data[4 * i + c] ?? 0) - (shrunk[3 * i + c] ?? 0);
  }
  return output;
}

/** RGB of a picture on a smaller grid, each cell the mean of what it covers. */
function shrunkTo(picture: ImageData, width: number, height: number): Float32Array {
  const output = new Float32Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    const [top, bottom] = span(y, height, picture.height);
    for (let x = 0; x < width; x++) {
      const [left, right] = span(x, width, picture.width);
      const area = (bottom - top) * (right - left);
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) {
          const from = 4 * (row * picture.width + column);
          const to = 3 * (y * width + x);
          for (let c = 0; c < 3; c++) {
            output[to + c] = (output[to + c] ?? 0) + (picture.data[from + c] ?? 0) / area;
          }
        }
      }
    }
  }
  return output;
}

/** Which pixels cell `i` of `cells` covers, one at least. */
function span(i: number, cells: number, pixels: number): [number, number] {
  const from = Math.floor((i * pixels) / cells);
  return [from, Math.max(from + 1, Math.floor(((i + 1) * pixels) / cells))];
}

/** A square of RGB on a larger grid, linear between the centres of its cells. */
export function enlargedInto(
  output: Float32Array,
  values: Float32Array,
  width: number,
  height: number,
): void {
  const side = Math.sqrt(values.length / 3);
  const columns = steps(width, side);
  const rows = steps(height, side);
  for (let y = 0, to = 0; y < height; y++) {
    const { index: row, part: down } = rows[y] ?? { index: 0, part: 0 };
    const above = 3 * row * side;
    const below = 3 * Math.min(row + 1, side - 1) * side;
    for (let x = 0; x < width; x++) {
      const { index: column, part: across } = columns[x] ?? { index: 0, part: 0 };
      const left = 3 * column;
      const right = 3 * Math.min(column + 1, side - 1);
      for (let c = 0; c < 3; c++, to++) {
        const upper =
          (values[above + left + c] ?? 0) * (1 - across) +
          (values[above + right + c] ?? 0) * across;
        const lower =
          (values[below + left + c] ?? 0) * (1 - across) +
          (values[below + right + c] ?? 0) * across;
        output[to] = upper + down * (lower - upper);
      }
    }
  }
}

function steps(pixels: number, cells: number): { index: number; part: number }[] {
  return Array.from({ length: pixels }, (_, i) => {
    const place = Math.min(Math.max(((i + 0.5) * cells) / pixels - 0.5, 0), cells - 1);
    const index = Math.floor(place);
    return { index, part: place - index };
  });
}

/**
 * With `F` the originals' frame, `M` that of their reconstructions and `P = M + change` the
 * painting: `F + min(1, 2s)·(P − M) − max(0, 2s − 1)·(F − M)` for `s` the share that is painted.
 */
export function combined(
  original: ImageData,
  repainted: ImageData,
  change: Float32Array,
  painted: number,
): ImageData {
  const moved = Math.min(1, 2 * painted);
  const smoothed = Math.max(0, 2 * painted - 1);
  const output = new ImageData(original.width, original.height);
  const [from, to] = [original.data, output.data];
  for (let i = 0, j = 0; i < to.length; i += 4, j += 3) {
    for (let c = 0; c < 3; c++) {
      const value = from[i + c] ?? 0;
      const detail = value - (repainted.data[i + c] ?? 0);
      to[i + c] = value + moved * (change[j + c] ?? 0) - smoothed * detail;
    }
    to[i + 3] = 255;
  }
  return output;
}
