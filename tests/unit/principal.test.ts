import { describe, expect, it } from 'vitest';
import { aspectOf, differenceOf } from '../../www/page/panels/edit/look.js';
import { directionsOf } from '../../www/page/panels/edit/principal.js';
import { random } from '../../www/page/parts/random.js';

const { normal } = random(5);
/** Two groups: three numbers along (1, 1, 0)/√2 with deviation 3 and across it 0.5, then two that vary by 2 and not at all. */
const latents = Array.from({ length: 400 }, () => {
  const [along, across, second] = [3 * normal(), 0.5 * normal(), 2 * normal()];
  const [x, y] = [(along + across) / Math.SQRT2, (along - across) / Math.SQRT2];
  return { values: new Float32Array([x, y, 0, second, 0]), groups: [3, 2] };
});

describe('principal directions', () => {
  const found = directionsOf(latents);

  it('are found group by group, the strongest first, and only those that vary', () => {
    expect(found.map(({ key }) => key)).toEqual(['0.0', '0.1', '1.0']);
    expect(found[0]?.share).toBeCloseTo(9 / 9.25, 1);
    for (const { vector } of found) expect(vector).toHaveLength(5);
    expect(found[2]?.vector.slice(0, 3)).toEqual(new Float32Array(3));
  });

  it('are one standard deviation long, and point where the latents spread', () => {
    const [first, , last] = found;
    expect(Math.hypot(...(first?.vector ?? []))).toBeCloseTo(3, 0);
    const [x = 0, y = 0] = first?.vector ?? [];
    expect(x / Math.hypot(x, y)).toBeCloseTo(Math.SQRT1_2, 1);
    expect(y / Math.hypot(x, y)).toBeCloseTo(Math.SQRT1_2, 1);
    expect(last?.vector[3]).toBeGreaterThan(0);
    expect(last?.vector[3]).toBeCloseTo(2, 0);
  });

  it('of one group are at right angles', () => {
    const [a, b] = found;
    expect(a?.vector.reduce((sum, value, i) => sum + value * (b?.vector[i] ?? 0), 0)).toBeCloseTo(
      0,
      4,
    );
  });
});

describe('what differs between two pictures', () => {
  const picture = (colour: (x: number, y: number) => [number, number, number]): ImageData => {
    const data = new Uint8ClampedArray(4 * 32 * 32);
    for (let i = 0; i < 32 * 32; i++) data.set([...colour(i % 32, Math.floor(i / 32)), 255], 4 * i);
    return { data, width: 32, height: 32, colorSpace: 'srgb' };
  };
  const grey = picture(() => [128, 128, 128]);

  it('is colour where luma stays', () => {
    expect(
      aspectOf(
        grey,
        picture(() => [178, 115, 70]),
      ),
    ).toBe('colour');
  });
  it('is layout where halves get darker', () => {
    expect(
      aspectOf(
        grey,
        picture((x) => (x < 16 ? [60, 60, 60] : [200, 200, 200])),
      ),
    ).toBe('layout');
  });
  it('is detail where neighbours do', () => {
    expect(
      aspectOf(
        grey,
        picture((x, y) => ((x + y) % 2 === 0 ? [60, 60, 60] : [200, 200, 200])),
      ),
    ).toBe('detail');
  });
  it('is counted in values of 255', () => {
    expect(differenceOf(grey, grey)).toBe(0);
    expect(
      differenceOf(
        grey,
        picture(() => [138, 118, 128]),
      ),
    ).toBeCloseTo(Math.sqrt(200 / 3), 6);
  });
});
