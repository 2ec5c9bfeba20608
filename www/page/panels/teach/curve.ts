/** Half the steps whose mean the line shows: a single step's loss depends on the noise it drew. */
const SPREAD = 6;
const WIDTH = 480;
const HEIGHT = 160;
const SVG = 'http://www.w3.org/2000/svg';

/**
 * The loss over the steps, drawn as it grows: dots for single steps, a line for their running mean.
 */
export class Curve {
  readonly root = document.createElementNS(SVG, 'svg');
  readonly #dots = document.createElementNS(SVG, 'path');
  readonly #line = document.createElementNS(SVG, 'path');
  readonly #describe: (from: number, to: number, steps: number) => string;

  /** `describe` words the curve for who does not see it: the mean loss at its begin and now. */
  constructor(describe: (from: number, to: number, steps: number) => string) {
    this.#describe = describe;
    this.root.setAttribute('class', 'curve');
    this.root.setAttribute('viewBox', `0 0 ${String(WIDTH)} ${String(HEIGHT)}`);
    this.root.setAttribute('preserveAspectRatio', 'none');
    this.root.setAttribute('role', 'img');
    this.#dots.setAttribute('class', 'dots');
    this.#line.setAttribute('class', 'line');
    this.root.append(...[0.25, 0.5, 0.75].map(gridLine), this.#dots, this.#line);
  }

  show(losses: readonly number[], steps: number): void {
    const smooth = runningMean(losses, SPREAD);
    const [low, high] = range(losses);
    const x = (i: number): string => ((WIDTH * (i + 0.5)) / Math.max(1, steps)).toFixed(1);
    const y = (loss: number): string =>
      (HEIGHT - 8 - ((HEIGHT - 16) * (Math.log(loss) - low)) / (high - low || 1)).toFixed(1);
    // A stroke without length and with round caps is a dot that stays round when the picture is
    // stretched.
    this.#dots.setAttribute('d', losses.map((loss, i) => `M${x(i)} ${y(loss)}h0`).join(''));
    this.#line.setAttribute(
      'd',
      smooth.map((loss, i) => `${i === 0 ? 'M' : 'L'}${x(i)} ${y(loss)}`).join(''),
    );
    this.root.setAttribute(
      'aria-label',
      this.#describe(smooth[0] ?? NaN, smooth.at(-1) ?? NaN, losses.length),
    );
  }
}

/** The mean of up to `spread` values on either side of each, and of the value itself. */
export function runningMean(values: readonly number[], spread: number): number[] {
  const sums = [0];
  for (const value of values) sums.push((sums.at(-1) ?? 0) + value);
  return values.map((_, i) => {
    const [from, to] = [Math.max(0, i - spread), Math.min(values.length, i + spread + 1)];
    return ((sums[to] ?? 0) - (sums[from] ?? 0)) / (to - from);
  });
}

/**
 * Logarithms of the lowest and the highest loss. Losses fall by factors, so that they are drawn on
 * such a scale.
 */
function range(losses: readonly number[]): [number, number] {
  return [Math.log(Math.min(...losses)), Math.log(Math.max(...losses))];
}

function gridLine(share: number): SVGPathElement {
  const line = document.createElementNS(SVG, 'path');
  line.setAttribute('class', 'grid');
  line.setAttribute('d', `M0 ${String(HEIGHT * share)}h${String(WIDTH)}`);
  return line;
}
