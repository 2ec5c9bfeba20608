import type { Soda } from 'soda-morph';
import type { Engine } from './engine.js';
import type { Pick, Pictures } from '../parts/pictures.js';

const SHARE = 0.95;
/** Gallery pictures that a model is tried on that does not say what is far from it. */
const TRIED = 24;

/** Says which pictures are far from what the model in use knows. */
export class Familiarity {
  readonly #engine: Engine;
  readonly #pictures: Pictures;
  /** Limits of models that do not say theirs, measured once. */
  readonly #measured = new WeakMap<Soda, Promise<number>>();
  readonly #scores = new WeakMap<Soda, Map<string, number>>();

  constructor(engine: Engine, pictures: Pictures) {
    this.#engine = engine;
    this.#pictures = pictures;
  }

  /**
   * Whether a picture is farther out than nearly all of the model's own world, which models taught
   * from it are held to, too; false where it cannot be told.
   */
  async isStrange(pick: Pick): Promise<boolean> {
    const { soda } = this.#engine;
    if (!soda) return false;
    try {
      const limit = soda.config.unfamiliarityLimit ?? (await this.#measure(soda));
      return (await this.#score(soda, pick)) > limit;
    } catch {
      // The model was changed meanwhile, or the picture cannot be read, which others say.
      return false;
    }
  }

  async #score(soda: Soda, pick: Pick): Promise<number> {
    const scores = this.#scores.get(soda) ?? new Map<string, number>();
    this.#scores.set(soda, scores);
    const known = scores.get(pick.id);
    if (known !== undefined) return known;
    const latent = await this.#pictures.encode(soda, pick, { corrected: false });
    const [[wanted], [painted], { unfamiliarity }] = await Promise.all([
      soda.prepare(pick.source),
      soda.decode(latent),
      import('soda-morph/recognition'), // Nothing that the first picture waits for.
    ]);
    if (!wanted || !painted) throw new Error('no picture came back');
    const score = unfamiliarity(wanted, painted);
    scores.set(pick.id, score);
    return score;
  }

  #measure(soda: Soda): Promise<number> {
    const known = this.#measured.get(soda);
    if (known) return known;
    const measuring = (async () => {
      const { gallery } = this.#pictures;
      if (!gallery) throw new Error('no gallery to measure by');
      const scores: number[] = [];
      for (const entry of gallery.entries.slice(0, TRIED))
        scores.push(await this.#score(soda, gallery.pick(entry)));
      return quantile(scores, SHARE);
    })();
    this.#measured.set(soda, measuring);
    return measuring;
  }
}

/** The value that so large a share of some values does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Infinity;
}
