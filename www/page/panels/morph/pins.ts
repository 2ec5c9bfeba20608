import type { Pin } from 'soda-morph';

/** A person marks no more pairs of points than this. */
export const MOST_PINS = 3;

/** As thousandths for the address: `ax-ay-bx-by`, pairs joined by `_`. */
export function toText(pins: readonly Pin[]): string {
  return pins
    .map(({ a, b }) => [...a, ...b].map((share) => String(Math.round(1000 * share))).join('-'))
    .join('_');
}

/** The way back; what makes no sense is left out. */
export function fromText(text: string | undefined): Pin[] {
  return (text ?? '')
    .split('_')
    .flatMap((pair): Pin[] => {
      const numbers = pair.split('-').map((part) => (part === '' ? NaN : Number(part) / 1000));
      const [ax = NaN, ay = NaN, bx = NaN, by = NaN] = numbers;
      return numbers.length === 4 && numbers.every((share) => share >= 0 && share <= 1)
        ? [{ a: [ax, ay], b: [bx, by] }]
        : [];
    })
    .slice(0, MOST_PINS);
}

/** Where the next pair is put: beside those that are there. */
export function nextPin(pins: readonly Pin[]): Pin {
  const at = [
    [0.5, 0.5],
    [0.35, 0.4],
    [0.65, 0.4],
  ] as const;
  const [x, y] = at.find(
    (place) => !pins.some(({ a }) => Math.hypot(a[0] - place[0], a[1] - place[1]) < 0.05),
  ) ?? [0.5, 0.7];
  return { a: [x, y], b: [x, y] };
}

/** A pair with one of its points elsewhere, within the frame. */
export function movedPin(pin: Pin, side: 'a' | 'b', x: number, y: number): Pin {
  const within = (share: number): number => Math.min(1, Math.max(0, share));
  return { ...pin, [side]: [within(x), within(y)] };
}
