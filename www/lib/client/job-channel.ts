import type { CallOptions } from '../shared/api.js';
import { SodaError, aborted } from '../shared/error.js';
import type { JobAnswer, JobTable } from '../shared/job-protocol.js';

interface Call {
  resolve: (result: never) => void;
  reject: (error: SodaError) => void;
  onProgress: CallOptions['onProgress'];
}

/** The bridge to a worker that a page shares for all jobs of some kinds. */
export class JobChannel<J extends JobTable<J>> {
  readonly #worker: Worker;
  readonly #calls = new Map<number, Call>();
  #next = 0;
  #end: SodaError | undefined;

  /** `what` the worker is for, in errors. */
  constructor(worker: Worker, what: string) {
    this.#worker = worker;
    this.#worker.addEventListener('message', (event: MessageEvent<JobAnswer>) => {
      this.#receive(event.data);
    });
    this.#worker.addEventListener('error', (event) => {
      const message = (event as Partial<ErrorEvent>).message ?? '';
      this.#close(
        message === ''
          ? new SodaError(
              'network',
              `the ${what}'s worker script could not be loaded; check workerUrl and the page's ` +
                'CSP (worker-src)',
            )
          : new SodaError('internal', `the ${what}'s worker failed: ${message}`),
      );
    });
  }

  /** Whether the worker has failed; another is to be started then. */
  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** Asks for a job. Aborting rejects at once. */
  call<K extends keyof J>(
    kind: K,
    request: J[K]['request'],
    { signal, onProgress }: CallOptions = {},
    transfer: Transferable[] = [],
  ): Promise<J[K]['result']> {
    if (this.#end) return Promise.reject(this.#end);
    if (signal?.aborted) return Promise.reject(aborted());
    const id = this.#next++;
    return new Promise<J[K]['result']>((resolve, reject) => {
      const onAbort = (): void => {
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
        onProgress,
      });
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#worker.postMessage({ id, kind, request }, transfer);
    });
  }

  #take(id: number): Call | undefined {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    return call;
  }

  #receive(answer: JobAnswer): void {
    switch (answer.kind) {
      case 'progress': {
        const { done, total } = answer;
        this.#calls.get(answer.id)?.onProgress?.({ stage: 'download', done, total });
        break;
      }
      case 'done':
        this.#take(answer.id)?.resolve(answer.result as never);
        break;
      case 'failed':
        this.#take(answer.id)?.reject(new SodaError(answer.code, answer.message));
        break;
    }
  }

  #close(reason: SodaError): void {
    this.#end = reason;
    this.#worker.terminate();
    for (const id of [...this.#calls.keys()]) this.#take(id)?.reject(reason);
  }
}
