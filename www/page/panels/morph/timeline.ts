export const REPEATS = ['pingpong', 'loop', 'once'] as const;
export type Repeat = (typeof REPEATS)[number];

export const EASINGS = ['linear', 'in-out', 'in', 'out'] as const;
export type Easing = (typeof EASINGS)[number];

/** How a film is played and saved. */
export interface Tempo {
  repeat: Repeat;
  easing: Easing;
  /** From one picture to the next. */
  seconds: number;
}

/** A frame, and how long it stands, in ms. */
export interface Beat {
  frame: number;
  ms: number;
}

/**
 * Where a leg begins and where it ends, the picture stays so long: twice that where two legs meet.
 */
export const HOLD_MS = 300;

/** Share of the way, in [0, 1], at a share of the time; cubic. */
export function ease(easing: Easing, time: number): number {
  switch (easing) {
    case 'linear':
      return time;
    case 'in':
      return time ** 3;
    case 'out':
      return 1 - (1 - time) ** 3;
    case 'in-out':
      return time < 0.5 ? 4 * time ** 3 : 1 - 4 * (1 - time) ** 3;
  }
}

/** The way back: at which share of the time a share of the way is reached. */
export function easeInverse(easing: Easing, way: number): number {
  switch (easing) {
    case 'linear':
      return way;
    case 'in':
      return Math.cbrt(way);
    case 'out':
      return 1 - Math.cbrt(1 - way);
    case 'in-out':
      return way < 0.5 ? Math.cbrt(way / 4) : 1 - Math.cbrt((1 - way) / 4);
  }
}

/**
 * Which frame stands when, for one round of a film: each frame while it is the nearest one. Every
 * leg is eased by itself.
 *
 * @param frames of the film, both ends included; a whole number of legs
 * @param closed whether the last frame is the first again: a loop then runs on through it
 */
export function timeline(frames: number, legs: number, tempo: Tempo, closed = false): Beat[] {
  if (frames < 2) return frames === 1 ? [{ frame: 0, ms: HOLD_MS }] : [];
  const there = pass(frames, legs, tempo);
  const last = frames - 1;
  if (tempo.repeat === 'pingpong') {
    // On the way back each leg eases in its own direction.
    const back = there.map(({ ms }, i) => ({ frame: last - i, ms }));
    return joined([...there, ...back], true);
  }
  if (tempo.repeat === 'loop' && closed)
    return joined([...there.slice(0, -1), { frame: 0, ms: there[last]?.ms ?? 0 }], true);
  return there;
}

/**
 * Where a film stands at a time, in frames, a fraction included; for morphs whose frames can be had
 * anywhere. The same round as `timeline`'s.
 *
 * @param time in ms from the beginning of a round
 */
export function placeAt(
  time: number,
  frames: number,
  legs: number,
  { repeat, easing, seconds }: Tempo,
): number {
  const last = frames - 1;
  const legMs = 1000 * seconds;
  const there = legs * (legMs + 2 * HOLD_MS);
  const along = (at: number): number => {
    const leg = Math.min(legs - 1, Math.floor(at / (legMs + 2 * HOLD_MS)));
    const share = Math.min(1, Math.max(0, (at - leg * (legMs + 2 * HOLD_MS) - HOLD_MS) / legMs));
    return (leg + ease(easing, share)) * (last / legs);
  };
  if (repeat !== 'pingpong') return along(Math.min(time, there - 1e-6));
  const at = time % (2 * there);
  return at <= there ? along(Math.min(at, there - 1e-6)) : last - along(at - there);
}

/** How long that takes, in ms. */
export function duration(beats: readonly Beat[]): number {
  return beats.reduce((sum, beat) => sum + beat.ms, 0);
}

/** The beat that stands at a time, in ms from the beginning; past the end the last one. */
export function beatAt(beats: readonly Beat[], time: number): number {
  let end = 0;
  for (const [i, beat] of beats.entries()) {
    end += beat.ms;
    if (time < end) return i;
  }
  return beats.length - 1;
}

/** Once from end to end. Where two legs meet their halves of that frame are one beat. */
function pass(frames: number, legs: number, { easing, seconds }: Tempo): Beat[] {
  const gaps = (frames - 1) / legs;
  const legMs = 1000 * seconds;
  const when = (k: number): number =>
    legMs * easeInverse(easing, Math.min(1, Math.max(0, k / gaps)));
  const beats: Beat[] = [];
  for (let leg = 0; leg < legs; leg++) {
    for (let k = 0; k <= gaps; k++) {
      const hold = k === 0 || k === gaps ? HOLD_MS : 0;
      beats.push({ frame: leg * gaps + k, ms: when(k + 0.5) - when(k - 0.5) + hold });
    }
  }
  return joined(beats, false);
}

/** Neighbours of one frame become one beat; with `around` also the last and the first. */
function joined(beats: readonly Beat[], around: boolean): Beat[] {
  const list: Beat[] = [];
  for (const beat of beats) {
    const before = list.at(-1);
    if (before?.frame === beat.frame) before.ms += beat.ms;
    else list.push({ ...beat });
  }
  const [first, last] = [list[0], list.at(-1)];
  if (around && first && last && first !== last && first.frame === last.frame) {
    first.ms += last.ms;
    list.pop();
  }
  return list;
}
