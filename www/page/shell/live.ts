import type { DecodeOptions, Latent } from 'soda-morph';
import type { Engine } from './engine.js';
import { paintedSide } from '../parts/side.js';

/** A hand that has not moved for so long rests. */
const REST_MS = 140;
const COARSE_STEPS = 1;

interface Wish {
  latent: () => Latent;
  since: number;
  coarse: boolean;
}

/** What hears of the painting. */
export interface Watcher {
  /** A picture has been painted; `fine` with all its steps. */
  show: (picture: ImageData, fine: boolean) => void;
  /** How long the coarse picture took from the move that asked for it. */
  followed?: (ms: number) => void;
  /** Settings of the painting. */
  options?: () => DecodeOptions;
}

/**
 * Paints what a hand is pointing at: in one step while it moves, in as many as the model wants once
 * it rests. Only the newest place counts, and a fine picture under way gives way to the next move.
 */
export class Live {
  readonly #engine: Engine;
  readonly #watcher: Watcher;
  #wish: Wish | undefined;
  #running = false;
  #moved: () => void = () => undefined;
  #fine = new AbortController();
  #waiting: (() => void)[] = [];

  constructor(engine: Engine, watcher: Watcher) {
    this.#engine = engine;
    this.#watcher = watcher;
  }

  /** The hand points at this latent now. */
  move(latent: () => Latent): void {
    this.#set({ latent, since: performance.now(), coarse: false });
    void this.#run();
  }

  /** The hand points at nothing, or at what is painted already. */
  cancel(): void {
    this.#set(undefined);
  }

  /** Resolves when nobody waits for a picture: the time for other painting. */
  async quiet(): Promise<void> {
    while (this.#running)
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
  }

  #set(wish: Wish | undefined): void {
    this.#wish = wish;
    this.#fine.abort();
    this.#moved();
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#wish && this.#engine.soda) await this.#serve(this.#wish);
    } finally {
      this.#running = false;
      for (const resolve of this.#waiting.splice(0)) resolve();
    }
  }

  /** The next thing to be done for a wish. */
  async #serve(wish: Wish): Promise<void> {
    const steps =
      this.#watcher.options?.().steps ?? this.#engine.soda?.config.steps ?? COARSE_STEPS;
    const onlyCoarse = steps <= COARSE_STEPS;
    const rest = wish.since + REST_MS - performance.now();
    if (!wish.coarse) {
      // Not aborted by moves: a hand that never rests would see nothing.
      const picture = await this.#paint(wish, new AbortController().signal, COARSE_STEPS);
      wish.coarse = true;
      if (picture && this.#wish) {
        this.#watcher.show(picture, onlyCoarse);
        performance.measure('soda: repaint', { start: wish.since });
        this.#watcher.followed?.(performance.now() - wish.since);
      }
    } else if (!onlyCoarse && rest > 0) await this.#restOrMove(rest);
    else {
      this.#fine = new AbortController();
      const picture = onlyCoarse ? undefined : await this.#paint(wish, this.#fine.signal, steps);
      if (this.#wish !== wish) return;
      if (picture) this.#watcher.show(picture, true);
      this.#wish = undefined;
    }
  }

  #paint({ latent }: Wish, signal: AbortSignal, steps: number): Promise<ImageData | undefined> {
    return this.#engine.work(
      signal,
      async (soda) =>
        (
          await soda.decode(latent(), {
            ...this.#watcher.options?.(),
            steps,
            size: paintedSide(soda.config),
            signal,
          })
        )[0],
    );
  }

  #restOrMove(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#moved = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
