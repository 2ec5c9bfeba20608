import type { Backend, Soda } from 'soda-morph';
import type { Pick } from '../../parts/pictures.js';

const KEY = 'soda-pace';
/**
 * What a step takes, for each picture in it, over what it takes to encode and paint one: it goes
 * through both networks forwards, backwards, and once more for its pair.
 */
const STEP_OVER_PAINTING = 3.6;
/** Paintings that are timed, after one that warms up. */
const TIMED = 3;

/** Seconds a picture of a step, by the size of the model's networks and what they run on. */
type Paces = Readonly<Record<string, number>>;

/** How long a step will take, told from the last lesson here or from how long painting takes. */
export class Pace {
  readonly #timed = new WeakMap<Soda, number>();

  /** What a step took, to be told from. */
  remember({ config, backend }: Soda, secondsPerStep: number, batch: number): void {
    const paces = { ...read(), [nameOf(config.parameters, backend)]: secondsPerStep / batch };
    try {
      localStorage.setItem(KEY, JSON.stringify(paces));
    } catch {
      // Storage is full or refused: it is timed anew.
    }
  }

  /** Seconds that a step of `batch` pictures will take. `sample` is painted to find out. */
  async secondsPerStep(
    soda: Soda,
    sample: Pick,
    batch: number,
    signal: AbortSignal,
  ): Promise<number> {
    const known = read()[nameOf(soda.config.parameters, soda.backend)];
    if (known !== undefined) return batch * known;
    const timed = this.#timed.get(soda) ?? (await timePainting(soda, sample, signal));
    this.#timed.set(soda, timed);
    return batch * STEP_OVER_PAINTING * timed;
  }
}

async function timePainting(soda: Soda, { source }: Pick, signal: AbortSignal): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i <= TIMED; i++) {
    const since = performance.now();
    await soda.decode(await soda.encode(source, { signal }), { steps: 1, signal });
    times.push((performance.now() - since) / 1000);
  }
  return Math.min(...times.slice(1));
}

function nameOf(parameters: number, backend: Backend): string {
  return `${String(parameters)} ${backend}`;
}

/** What is kept, as far as it makes sense. */
function read(): Paces {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return Object.fromEntries(
      Object.entries(kept as Record<string, unknown>).filter(
        (entry): entry is [string, number] => typeof entry[1] === 'number' && entry[1] > 0,
      ),
    );
  } catch {
    return {};
  }
}
