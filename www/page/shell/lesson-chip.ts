import type { Router } from './router.js';
import { say } from '../parts/strings/common.js';

/**
 * What is seen of a lesson from the other panels; a click leads to it. While it lasts the screen
 * stays awake.
 */
export class LessonChip {
  readonly #button: HTMLButtonElement;
  #awake: WakeLockSentinel | undefined;
  #running = false;

  constructor(button: HTMLButtonElement, router: Router) {
    this.#button = button;
    button.addEventListener('click', () => {
      router.open('teach');
    });
    router.onChange(() => {
      this.#place(router.place.panel);
    });
    this.#place(router.place.panel);
    // A lock ends when the tab is hidden.
    document.addEventListener('visibilitychange', () => {
      if (this.#running) void this.#stayAwake();
    });
    addEventListener('beforeunload', (event) => {
      if (this.#running) event.preventDefault();
    });
  }

  /** How far the lesson is; undefined when there is none, or when it is paused. */
  set step(step: { done: number; steps: number } | undefined) {
    this.#button.textContent = step ? say.lessonChip(step.done, step.steps) : '';
    this.#button.dataset['running'] = String(step !== undefined);
    if (this.#running === (step !== undefined)) return;
    this.#running = step !== undefined;
    if (step) void this.#stayAwake();
    else void this.#awake?.release().catch(() => undefined);
  }

  #place(panel: string): void {
    this.#button.hidden = panel === 'teach';
  }

  async #stayAwake(): Promise<void> {
    if (document.hidden) return;
    // Not every browser has it, and some refuse it when the battery is low.
    const { wakeLock } = navigator as { wakeLock?: WakeLock };
    const lock = await wakeLock?.request('screen').catch(() => undefined);
    if (!this.#running) await lock?.release().catch(() => undefined);
    else this.#awake = lock;
  }
}
