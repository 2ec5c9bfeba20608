import { SodaError } from '../shared/error.js';

const CACHE = 'soda-morph-models';

/** What a download needs of the world around it. */
export interface Net {
  fetch: typeof fetch;
  /** Absent where the browser has none (insecure context) or the caller wants none. */
  caches?: CacheStorage;
}

/** Bytes received of one file; `total` is 0 while unknown. */
export type OnBytes = (done: number, total: number) => void;

/** Fetches a file that may change under its name, such as config.json: always asks the server. */
export async function fetchText(url: string, net: Net): Promise<string> {
  return (await get(url, net, 'no-cache')).text();
}

/** Fetches a file and says how far it is. The body of the answer is counted as it is read. */
export async function fetchCounted(url: string, net: Net, onBytes: OnBytes): Promise<Response> {
  const response = await get(url, net, 'default');
  const { body } = response;
  if (!body) return response;
  const total = plainLength(response);
  let done = 0;
  const counter = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      done += chunk.byteLength;
      onBytes(done, total);
      controller.enqueue(chunk);
    },
  });
  const { status, statusText, headers } = response;
  return new Response(body.pipeThrough(counter), { status, statusText, headers });
}

/**
 * The weights at `url`. A kept copy is used where the server says, on being asked, that the file is still the one that was
 * kept (ETag, or else Last-Modified and length), and where no server can be reached. A server that says neither gets no copy
 * kept.
 */
export async function fetchWeights(url: string, net: Net, onBytes: OnBytes): Promise<Uint8Array> {
  const cache = await net.caches?.open(CACHE).catch(() => undefined);
  const kept = await cache?.match(url);
  if (kept && (await isCurrent(url, kept, net))) {
    const bytes = new Uint8Array(await kept.arrayBuffer());
    onBytes(bytes.length, bytes.length);
    return bytes;
  }
  const response = await fetchCounted(url, net, onBytes);
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (cache && versionOf(response) !== undefined) {
    const headers = new Headers();
    for (const name of ['etag', 'last-modified', 'content-length']) {
      const value = response.headers.get(name);
      if (value !== null) headers.set(name, value);
    }
    // Storage may be full; the model works without a copy.
    void cache.put(url, new Response(bytes.slice(), { headers })).catch(() => undefined);
  } else if (kept) {
    void cache?.delete(url);
  }
  return bytes;
}

async function isCurrent(url: string, kept: Response, net: Net): Promise<boolean> {
  const head = await net.fetch(url, { method: 'HEAD', cache: 'no-store' }).catch(() => undefined);
  if (head === undefined) return true;
  return head.ok && versionOf(head) !== undefined && versionOf(head) === versionOf(kept);
}

/** What tells two states of a file apart, as far as the server says. */
function versionOf({ headers }: Response): string | undefined {
  const etag = headers.get('etag');
  if (etag !== null) return etag;
  const modified = headers.get('last-modified');
  return modified === null ? undefined : `${modified}, ${headers.get('content-length') ?? '?'} bytes`;
}

/** Content-Length counts the bytes on the wire, which under compression are not those that arrive here. */
function plainLength({ headers }: Response): number {
  return headers.has('content-encoding') ? 0 : Number(headers.get('content-length') ?? 0);
}

async function get(url: string, net: Net, cache: RequestCache): Promise<Response> {
  let response: Response;
  try {
    response = await net.fetch(url, { cache });
  } catch (error) {
    throw new SodaError('network', `${url} cannot be reached; check the address and the connection`, { cause: error });
  }
  if (!response.ok) {
    throw new SodaError('network', `${url}: the server answered ${String(response.status)}; check the address of the model`);
  }
  return response;
}
