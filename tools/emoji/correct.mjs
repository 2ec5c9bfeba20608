// Pictures filed under another emoji's code points.
//
// @lobehub/fluent-emoji-3d 1.1.0 exchanges forms of one emoji: medium-light with medium skin in most groups,
// deaf man with deaf woman, the tones of person mountain biking. The 3D pictures show the same designs as
// the vector ones of @iconify-json/fluent-emoji, so the right place of each is where the vector picture looks like it.

import { areaAverage } from './picture.mjs';

const SIDE = 16;
/**
 * Two pictures change places only if that brings them, taken together, at least this much nearer to their references.
 * Anything from 0.9 to 0.98 gives the same result.
 */
const MARGIN = 0.95;

/** Exchanged too, but too alike for the comparison to tell: man golfing, medium-light and medium skin. */
const ALIKE = [['1f3cc-1f3fc-200d-2642', '1f3cc-1f3fd-200d-2642']];

/** A small version to compare pictures by: [SIDE, SIDE, 4], alpha multiplied in. */
export function thumbnail(rgba, side) {
  const small = areaAverage(rgba, side, SIDE);
  return Float32Array.from(small, (value, i) =>
    i % 4 === 3 ? value : (value * small[i | 3]) / 255,
  );
}

/** Thumbnails less their mean: what the renderings have in common cancels, what tells the forms apart stays. */
function centred(thumbnails) {
  const mean = new Float64Array(SIDE * SIDE * 4);
  for (const small of thumbnails)
    small.forEach((value, i) => {
      mean[i] += value / thumbnails.length;
    });
  return thumbnails.map((small) => small.map((value, i) => value - mean[i]));
}

function distance(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum;
}

/**
 * Finds the right picture for each form of one emoji.
 * - pictures, references: Maps from key to thumbnail; keys in only one of them are left alone
 * - returns a Map from key to the key its picture is filed under, with the changes only
 */
export function rightPlaces(keys, pictures, references) {
  const both = keys.filter((key) => pictures.has(key) && references.has(key));
  const filed = centred(both.map((key) => pictures.get(key)));
  const wanted = centred(both.map((key) => references.get(key)));
  const cost = filed.map((picture) => wanted.map((reference) => distance(picture, reference)));
  const from = both.map((_, i) => i);
  for (;;) {
    let best = { ratio: MARGIN };
    for (let i = 0; i < both.length; i++) {
      for (let j = i + 1; j < both.length; j++) {
        const now = cost[from[i]][i] + cost[from[j]][j];
        const ratio = (cost[from[j]][i] + cost[from[i]][j]) / now;
        if (ratio < best.ratio) best = { ratio, i, j };
      }
    }
    if (best.i === undefined) break;
    [from[best.i], from[best.j]] = [from[best.j], from[best.i]];
  }
  for (const [a, b] of ALIKE) {
    const [i, j] = [both.indexOf(a), both.indexOf(b)];
    if (i >= 0 && j >= 0 && from[i] === i && from[j] === j) [from[i], from[j]] = [j, i];
  }
  return new Map(
    both.map((key, i) => [key, both[from[i]]]).filter(([key, filed]) => key !== filed),
  );
}
