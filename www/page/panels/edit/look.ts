/** What a direction mostly changes. */
export type Aspect = 'layout' | 'detail' | 'colour';

/** Cells a side that layout is measured by, as `soda eval levels` does. */
const CELLS = 8;

/**
 * Tells what differs most between two painted pictures: colour (chroma), layout (luma over coarse
 * cells), or detail (the rest of luma). Each is a mean of squares over the picture; luma and chroma
 * after BT.601.
 */
export function aspectOf(a: ImageData, b: ImageData): Aspect {
  const { width, height } = a;
  const difference = (i: number, channel: number): number =>
    (a.data[4 * i + channel] ?? 0) - (b.data[4 * i + channel] ?? 0);
  const luma = Float32Array.from(
    { length: width * height },
    (_, i) => 0.299 * difference(i, 0) + 0.587 * difference(i, 1) + 0.114 * difference(i, 2),
  );
  let [colour, layout] = [0, 0];
  luma.forEach((value, i) => {
    colour += (0.564 * (difference(i, 2) - value)) ** 2 + (0.713 * (difference(i, 0) - value)) ** 2;
  });
  const total = luma.reduce((sum, value) => sum + value ** 2, 0);
  const [cellWidth, cellHeight] = [width / CELLS, height / CELLS];
  const sums = new Map<number, { sum: number; count: number }>();
  luma.forEach((value, i) => {
    const cell =
      Math.floor(Math.floor(i / width) / cellHeight) * CELLS + Math.floor((i % width) / cellWidth);
    const { sum, count } = sums.get(cell) ?? { sum: 0, count: 0 };
    sums.set(cell, { sum: sum + value, count: count + 1 });
  });
  for (const { sum, count } of sums.values()) layout += sum ** 2 / count;
  const detail = total - layout;
  if (colour >= layout && colour >= detail) return 'colour';
  return layout >= detail ? 'layout' : 'detail';
}

/**
 * How much two painted pictures differ: root of the mean square over pixels and colours, in [0,
 * 255].
 */
export function differenceOf(a: ImageData, b: ImageData): number {
  let [sum, count] = [0, 0];
  a.data.forEach((value, i) => {
    if (i % 4 === 3) return;
    sum += (value - (b.data[i] ?? 0)) ** 2;
    count++;
  });
  return Math.sqrt(sum / Math.max(1, count));
}
