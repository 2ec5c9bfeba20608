import type { Speed } from '../../strings/common.js';

/** Times the steps as they are reported. */
export class StepClock {
  readonly #begun = performance.now();
  #steps = 0;
  #last = this.#begun;

  step(done: number): void {
    this.#steps = done;
    this.#last = performance.now();
  }

  speed(frames: number): Speed {
    return {
      msPerStep: (this.#last - this.#begun) / Math.max(1, this.#steps),
      seconds: (performance.now() - this.#begun) / 1000,
      frames,
    };
  }
}
