/** When, over a morph from 0 to 1, shapes and colours begin and end to change. */
export interface Curves {
  readonly shape: readonly [begin: number, end: number];
  readonly colour: readonly [begin: number, end: number];
}

export const PRESETS = {
  together: { shape: [0, 1], colour: [0, 1] },
  'shape-first': { shape: [0, 0.6], colour: [0.4, 1] },
  'colour-first': { shape: [0.4, 1], colour: [0, 0.6] },
  'quick-colour': { shape: [0, 1], colour: [0.35, 0.65] },
} as const satisfies Record<string, Curves>;

export type Preset = keyof typeof PRESETS;
export const TOGETHER: Curves = PRESETS.together;
/** A change takes at least so much of the morph. */
const SHORTEST = 0.05;

/**
 * How far a curve is at `t`: straight where it takes all of the time, else with soft ends. Exactly
 * 0 and 1 at both ends.
 */
export function along([begin, end]: readonly [number, number], t: number): number {
  const share = Math.min(1, Math.max(0, (t - begin) / Math.max(SHORTEST, end - begin)));
  return begin === 0 && end === 1 ? share : share * share * (3 - 2 * share);
}

/** The preset that these are; undefined for a person's own. */
export function presetOf(curves: Curves): Preset | undefined {
  return (Object.keys(PRESETS) as Preset[]).find(
    (name) => toText(PRESETS[name]) === toText(curves),
  );
}

/** As percentages for the address: `0-60-40-100`. */
export function toText({ shape, colour }: Curves): string {
  return [...shape, ...colour].map((share) => String(Math.round(100 * share))).join('-');
}

/** The way back; what makes no sense means together. */
export function fromText(text: string | undefined): Curves {
  const numbers = (text ?? '').split('-').map((part) => (part === '' ? NaN : Number(part) / 100));
  const [a = NaN, b = NaN, c = NaN, d = NaN] = numbers;
  const valid =
    numbers.length === 4 &&
    numbers.every((share) => share >= 0 && share <= 1) &&
    b - a >= SHORTEST - 1e-9 &&
    d - c >= SHORTEST - 1e-9;
  return valid ? { shape: [a, b], colour: [c, d] } : TOGETHER;
}

/** Another begin or end, with the other end making room. */
export function moved(
  [begin, end]: readonly [number, number],
  which: 0 | 1,
  to: number,
): readonly [number, number] {
  if (which === 0) {
    const at = Math.min(to, 1 - SHORTEST);
    return [at, Math.max(end, at + SHORTEST)];
  }
  const at = Math.max(to, SHORTEST);
  return [Math.min(begin, at - SHORTEST), at];
}
