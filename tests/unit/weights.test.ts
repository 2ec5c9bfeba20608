import { beforeEach, describe, expect, test, vi } from 'vitest';
import { type Net, fetchCounted, fetchText, fetchWeights } from '../../www/lib/worker/weights.js';

const URL_ = 'https://models.test/a/model.safetensors';

/** One file on a server, and what was asked of it. */
class Server {
  body = 'first';
  headers: Record<string, string> = { etag: '"1"' };
  status = 200;
  asked: string[] = [];

  readonly fetch = vi.fn((_: unknown, { method = 'GET' }: RequestInit = {}) => {
    this.asked.push(method);
    const headers = { 'content-length': String(this.body.length), ...this.headers };
    return Promise.resolve(new Response(method === 'HEAD' ? null : this.body, { status: this.status, headers }));
  });
}

/** The Cache API, as much of it as is used. */
class Caches {
  readonly kept = new Map<string, Response>();

  open(): Promise<Cache> {
    const cache = {
      match: (url: string) => Promise.resolve(this.kept.get(url)?.clone()),
      put: (url: string, response: Response) => Promise.resolve(void this.kept.set(url, response)),
      delete: (url: string) => Promise.resolve(this.kept.delete(url)),
    };
    return Promise.resolve(cache as unknown as Cache);
  }
}

let server: Server;
let caches: Caches;
let net: Net;
const text = async (onBytes = (): void => undefined): Promise<string> => new TextDecoder().decode(await fetchWeights(URL_, net, onBytes));

beforeEach(() => {
  server = new Server();
  caches = new Caches();
  net = { fetch: server.fetch, caches: caches as unknown as CacheStorage };
});

describe('weights', () => {
  test('a second load asks only whether they changed', async () => {
    expect(await text()).toBe('first');
    expect(await text()).toBe('first');
    expect(server.asked).toEqual(['GET', 'HEAD']);
  });

  test('a changed file is fetched and takes the place of the kept one', async () => {
    await text();
    server.body = 'second';
    server.headers = { etag: '"2"' };
    expect(await text()).toBe('second');
    expect(await text()).toBe('second');
    expect(server.asked).toEqual(['GET', 'HEAD', 'GET', 'HEAD']);
  });

  test('without an ETag, date and length tell', async () => {
    server.headers = { 'last-modified': 'Mon, 02 Nov 2026 08:00:00 GMT' };
    await text();
    expect(await text()).toBe('first');
    server.body = 'longer than first';
    expect(await text()).toBe('longer than first');
  });

  test('a server that says neither gets no copy kept', async () => {
    server.headers = {};
    await text();
    expect(caches.kept.size).toBe(0);
    server.body = 'second';
    expect(await text()).toBe('second');
  });

  test('where no server can be reached, the kept copy is used', async () => {
    await text();
    server.body = 'second';
    server.fetch.mockImplementation(() => Promise.reject(new TypeError('Failed to fetch')));
    expect(await text()).toBe('first');
  });

  test('a server that cannot be asked is fetched from', async () => {
    await text();
    server.body = 'second';
    server.fetch.mockImplementationOnce(() => Promise.resolve(new Response(null, { status: 405 })));
    expect(await text()).toBe('second');
  });

  test('without a cache they are fetched each time', async () => {
    net = { fetch: net.fetch };
    await text();
    await text();
    expect(server.asked).toEqual(['GET', 'GET']);
  });

  test('a full storage is no hindrance', async () => {
    caches.open = () => Promise.reject(new DOMException('full', 'QuotaExceededError'));
    expect(await text()).toBe('first');
  });
});

describe('downloads', () => {
  test('bytes are counted up to the total', async () => {
    server.body = 'x'.repeat(5000);
    const seen: [number, number][] = [];
    await (await fetchCounted(URL_, net, (done, total) => seen.push([done, total]))).text();
    expect(seen.at(-1)).toEqual([5000, 5000]);
  });

  test('under compression the total is unknown', async () => {
    server.headers = { 'content-encoding': 'gzip' };
    const seen: [number, number][] = [];
    await (await fetchCounted(URL_, net, (done, total) => seen.push([done, total]))).text();
    expect(seen.at(-1)).toEqual([5, 0]);
  });

  test('an answer that is no 200 names address and status', async () => {
    server.status = 404;
    await expect(fetchText(URL_, net)).rejects.toMatchObject({ code: 'network', message: expect.stringContaining(`${URL_}: the server answered 404`) as string });
  });

  test('no answer at all is a network error', async () => {
    server.fetch.mockImplementation(() => Promise.reject(new TypeError('Failed to fetch')));
    await expect(fetchText(URL_, net)).rejects.toMatchObject({ code: 'network' });
  });
});
