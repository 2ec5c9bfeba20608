import type { FromWorker, ToWorker } from '../shared/protocol.js';

type Answer = Extract<ToWorker, { kind: 'fetched' | 'fetchPart' | 'fetchFailed' }>;

interface Request {
  resolve: (response: Response) => void;
  reject: (error: TypeError) => void;
  body: ReadableStreamDefaultController<Uint8Array> | undefined;
}

/** A `fetch` that the page does, because a function of the page cannot come here. */
export class PageFetch {
  readonly #send: (message: FromWorker) => void;
  readonly #requests = new Map<number, Request>();
  #next = 0;

  constructor(send: (message: FromWorker) => void) {
    this.#send = send;
  }

  readonly fetch = (url: string, { cache = 'default' }: RequestInit = {}): Promise<Response> =>
    new Promise((resolve, reject) => {
      const id = this.#next++;
      this.#requests.set(id, { resolve, reject, body: undefined });
      this.#send({ kind: 'fetch', id, url, cache });
    });

  /** What the page has to say to one of the requests. */
  receive(answer: Answer): void {
    const request = this.#requests.get(answer.id);
    if (!request) return;
    switch (answer.kind) {
      case 'fetched': {
        const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
          start: (controller) => {
            request.body = controller;
          },
        });
        const { status, headers } = answer;
        // Answers such as 204 may have no body.
        request.resolve(
          new Response([204, 205, 304].includes(status) ? null : body, { status, headers }),
        );
        break;
      }
      case 'fetchPart':
        if (answer.chunk) request.body?.enqueue(answer.chunk);
        else {
          request.body?.close();
          this.#requests.delete(answer.id);
        }
        break;
      case 'fetchFailed': {
        const error = new TypeError(answer.message);
        if (request.body) request.body.error(error);
        else request.reject(error);
        this.#requests.delete(answer.id);
        break;
      }
    }
  }
}
