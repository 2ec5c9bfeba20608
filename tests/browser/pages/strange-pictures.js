// Pictures from no world the shipped models know: gradients under shapes under patterns, in any colours. Run in a page.

/**
 * @param {number} count @param {number} size @param {number} seed
 * @returns {ImageData[]}
 */
export function strangePictures(count, size, seed) {
  let state = seed >>> 0;
  // Mulberry32: the same pictures in every browser.
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const between = (/** @type {number} */ low, /** @type {number} */ high) =>
    low + (high - low) * random();
  const colour = () =>
    `hsl(${String(Math.round(between(0, 360)))} ${String(Math.round(between(40, 100)))}% ${String(Math.round(between(15, 85)))}%)`;
  return Array.from({ length: count }, () => {
    const context = new OffscreenCanvas(size, size).getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('no canvas');
    const [x0, y0] = [between(0, size), between(0, size)];
    const gradient =
      random() < 0.5
        ? context.createLinearGradient(x0, y0, size - x0, size - y0)
        : context.createRadialGradient(x0, y0, 0, x0, y0, between(0.6, 1.2) * size);
    gradient.addColorStop(0, colour());
    gradient.addColorStop(1, colour());
    context.fillStyle = gradient;
    context.fillRect(0, 0, size, size);
    const pattern = random();
    context.fillStyle = colour();
    const cell = Math.round(between(size / 10, size / 5));
    if (pattern < 0.35) for (let x = 0; x < size; x += 2 * cell) context.fillRect(x, 0, cell, size);
    else if (pattern < 0.6) {
      for (let y = cell; y < size; y += 2 * cell) {
        for (let x = cell; x < size; x += 2 * cell) {
          context.beginPath();
          context.arc(x, y, cell / 2, 0, 7);
          context.fill();
        }
      }
    }
    for (let shapes = Math.floor(between(2, 5)); shapes > 0; shapes--) {
      context.fillStyle = colour();
      context.beginPath();
      const [x, y, r, corners] = [
        between(0, size),
        between(0, size),
        between(size / 8, size / 3),
        Math.floor(between(3, 8)),
      ];
      if (random() < 0.4) context.ellipse(x, y, r, between(0.4, 1) * r, between(0, 3), 0, 7);
      else
        for (let i = 0; i < corners; i++)
          context.lineTo(
            x + r * Math.cos((6.283 * i) / corners),
            y + r * Math.sin((6.283 * i) / corners),
          );
      context.fill();
    }
    return context.getImageData(0, 0, size, size);
  });
}
