import { type Latent, SodaError } from 'soda-morph';
import {
  type Near,
  type Neighbours,
  StandardScaler,
  joined,
  nearest as nearestRows,
} from 'soda-morph/recognition';
import type { Positions } from './plane.js';
import type { Answer, Request } from './layout-worker.js';

/** A finished map: where each picture lies, and which are its nearest. */
export interface Layout {
  readonly positions: Positions;
  readonly neighbours: Neighbours;
  /** All indices, so that those after each other lie near each other. */
  readonly order: Int32Array;
  /** What describes each picture. */
  readonly rows: readonly Float32Array[];
  /** Brings another picture's numbers to the units of these. */
  readonly inUnits: (numbers: Numbers) => Float32Array<ArrayBuffer>;
}

/**
 * What is known of a picture: its latent, and what the matcher sees in it where that is to be
 * compared too.
 */
export interface Numbers {
  readonly latent: Latent;
  readonly described: Float32Array | undefined;
}

/**
 * Lays pictures out in a worker of its own. `moved` hears of positions on their way, with how far
 * along it is, 0 … 1.
 */
export async function layOut(
  pictures: readonly Numbers[],
  signal: AbortSignal,
  moved: (share: number, positions: Positions | undefined) => void,
): Promise<Layout> {
  const inUnits = unitsOf(pictures);
  const rows = pictures.map(inUnits);
  const worker = new Worker(new URL('./layout-worker.ts', import.meta.url), { type: 'module' });
  try {
    return await new Promise<Layout>((resolve, reject) => {
      signal.addEventListener(
        'abort',
        () => {
          reject(new SodaError('aborted', 'the map was not finished'));
        },
        { once: true },
      );
      worker.addEventListener('error', (event) => {
        event.preventDefault();
        reject(
          new SodaError(
            'internal',
            event.message === '' ? 'the map’s worker could not be started' : event.message,
          ),
        );
      });
      worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
        if (data.kind === 'done') {
          const { positions, neighbours, order } = data;
          moved(1, positions);
          resolve({ positions, neighbours, order, rows, inUnits });
        } else if (data.kind === 'positions') moved(0.25 + 0.75 * data.share, data.positions);
        else moved(data.share / 4, undefined);
      });
      const request: Request = { rows };
      worker.postMessage(request);
    });
  } finally {
    worker.terminate();
  }
}

/**
 * Latents are compared as they are. With the matcher's numbers, which have units of their own, each
 * number is standardised; where one picture has not been described, none is compared by them.
 */
function unitsOf(pictures: readonly Numbers[]): Layout['inUnits'] {
  const rows = pictures.flatMap(({ latent, described }) =>
    described ? [joined(latent, described)] : [],
  );
  if (rows.length < pictures.length) return ({ latent }) => latent.values.slice();
  const scaler = new StandardScaler(rows);
  return ({ latent, described }) =>
    Float32Array.from(described ? scaler.transform(joined(latent, described)) : []);
}

/** The pictures most like the one at `index`. */
export function nearest(
  { neighbours: { each, indices, similarities } }: Layout,
  index: number,
  count: number,
): Near[] {
  return Array.from({ length: Math.min(count, each) }, (_, i) => ({
    index: indices[index * each + i] ?? 0,
    similarity: similarities[index * each + i] ?? 0,
  }));
}

/** The pictures most like one that is not on the map. */
export function like({ rows, inUnits }: Layout, numbers: Numbers, count: number): Near[] {
  return nearestRows(rows, inUnits(numbers), count);
}

/** A place for a picture that is not on the map: among its nearest, closest to the most similar. */
export function among({ positions }: Layout, near: readonly Near[]): [number, number] {
  let [x, y, sum] = [0, 0, 0];
  for (const { index, similarity } of near.slice(0, 5)) {
    const weight = 1 / (1e-3 + (1 - similarity)) ** 2;
    x += weight * (positions[2 * index] ?? 0);
    y += weight * (positions[2 * index + 1] ?? 0);
    sum += weight;
  }
  return sum === 0 ? [0, 0] : [x / sum, y / sum];
}

/**
 * The latent of a place between pictures: a mean of the nearest ones', weighted by the inverse
 * fourth power of their distance (Shepard 1968).
 */
export function latentAt(
  { positions }: Layout,
  latents: readonly Latent[],
  x: number,
  y: number,
): Latent | undefined {
  const distances = latents.map((_, i) =>
    Math.hypot((positions[2 * i] ?? 0) - x, (positions[2 * i + 1] ?? 0) - y),
  );
  const around = [...distances.keys()]
    .sort((i, j) => (distances[i] ?? 0) - (distances[j] ?? 0))
    .slice(0, 4);
  const [first] = around.map((i) => latents[i]);
  if (!first) return undefined;
  const values = new Float32Array(first.values.length);
  let sum = 0;
  for (const index of around) {
    const weight = 1 / (1e-9 + (distances[index] ?? 0) ** 4);
    sum += weight;
    latents[index]?.values.forEach((value, i) => {
      values[i] = (values[i] ?? 0) + weight * value;
    });
  }
  return { values: values.map((value) => value / sum), groups: [...first.groups] };
}
