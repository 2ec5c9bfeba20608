import { describe, expect, it } from 'vitest';
import {
  EASINGS,
  HOLD_MS,
  beatAt,
  duration,
  ease,
  easeInverse,
  timeline,
} from '../../www/page/panels/morph/timeline.js';

describe('easing', () => {
  it.each(EASINGS)('%s goes from 0 to 1, never back, and its inverse takes it back', (easing) => {
    expect(ease(easing, 0)).toBe(0);
    expect(ease(easing, 1)).toBe(1);
    let before = 0;
    for (let time = 0; time <= 1; time += 0.05) {
      const way = ease(easing, time);
      expect(way).toBeGreaterThanOrEqual(before);
      expect(easeInverse(easing, way)).toBeCloseTo(time, 9);
      before = way;
    }
  });

  it('names what it does: half of the way at half of the time, or after it, or before it', () => {
    expect(ease('in-out', 0.5)).toBe(0.5);
    expect(ease('in', 0.5)).toBeLessThan(0.5);
    expect(ease('out', 0.5)).toBeGreaterThan(0.5);
  });
});

describe('a timeline', () => {
  const frames = (beats: { frame: number }[]): number[] => beats.map(({ frame }) => frame);

  it('there and back shows the frames between twice and the ends once', () => {
    const beats = timeline(9, 1, { repeat: 'pingpong', easing: 'linear', seconds: 1 });
    expect(frames(beats)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(duration(beats)).toBeCloseTo(2000 + 4 * HOLD_MS, 6);
  });

  it('once goes from end to end, and takes its time', () => {
    const beats = timeline(9, 1, { repeat: 'once', easing: 'linear', seconds: 2 });
    expect(frames(beats)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(duration(beats)).toBeCloseTo(2000 + 2 * HOLD_MS, 6);
  });

  it.each(EASINGS)('with pace %s every frame stands as long as it is the nearest', (easing) => {
    const beats = timeline(9, 1, { repeat: 'once', easing, seconds: 1 });
    for (let time = 5; time < 1000; time += 10) {
      const nearest = Math.round(8 * ease(easing, time / 1000));
      expect(beats[beatAt(beats, time + HOLD_MS)]?.frame).toBe(nearest);
    }
  });

  it('of a chain stays at every picture, and takes the same time for each leg', () => {
    const beats = timeline(17, 2, { repeat: 'once', easing: 'in-out', seconds: 1 });
    expect(frames(beats)).toEqual(Array.from({ length: 17 }, (_, i) => i));
    expect(duration(beats)).toBeCloseTo(2000 + 4 * HOLD_MS, 6);
    expect(beats[8]?.ms).toBeGreaterThan(2 * HOLD_MS);
  });

  it('of a closed loop shows the picture where it closes once', () => {
    const beats = timeline(17, 4, { repeat: 'loop', easing: 'linear', seconds: 1 }, true);
    expect(frames(beats)).toEqual(Array.from({ length: 16 }, (_, i) => i));
    expect(duration(beats)).toBeCloseTo(4000 + 8 * HOLD_MS, 6);
  });

  it('on the way back each leg eases in its own direction', () => {
    const beats = timeline(9, 1, { repeat: 'pingpong', easing: 'in', seconds: 1 });
    const [first, backFirst] = [beats.findIndex(({ frame }) => frame === 1), 9];
    expect(beats[backFirst]?.frame).toBe(7);
    expect(beats[backFirst]?.ms).toBeCloseTo(beats[first]?.ms ?? 0, 9);
  });
});
