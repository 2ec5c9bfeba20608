import { SodaError, isFailure } from '../shared/error.js';
import type { JobAnswer, JobRequest, JobTable } from '../shared/job-protocol.js';

/**
 * Does what the page asks of this worker, one job at a time in the order they came, and answers
 * each with its result or what was wrong.
 */
export function answerJobs<J extends JobTable<J>>(
  work: (message: JobRequest<J>, onProgress: (done: number, total: number) => void) => unknown,
): void {
  const scope = globalThis as unknown as DedicatedWorkerGlobalScope;
  let queue = Promise.resolve();

  scope.addEventListener('message', ({ data }: MessageEvent<JobRequest<J>>) => {
    queue = queue.then(() => answer(data));
  });

  async function answer(message: JobRequest<J>): Promise<void> {
    const { id } = message;
    try {
      const result = await work(message, (done, total) => {
        scope.postMessage({ id, kind: 'progress', done, total } satisfies JobAnswer);
      });
      scope.postMessage({ id, kind: 'done', result } satisfies JobAnswer, transferables(result));
    } catch (error) {
      const { code, message: text } = isFailure(error) ? error : SodaError.from(error);
      scope.postMessage({ id, kind: 'failed', code, message: text } satisfies JobAnswer);
    }
  }
}

/** The buffers of a result, at any depth: they go to the page without a copy. */
function transferables(value: unknown): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) return value.buffer instanceof ArrayBuffer ? [value.buffer] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(transferables);
}
