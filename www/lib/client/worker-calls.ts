import type { CallOptions, Progress } from '../shared/api.js';
import { SodaError, type SodaErrorCode, aborted } from '../shared/error.js';

interface Call {
  resolve: (result: never) => void;
  reject: (error: SodaError) => void;
  onPart: WorkerCallOptions['onPart'];
  onProgress: CallOptions['onProgress'];
}

export interface WorkerCallOptions extends CallOptions {
  /** Hears of frames as they are painted. */
  onPart?: ((part: Uint8ClampedArray) => void) | undefined;
  transfer?: Transferable[];
}

/**
 * Numbered calls to one worker that are not answered yet, each with its signal, and one end for all
 * of them.
 */
export class WorkerCalls {
  readonly #worker: Worker;
  readonly #calls = new Map<number, Call>();
  #next = 0;
  #end: SodaError | undefined;
  #tellEnd: (reason: SodaError) => void = () => undefined;
  /** Settles with the reason once the worker is ended. */
  readonly ended: Promise<SodaError> = new Promise<SodaError>((resolve) => {
    this.#tellEnd = resolve;
  });

  /**
   * @param what the worker's name in errors, such as "the morph's worker"
   * @param again what helps where an answer could not be read
   */
  constructor(worker: Worker, what: string, again: string) {
    this.#worker = worker;
    worker.addEventListener('messageerror', () => {
      this.close(
        new SodaError('out-of-memory', `an answer of ${what} could not be read; ${again}`),
      );
    });
    worker.addEventListener('error', (event) => {
      // A script that does not load gives a plain Event, without a message.
      const message = (event as Partial<ErrorEvent>).message ?? '';
      this.close(
        message === ''
          ? new SodaError(
              'network',
              `the script of ${what} could not be loaded; check workerUrl and the page's CSP ` +
                '(worker-src)',
            )
          : new SodaError('internal', `${what} failed: ${message}`),
      );
    });
  }

  /** Why the worker is ended, once it is. */
  get end(): SodaError | undefined {
    return this.#end;
  }

  /** Asks for a job. Aborting rejects at once and tells the worker by `onAbort`. */
  call<T>(
    kind: string,
    request: unknown,
    { signal, onProgress, onPart, transfer = [] }: WorkerCallOptions,
    onAbort: (id: number) => void = () => undefined,
  ): Promise<T> {
    if (this.#end) return Promise.reject(this.#end);
    if (signal?.aborted) return Promise.reject(aborted());
    const id = this.#next++;
    return new Promise<T>((resolve, reject) => {
      const abort = (): void => {
        onAbort(id);
        this.#take(id)?.reject(aborted());
      };
      const settled = (): void => {
        signal?.removeEventListener('abort', abort);
      };
      this.#calls.set(id, {
        resolve: (result) => {
          settled();
          resolve(result);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
        onPart,
        onProgress,
      });
      signal?.addEventListener('abort', abort, { once: true });
      try {
        this.post({ kind, id, request }, transfer);
      } catch (error) {
        // What cannot be cloned, such as a function among the options or a buffer that was
        // transferred before.
        const why = new SodaError(
          'input',
          `${kind}: an argument cannot be sent to the worker (${String(error)}); give plain data`,
          { cause: error },
        );
        this.#take(id)?.reject(why);
      }
    });
  }

  /** A message of no call, or about one. */
  post(message: unknown, transfer: Transferable[] = []): void {
    if (!this.#end) this.#worker.postMessage(message, transfer);
  }

  progress(id: number, progress: Progress): void {
    this.#calls.get(id)?.onProgress?.(progress);
  }

  part(id: number, part: Uint8ClampedArray): void {
    this.#calls.get(id)?.onPart?.(part);
  }

  done(id: number, result: unknown): void {
    this.#take(id)?.resolve(result as never);
  }

  failed(id: number, code: SodaErrorCode, message: string): void {
    this.#take(id)?.reject(new SodaError(code, message));
  }

  /** Ends the worker at once. Calls under way and all later ones reject with `reason`. */
  close(reason: SodaError): void {
    if (this.#end) return;
    this.#end = reason;
    this.#worker.terminate();
    for (const id of [...this.#calls.keys()]) this.#take(id)?.reject(reason);
    this.#tellEnd(reason);
  }

  #take(id: number): Call | undefined {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    return call;
  }
}
