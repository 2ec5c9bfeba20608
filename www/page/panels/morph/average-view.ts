import { type Average, average } from 'soda-morph';
import { make } from '../../parts/dom.js';
import type { Pick } from '../../parts/pictures.js';
import { Slider } from '../../parts/slider.js';
import type { State } from '../../shell/router.js';
import { say } from './strings.js';

/** Longer side of the average on the stage, and at most in a file. */
const SIZE = { shown: 512, saved: 1024 } as const;
/** Every share unless a person has moved it; what counts is their proportion. */
const HOME = 50;

export interface AverageEvents {
  /** Another average is to be seen. */
  drawn: (frame: ImageData) => void;
  /** A step that can be undone; `run` names what one step goes on with. */
  commit: (run: string) => void;
}

/** One picture of all in the list, with a slider for the share of each. */
export class AverageView {
  readonly root: HTMLElement;
  readonly #events: AverageEvents;
  readonly #sliders = make('div', { className: 'shares' });
  #shares: number[] = [];
  #picks: readonly Pick[] = [];
  #average: Average | undefined;
  #of = '';
  #drawing = false;
  #stale = false;

  constructor(events: AverageEvents) {
    this.#events = events;
    this.root = make('div', { className: 'average' }, this.#sliders);
    this.root.setAttribute('role', 'group');
    this.root.ariaLabel = say.shares;
  }

  /** Whether there is anything to draw. */
  get solved(): boolean {
    return this.#average !== undefined;
  }

  take(state: State): void {
    const shares = (state['shares'] ?? '').split('-').map(Number);
    this.#shares = shares.every((share) => share >= 0 && share <= 100) ? shares : [];
  }

  /** The shares, unless all are alike. */
  state(): State {
    const shares = this.#picks.map((_, i) => this.#share(i));
    return shares.some((share) => share !== shares[0]) ? { shares: shares.join('-') } : {};
  }

  /** Brings the pictures together, unless they are, and draws them. Aborting leaves nothing. */
  async show(picks: readonly Pick[], signal: AbortSignal): Promise<void> {
    const of = picks.map(({ id }) => id).join(' ');
    if (of !== this.#of) {
      this.clear();
      this.#picks = picks;
      this.#makeSliders();
      const solved = await solve(picks, SIZE.shown, signal);
      if (signal.aborted) {
        solved.dispose();
        return;
      }
      this.#average = solved;
      this.#of = of;
    }
    this.#makeSliders();
    await this.#draw();
  }

  /** The average as large as it can be had. */
  async fullSize(signal: AbortSignal): Promise<ImageData> {
    const longest = Math.max(
      ...this.#picks.map(({ size }) => (size ? Math.max(size.width, size.height) : 0)),
    );
    const size = Math.min(SIZE.saved, Math.max(SIZE.shown, longest));
    const large = await solve(this.#picks, size, signal);
    try {
      return await large.frame(this.#weights);
    } finally {
      large.dispose();
    }
  }

  /** The plain mean of the pictures where they are. */
  async faded(): Promise<ImageData | undefined> {
    const solved = this.#average;
    if (!solved) return undefined;
    const weights = this.#weights;
    const sum = weights.reduce((sum, weight) => sum + weight, 0);
    const output = new ImageData(solved.width, solved.height);
    const mean = new Float32Array(output.data.length);
    for (const [i, weight] of weights.entries()) {
      if (weight === 0) continue;
      const { data } = await solved.frame(weights.map((_, j) => (i === j ? 1 : 0)));
      // Premultiplied: what is transparent has no colour.
      for (let at = 0; at < data.length; at += 4) {
        const alpha = ((data[at + 3] ?? 0) * weight) / sum;
        for (let c = 0; c < 3; c++)
          mean[at + c] = (mean[at + c] ?? 0) + (alpha * (data[at + c] ?? 0)) / 255;
        mean[at + 3] = (mean[at + 3] ?? 0) + alpha;
      }
    }
    for (let at = 0; at < mean.length; at += 4) {
      const alpha = mean[at + 3] ?? 0;
      for (let c = 0; c < 3; c++)
        output.data[at + c] = alpha > 0 ? ((mean[at + c] ?? 0) * 255) / alpha : 0;
      output.data[at + 3] = alpha;
    }
    return output;
  }

  /** Draws the stage anew. */
  refresh(): void {
    void this.#draw();
  }

  /** Lets go of all of it. */
  clear(): void {
    this.#average?.dispose();
    this.#average = undefined;
    this.#of = '';
  }

  get #weights(): number[] {
    const shares = this.#picks.map((_, i) => this.#share(i));
    return shares.some((share) => share > 0) ? shares : shares.map(() => 1);
  }

  #share(index: number): number {
    return this.#shares.length === this.#picks.length ? (this.#shares[index] ?? HOME) : HOME;
  }

  #makeSliders(): void {
    const moved = (index: number, share: number, resting: boolean): void => {
      this.#shares = this.#picks.map((_, i) => (i === index ? share : this.#share(i)));
      if (resting) this.#events.commit(`share ${String(index)}`);
      this.refresh();
    };
    this.#sliders.replaceChildren(
      ...this.#picks.map((pick, i) => {
        const slider = new Slider(
          pick.name,
          { min: 0, max: 100, step: 1, home: HOME },
          say.parts,
          (value, resting) => {
            moved(i, value, resting);
          },
        );
        slider.value = this.#share(i);
        return slider.root;
      }),
    );
  }

  /** While one is drawn only the newest that is wanted waits. */
  async #draw(): Promise<void> {
    this.#stale = true;
    if (this.#drawing) return;
    this.#drawing = true;
    try {
      while (this.#stale && this.#average) {
        this.#stale = false;
        const drawn = this.#average;
        const frame = await drawn.frame(this.#weights);
        if (drawn === this.#average) this.#events.drawn(frame);
      }
    } catch {
      // Disposed of meanwhile.
    } finally {
      this.#drawing = false;
    }
  }
}

function solve(picks: readonly Pick[], size: number, signal: AbortSignal): Promise<Average> {
  const together = (pictures: (Blob | string)[]): Promise<Average> =>
    average(pictures, { size, fit: 'contain', signal });
  return together(picks.map(({ large, source }) => large ?? source)).catch((error: unknown) => {
    // Larger copies are not kept for use without a network.
    if (signal.aborted || picks.every(({ large }) => large === undefined)) throw error;
    return together(picks.map(({ source }) => source));
  });
}
