import type { CallOptions } from '../shared/api.js';
import { SodaError, aborted } from '../shared/error.js';
import type { FromWorker, JobKind, Jobs, ToWorker } from '../shared/protocol.js';

interface Call {
  resolve: (result: never) => void;
  reject: (error: SodaError) => void;
  onPart?: (part: Uint8ClampedArray) => void;
  onProgress?: CallOptions['onProgress'];
}

/** The bridge to one worker: numbered calls, each with its signal, and one end for all of them. */
export class Channel {
  readonly #worker: Worker;
  readonly #calls = new Map<number, Call>();
  #next = 0;
  #end: SodaError | undefined;
  #tellEnd: (reason: SodaError) => void = () => undefined;
  /** Settles with the reason once the channel is closed. */
  readonly ended: Promise<SodaError> = new Promise<SodaError>((resolve) => {
    this.#tellEnd = resolve;
  });

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.addEventListener('message', (event: MessageEvent<FromWorker>) => {
      this.#receive(event.data);
    });
    worker.addEventListener('messageerror', () => {
      this.close(
        new SodaError(
          'out-of-memory',
          'an answer of the worker could not be read; close other tabs and load the model again',
        ),
      );
    });
    worker.addEventListener('error', (event) => {
      // A script that does not load gives a plain Event, without a message.
      const message = (event as Partial<ErrorEvent>).message ?? '';
      this.close(
        message === ''
          ? new SodaError(
              'network',
              "the worker script could not be loaded; check workerUrl and the page's CSP " +
                '(worker-src)',
            )
          : new SodaError('internal', `the worker failed: ${message}`),
      );
    });
  }

  /** Why the channel is closed, once it is. */
  get end(): SodaError | undefined {
    return this.#end;
  }

  /** Asks for a job. Aborting rejects at once; the worker stops at its next step. */
  call<K extends JobKind>(
    kind: K,
    request: Jobs[K]['request'],
    options: CallOptions & {
      onPart?: (part: Uint8ClampedArray) => void;
      transfer?: Transferable[];
    } = {},
  ): Promise<Jobs[K]['result']> {
    const { signal, onProgress, onPart, transfer = [] } = options;
    if (this.#end) return Promise.reject(this.#end);
    if (signal?.aborted) return Promise.reject(aborted());
    const id = this.#next++;
    return new Promise<Jobs[K]['result']>((resolve, reject) => {
      const onAbort = (): void => {
        this.#post({ kind: 'abort', id });
        this.#take(id)?.reject(aborted());
      };
      const settled = (): void => {
        signal?.removeEventListener('abort', onAbort);
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
      signal?.addEventListener('abort', onAbort, { once: true });
      try {
        this.#post({ kind, id, request } as ToWorker, transfer);
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

  /** Ends the worker at once. Calls under way and all later ones reject with `reason`. */
  close(reason: SodaError): void {
    if (this.#end) return;
    this.#end = reason;
    this.#worker.terminate();
    for (const id of [...this.#calls.keys()]) this.#take(id)?.reject(reason);
    this.#tellEnd(reason);
  }

  #post(message: ToWorker, transfer: Transferable[] = []): void {
    if (!this.#end) this.#worker.postMessage(message, transfer);
  }

  #take(id: number): Call | undefined {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    return call;
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case 'progress':
        this.#calls.get(message.id)?.onProgress?.(message.progress);
        break;
      case 'part':
        this.#calls.get(message.id)?.onPart?.(message.part);
        break;
      case 'done':
        this.#take(message.id)?.resolve(message.result as never);
        break;
      case 'failed':
        this.#take(message.id)?.reject(new SodaError(message.code, message.message));
        break;
      case 'fetch':
        break; // The page's downloads listen for themselves: page-fetch.ts.
      case 'dead':
        this.close(new SodaError(message.code, message.message));
        break;
    }
  }
}
