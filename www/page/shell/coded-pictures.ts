import type { Soda } from 'soda-morph';
import { fromCode, isCode } from '../parts/latent-code.js';
import type { Pictures } from '../parts/pictures.js';
import { say } from './strings/link.js';
import type { State } from './router.js';
import { paintedSide } from '../parts/side.js';

/** Pictures that one address carries: a square has four. */
const MOST = 32;

/** The ids in a state that are latents. */
export function codesIn(state: State): string[] {
  const ids = Object.values(state)
    .flatMap((value) => value.split('.'))
    .filter(isCode);
  return [...new Set(ids)].slice(0, MOST);
}

/** Pictures of links: latents that the model paints when it is there, again for another model. */
export class CodedPictures {
  readonly #pictures: Pictures;
  /** What has been painted by which model. */
  readonly #painted = new WeakMap<Soda, Set<string>>();

  constructor(pictures: Pictures) {
    this.#pictures = pictures;
  }

  /** Has places ready for the pictures of a state, so that panels find them. */
  expect(state: State): void {
    codesIn(state).forEach((id, i) => {
      this.#pictures.expect(id, say.carried(i));
    });
  }

  /**
   * Paints those of a state that this model has not painted; how many came, or undefined where one
   * is none of this model.
   */
  async paint(soda: Soda, state: State): Promise<number | undefined> {
    const painted = this.#painted.get(soda) ?? new Set<string>();
    this.#painted.set(soda, painted);
    let count = 0;
    for (const id of codesIn(state)) {
      if (painted.has(id)) continue;
      const latent = fromCode(id, soda.config.groups);
      if (!latent) return undefined;
      const [picture] = await soda.decode(latent, { size: paintedSide(soda.config) });
      if (!picture) return undefined;
      await this.#pictures.arrived(soda, id, picture, latent);
      painted.add(id);
      count++;
    }
    return count;
  }
}
