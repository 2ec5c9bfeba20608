import { type Morph, morph } from 'soda-morph';
import type { Pick } from '../../parts/pictures.js';

/** Longer side of the frames, for few legs and for many: all of a film are kept. */
const SIZE = { few: 512, many: 256 } as const;
const FEW = 4;

/** The originals of a chain, each brought together with the next. */
export class Originals {
  readonly #canvas = new OffscreenCanvas(1, 1);
  #legs: Morph[] = [];
  #of = '';

  /** Whether there is anything to draw. */
  get solved(): boolean {
    return this.#legs.length > 0;
  }

  /** Brings the pictures together, unless they are. Aborting leaves nothing. */
  async solve(picks: readonly Pick[], signal: AbortSignal): Promise<void> {
    const of = picks.map(({ id }) => id).join(' ');
    if (of === this.#of) return;
    this.clear();
    const legs: Morph[] = [];
    try {
      for (const [i, to] of picks.slice(1).entries()) {
        const from = picks[i] ?? to;
        legs.push(await morph(from.source, to.source, { size: picks.length <= FEW + 1 ? SIZE.few : SIZE.many, fit: 'contain', signal }));
      }
    } catch (error) {
      legs.forEach((leg) => { leg.dispose(); });
      throw error;
    }
    this.#legs = legs;
    this.#of = of;
  }

  /** The frame at a place of the chain, in legs. */
  frame(place: number): Promise<ImageData> {
    const [leg, t] = this.#at(place);
    return leg.frame(t);
  }

  /** The same as a canvas, which shows it until the next call. */
  drawn(place: number): OffscreenCanvas {
    const [leg, t] = this.#at(place);
    leg.draw(this.#canvas, t);
    return this.#canvas;
  }

  /** Lets go of all of it. */
  clear(): void {
    this.#legs.forEach((leg) => { leg.dispose(); });
    this.#legs = [];
    this.#of = '';
  }

  #at(place: number): [Morph, number] {
    const within = Math.min(this.#legs.length, Math.max(0, place));
    const index = Math.min(this.#legs.length - 1, Math.floor(within));
    const leg = this.#legs[index];
    if (!leg) throw new Error('the pictures are not brought together yet');
    return [leg, within - index];
  }
}
