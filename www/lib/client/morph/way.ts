/** A complex number. */
type Complex = readonly [number, number];

/**
 * Which place of the half-way domain is seen where: `p = turn·X + away − back·q`, in cells.
 */
export interface Way {
  readonly turn: Complex;
  readonly away: Complex;
  readonly back: Complex;
}

const ONE: Complex = [1, 0];
/** A similarity nearer to a mere shift than this has its fixed point too far away. */
const SHIFT = 1e-3;

/**
 * At time `t`, on straight lines, or along with the similarity `b = α·a + β`: the formulas of
 * `src/morph/path.rs`.
 */
export function wayOf(similarity: ArrayLike<number> | undefined, t: number): Way {
  const [x = 1, y = 0, betaX = 0, betaY = 0] = Array.from(similarity ?? []);
  const alpha: Complex = [x, y];
  const rest = minus(ONE, alpha);
  if (Math.hypot(...rest) < SHIFT) return { turn: ONE, away: [0, 0], back: [2 * t - 1, 0] };
  const forward = scaled(power(alpha, t), 1 - t);
  const backward = scaled(power(alpha, t - 1), t);
  const turn = quotient(ONE, [forward[0] + backward[0], forward[1] + backward[1]]);
  return {
    turn,
    away: product(quotient([betaX, betaY], rest), minus(ONE, turn)),
    back: product(minus(backward, forward), turn),
  };
}

function minus(a: Complex, b: Complex): Complex {
  return [a[0] - b[0], a[1] - b[1]];
}

function scaled(a: Complex, factor: number): Complex {
  return [factor * a[0], factor * a[1]];
}

function product(a: Complex, b: Complex): Complex {
  return [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]];
}

function quotient(a: Complex, b: Complex): Complex {
  return scaled(product(a, [b[0], -b[1]]), 1 / (b[0] * b[0] + b[1] * b[1]));
}

function power(a: Complex, exponent: number): Complex {
  const angle = exponent * Math.atan2(a[1], a[0]);
  return scaled([Math.cos(angle), Math.sin(angle)], Math.hypot(...a) ** exponent);
}
