/** Random numbers that a seed repeats. */
export interface Random {
  /** Uniform in [0, 1). */
  uniform: () => number;
  /** Standard normal. */
  normal: () => number;
  /** A whole number from 0, below `count`. */
  below: (count: number) => number;
}

/**
 * A small generator with 32 bits of state, for choices that an address must repeat (mulberry32,
 * Tommy Ettinger, public domain); normal by Box and Muller.
 */
export function random(seed: number): Random {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal, below: (count) => Math.floor(uniform() * count) };
}

/** A seed that is short to share. */
export function anySeed(): number {
  return Math.floor(Math.random() * 10_000);
}
