import { SodaError } from '../shared/error.js';

/** What a download needs of the world around it. */
export interface Net {
  fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Absent where the browser has none (insecure context) or the caller wants none. */
  caches?: CacheStorage;
  /** SHA-256; absent in insecure contexts. */
  digest?: (bytes: Uint8Array<ArrayBuffer>) => Promise<ArrayBuffer>;
}

/** Bytes received of one file; `total` is 0 while unknown. */
export type OnBytes = (done: number, total: number) => void;

/** Asks for a file. Throws 'network' where no server answers. */
export async function ask(url: string, net: Net, cache: RequestCache): Promise<Response> {
  try {
    return await net.fetch(url, { cache });
  } catch (error) {
    throw new SodaError(
      'network',
      `${url} cannot be reached; check the address, the connection, and CORS where it is ` +
        `another site`,
      {
        cause: error,
      },
    );
  }
}

/** Asks for a file. Throws 'network' unless the answer is the file. */
export async function get(url: string, net: Net, cache: RequestCache): Promise<Response> {
  const response = await ask(url, net, cache);
  if (!response.ok) throw refusal(url, response);
  return response;
}

/** The error of an answer that is no file. */
export function refusal(url: string, { status }: Response): SodaError {
  return new SodaError(
    'network',
    `${url}: the server answered ${String(status)}; check the address of the model`,
  );
}

/** Fetches a file and says how far it is. The body of the answer is counted as it is read. */
export async function fetchCounted(
  url: string,
  net: Net,
  onBytes: OnBytes,
  cache: RequestCache = 'default',
  length = 0,
): Promise<Response> {
  const response = await get(url, net, cache);
  const { body } = response;
  if (!body) return response;
  const total = length || plainLength(response);
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

/** The whole body. Throws 'network' where the connection breaks on the way. */
export async function bytesOf(response: Response, url: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw new SodaError('network', `${url}: the connection broke off; try again`, { cause: error });
  }
}

/**
 * Content-Length counts the bytes on the wire, which under compression are not those that arrive
 * here.
 */
function plainLength({ headers }: Response): number {
  return headers.has('content-encoding') ? 0 : Number(headers.get('content-length') ?? 0);
}
