import { Player } from './player.js';

/** What is heard, begun by buttons: one at a time, and a second press ends it. */
export class Listening {
  readonly #player = new Player();
  readonly #changed: () => void;
  readonly #refused: () => void;
  /** What is being played, or made to be played. */
  #run: AbortController | undefined;

  /**
   * @param changed what is on has changed: buttons have `data-on`
   * @param refused the browser lets nothing be heard
   */
  constructor(changed: () => void, refused: () => void) {
    this.#changed = changed;
    this.#refused = refused;
  }

  /** Plays, unless this button is what is playing: then that ends. */
  async perform(
    button: HTMLButtonElement,
    act: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const wasOn = button.hasAttribute('data-on');
    this.stop();
    if (wasOn) return;
    const run = new AbortController();
    this.#run = run;
    // While the press is fresh: what is heard may take a while to be made.
    this.#player.wake();
    button.toggleAttribute('data-on', true);
    this.#changed();
    try {
      await act(run.signal);
    } finally {
      button.toggleAttribute('data-on', false);
      if (this.#run === run) this.#run = undefined;
      this.#changed();
    }
  }

  /** Plays samples with a line over their picture; whether they came to their end. */
  async hear(place: HTMLElement, samples: Float32Array<ArrayBuffer>): Promise<boolean> {
    if (this.#run?.signal.aborted !== false) return false;
    place.toggleAttribute('data-playing', true);
    try {
      return await this.#player.play(samples);
    } catch {
      this.#refused();
      return false;
    } finally {
      place.toggleAttribute('data-playing', false);
    }
  }

  stop(): void {
    this.#run?.abort();
    this.#run = undefined;
    this.#player.stop();
  }

  /** Gives the loudspeakers back until something is played. */
  close(): void {
    this.stop();
    this.#player.close();
  }
}
