import { aborted } from '../shared/error.js';

/** Runs jobs one after another; each can be aborted by its number, waiting or running. */
export class Queue {
  readonly #controllers = new Map<number, AbortController>();
  #last: Promise<unknown> = Promise.resolve();

  /**
   * Appends a job. It gets a signal, and rejects with 'aborted' where it was aborted before its
   * turn.
   */
  add<T>(id: number, job: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    this.#controllers.set(id, controller);
    const result = this.#last.then(async () => {
      try {
        if (controller.signal.aborted) throw aborted();
        return await job(controller.signal);
      } finally {
        this.#controllers.delete(id);
      }
    });
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Aborts the job of this number; nothing happens where it has ended. */
  abort(id: number): void {
    this.#controllers.get(id)?.abort();
  }
}

const { port1, port2 } = new MessageChannel();
const waiting: (() => void)[] = [];
port1.onmessage = () => {
  waiting.shift()?.();
};

/**
 * Lets the event loop turn once, so that messages get through. A timer would cost 4 ms each time.
 */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    port2.postMessage(null);
  });
}
