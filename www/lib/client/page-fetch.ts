import type { FromWorker, ToWorker } from '../shared/protocol.js';

/** Downloads for the worker by the page's own `fetch`, piece by piece, until `signal` ends it. */
export function fetchForWorker(worker: Worker, fetch_: typeof fetch, signal: AbortSignal): void {
  const post = (message: ToWorker, transfer: Transferable[] = []): void => {
    if (!signal.aborted) worker.postMessage(message, transfer);
  };
  worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
    if (data.kind !== 'fetch') return;
    const { id, url, cache } = data;
    download(id, url, cache).catch((error: unknown) => {
      post({ kind: 'fetchFailed', id, message: String(error) });
    });
  });

  async function download(id: number, url: string, cache: RequestCache): Promise<void> {
    const { body, status, headers } = await fetch_(url, { cache, signal });
    post({ kind: 'fetched', id, status, headers: [...headers] });
    const reader = body?.getReader();
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) break;
      const chunk = value.slice(); // What a reader gives may be part of a buffer that others read.
      post({ kind: 'fetchPart', id, chunk }, [chunk.buffer]);
    }
    post({ kind: 'fetchPart', id, chunk: null });
  }
}
