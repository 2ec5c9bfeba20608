import type { CallOptions } from '../shared/api.js';
import type { JobAnswer, JobTable } from '../shared/job-protocol.js';
import { WorkerCalls } from './worker-calls.js';
import { absoluteUrl, checkSupport, here, sameOrigin, startAt } from './worker-script.js';

/** The bridge to a worker that a page shares for all jobs of some kinds. */
export class JobChannel<J extends JobTable<J>> {
  readonly #calls: WorkerCalls;

  /** `what` the worker is for, in errors. */
  constructor(worker: Worker, what: string) {
    this.#calls = new WorkerCalls(worker, `the ${what}'s worker`, 'close other tabs and try again');
    worker.addEventListener('message', ({ data: answer }: MessageEvent<JobAnswer>) => {
      if (answer.kind === 'progress') {
        const { id, done, total } = answer;
        this.#calls.progress(id, { stage: 'download', done, total });
      } else if (answer.kind === 'done') this.#calls.done(answer.id, answer.result);
      else this.#calls.failed(answer.id, answer.code, answer.message);
    });
  }

  /** Whether the worker has failed; another is to be started then. */
  get ended(): boolean {
    return this.#calls.end !== undefined;
  }

  /** Asks for a job. Aborting rejects at once. */
  call<K extends keyof J & string>(
    kind: K,
    request: J[K]['request'],
    { signal, onProgress }: CallOptions = {},
    transfer: Transferable[] = [],
  ): Promise<J[K]['result']> {
    return this.#calls.call<J[K]['result']>(kind, request, { signal, onProgress, transfer });
  }
}

/** A worker that a page shares, started when it is first wanted. */
export class SharedChannel<J extends JobTable<J>> {
  readonly #what: string;
  readonly #file: string;
  readonly #bundled: () => Worker;
  #channel: JobChannel<J> | undefined;

  /**
   * @param what the worker is for, in errors
   * @param file its script beside the library's
   * @param bundled starts it by a form that bundlers know, so that they carry the script along
   */
  constructor(what: string, file: string, bundled: () => Worker) {
    this.#what = what;
    this.#file = file;
    this.#bundled = bundled;
  }

  /** The page's worker; another one where the last has failed. */
  at(workerUrl: string | URL | undefined): JobChannel<J> {
    if (this.#channel === undefined || this.#channel.ended)
      this.#channel = new JobChannel<J>(this.#start(workerUrl), this.#what);
    return this.#channel;
  }

  #start(workerUrl: string | URL | undefined): Worker {
    checkSupport();
    if (workerUrl !== undefined) return startAt(absoluteUrl(workerUrl));
    return sameOrigin(here()) ? this.#bundled() : startAt(new URL(this.#file, here()).href);
  }
}

/** The addresses of a WebAssembly module in a folder that somebody names. */
export function moduleIn(folder: string | URL): { module: string; wasm: string } {
  const url = new URL(absoluteUrl(folder));
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return { module: new URL('soda.js', url).href, wasm: new URL('soda_bg.wasm', url).href };
}
