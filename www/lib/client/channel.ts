import { SodaError } from '../shared/error.js';
import type { FromWorker, JobKind, Jobs } from '../shared/protocol.js';
import { type WorkerCallOptions, WorkerCalls } from './worker-calls.js';

/** The bridge to the worker of one model. */
export class Channel {
  readonly #calls: WorkerCalls;
  /** Settles with the reason once the channel is closed. */
  readonly ended: Promise<SodaError>;

  constructor(worker: Worker) {
    this.#calls = new WorkerCalls(
      worker,
      'the worker',
      'close other tabs and load the model again',
    );
    this.ended = this.#calls.ended;
    worker.addEventListener('message', (event: MessageEvent<FromWorker>) => {
      this.#receive(event.data);
    });
  }

  /** Why the channel is closed, once it is. */
  get end(): SodaError | undefined {
    return this.#calls.end;
  }

  /** Asks for a job. Aborting rejects at once; the worker stops at its next step. */
  call<K extends JobKind>(
    kind: K,
    request: Jobs[K]['request'],
    options: WorkerCallOptions = {},
  ): Promise<Jobs[K]['result']> {
    return this.#calls.call<Jobs[K]['result']>(kind, request, options, (id) => {
      this.#calls.post({ kind: 'abort', id });
    });
  }

  /** Ends the worker at once. Calls under way and all later ones reject with `reason`. */
  close(reason: SodaError): void {
    this.#calls.close(reason);
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case 'progress':
        this.#calls.progress(message.id, message.progress);
        break;
      case 'part':
        this.#calls.part(message.id, message.part);
        break;
      case 'done':
        this.#calls.done(message.id, message.result);
        break;
      case 'failed':
        this.#calls.failed(message.id, message.code, message.message);
        break;
      case 'fetch':
        break; // The page's downloads listen for themselves: page-fetch.ts.
      case 'dead':
        this.close(new SodaError(message.code, message.message));
        break;
    }
  }
}
