import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { type Net, fetchCounted } from '../../www/lib/worker/download.js';
import { fetchModel, nameWeights, wholeLength } from '../../www/lib/worker/model-files.js';

const FOLDER = 'https://models.test/a/';

/** Answers as a server or a cache on the way gives them. */
interface Answer {
  body: string | Uint8Array<ArrayBuffer>;
  status?: number;
  headers?: Record<string, string>;
}

/** A folder on a server, and what was asked of it. */
class Server {
  config: Answer = { body: '{}' };
  weights: Answer = { body: 'weights' };
  /** Takes the place of the weights at the next request only. */
  once: Answer | undefined;
  asked: string[] = [];
  reachable = true;

  readonly fetch = vi.fn((url: string, { method = 'GET', cache = 'default' }: RequestInit = {}) => {
    const { pathname, search } = new URL(url);
    const file = pathname.split('/').at(-1) ?? '';
    this.asked.push(`${method === 'GET' ? '' : `${method} `}${file}${search} ${cache}`);
    if (!this.reachable) return Promise.reject(new TypeError('Failed to fetch'));
    const {
      body,
      status = 200,
      headers = {},
    } = file === 'config.json' ? this.config : (this.once ?? this.weights);
    if (file !== 'config.json') this.once = undefined;
    return Promise.resolve(
      new Response(body, {
        status,
        headers: { 'content-length': String(body.length), ...headers },
      }),
    );
  });

  /** Publishes weights, and a config that names them. */
  publish(weights: string): void {
    this.weights = { body: weights };
    const sha256 = createHash('sha256').update(weights).digest('hex');
    this.config = { body: JSON.stringify({ weights: { sha256, bytes: weights.length } }) };
  }

  /** What was asked since the last time. */
  log(): string[] {
    return this.asked.splice(0);
  }
}

/** The Cache API, as much of it as is used. */
class Caches {
  readonly kept = new Map<string, Response>();
  names = ['soda-morph-models', 'soda-morph-models-2', 'somebody-elses'];

  readonly keys = (): Promise<string[]> => Promise.resolve(this.names);
  readonly delete = (name: string): Promise<boolean> => {
    this.names = this.names.filter((each) => each !== name);
    return Promise.resolve(true);
  };

  open(): Promise<Cache> {
    const bare = (url: string): string => url.split('?')[0] ?? '';
    const cache = {
      match: (url: string) => Promise.resolve(this.kept.get(url)?.clone()),
      put: (url: string, response: Response) => Promise.resolve(void this.kept.set(url, response)),
      delete: (url: string) => {
        for (const key of this.kept.keys()) if (bare(key) === bare(url)) this.kept.delete(key);
        return Promise.resolve(true);
      },
    };
    return Promise.resolve(cache as unknown as Cache);
  }
}

let server: Server;
let caches: Caches;
let net: Net;
const load = async (folder = FOLDER): Promise<string> => {
  const { weights } = await fetchModel(new URL(folder), net, () => undefined);
  await new Promise((resolve) => setTimeout(resolve, 0)); // What is kept is kept beside the loading.
  return new TextDecoder().decode(weights);
};

/** A safetensors file of one tensor of so many bytes. */
function safetensors(length: number): Uint8Array<ArrayBuffer> {
  const header = new TextEncoder().encode(
    JSON.stringify({ a: { dtype: 'U8', shape: [length], data_offsets: [0, length] } }),
  );
  const bytes = new Uint8Array(8 + header.length + length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  return bytes;
}

beforeEach(() => {
  server = new Server();
  caches = new Caches();
  net = {
    fetch: server.fetch,
    caches: caches as unknown as CacheStorage,
    digest: (bytes) => crypto.subtle.digest('SHA-256', bytes),
  };
});

describe('weights that config.json names by their hash', () => {
  beforeEach(() => {
    server.publish('first');
  });

  test('are fetched once; later only config.json is asked for', async () => {
    expect(await load()).toBe('first');
    expect(server.log()).toEqual(['config.json no-cache', 'model.safetensors default']);
    expect(await load()).toBe('first');
    expect(server.log()).toEqual(['config.json no-cache']);
  });

  test('of a new version take the place of the old ones', async () => {
    await load();
    server.publish('second');
    expect(await load()).toBe('second');
    expect(caches.kept.size).toBe(2);
    expect(await load()).toBe('second');
  });

  test('that a cache on the way has from another version are asked for past it', async () => {
    server.once = { body: 'older' };
    expect(await load()).toBe('first');
    expect(server.log()).toEqual([
      'config.json no-cache',
      'model.safetensors default',
      'model.safetensors reload',
    ]);
  });

  test('that are other weights are refused, and not kept', async () => {
    server.weights = { body: 'other' };
    await expect(load()).rejects.toMatchObject({
      code: 'weights',
      message: expect.stringContaining('is not the file that config.json names') as string,
    });
    expect(caches.kept.size).toBe(0);
  });

  test('that ended early are asked for again, and told of, and not kept', async () => {
    server.once = { body: 'fir' };
    expect(await load()).toBe('first');
    caches.kept.clear();
    server.weights = { body: 'fir' };
    await expect(load()).rejects.toMatchObject({
      code: 'network',
      message: expect.stringContaining('ended after 3 of 5 bytes') as string,
    });
    expect(caches.kept.size).toBe(0);
  });

  test('come with the query of the folder, which the kept copy does without', async () => {
    expect(await load(`${FOLDER}?token=one`)).toBe('first');
    expect(server.log()).toEqual([
      'config.json?token=one no-cache',
      'model.safetensors?token=one default',
    ]);
    expect(await load(`${FOLDER}?token=two`)).toBe('first');
    expect(server.log()).toEqual(['config.json?token=two no-cache']);
  });

  test.each([
    [
      'no server can be reached',
      () => {
        server.reachable = false;
      },
    ],
    [
      'the server is down',
      () => {
        server.config = { body: '', status: 503 };
      },
    ],
    [
      'a portal answers with its page',
      () => {
        server.config = { body: '<html>' };
      },
    ],
    [
      'nobody answers',
      () => {
        server.fetch.mockImplementation(() => new Promise(() => undefined));
      },
    ],
  ])('are used from before where %s', async (_, happens) => {
    await load();
    happens();
    expect(await load()).toBe('first');
  });

  test('are not used where the server says no', async () => {
    await load();
    server.config = { body: '', status: 403 };
    await expect(load()).rejects.toMatchObject({
      code: 'network',
      message: expect.stringContaining('403') as string,
    });
  });

  test('are trusted by their length on pages without hashes', async () => {
    delete (net as { digest?: unknown }).digest;
    server.weights = { body: 'other' };
    expect(await load()).toBe('other');
    server.weights = { body: 'longer' };
    caches.kept.clear();
    await expect(load()).rejects.toMatchObject({ code: 'weights' });
  });

  test('have a name that makes sense', async () => {
    server.config = { body: '{"weights": {"sha256": "abc"}}' };
    await expect(load()).rejects.toMatchObject({
      code: 'weights',
      message: expect.stringContaining('64 hexadecimal digits') as string,
    });
  });
});

describe('weights without a name', () => {
  test('are asked for at each load, and kept for when no server can be reached', async () => {
    await load();
    server.weights = { body: 'second' };
    expect(await load()).toBe('second');
    expect(server.log().filter((each) => each.startsWith('model'))).toEqual([
      'model.safetensors no-cache',
      'model.safetensors no-cache',
    ]);
    server.reachable = false;
    expect(await load()).toBe('second');
  });

  test('are used from before where only config.json can be had', async () => {
    await load();
    server.fetch.mockImplementationOnce(() => Promise.resolve(new Response('{}')));
    server.fetch.mockImplementationOnce(() => Promise.reject(new TypeError('Failed to fetch')));
    expect(await load()).toBe('weights');
  });

  test('that ended early are seen by their header', async () => {
    const whole = safetensors(100);
    server.weights = { body: whole };
    server.once = { body: whole.slice(0, 120) };
    expect((await fetchModel(new URL(FOLDER), net, () => undefined)).weights).toEqual(whole);
    server.weights = { body: whole.slice(0, 120) };
    await expect(load()).rejects.toMatchObject({
      code: 'network',
      message: expect.stringContaining(`120 of ${String(whole.length)} bytes`) as string,
    });
  });

  test('have the length that their header says', () => {
    expect(wholeLength(safetensors(100))).toBe(safetensors(100).length);
    expect(wholeLength(safetensors(100).slice(0, 20))).toBe(safetensors(0).length + 4);
    expect(wholeLength(new TextEncoder().encode('<!doctype html>'))).toBe(0);
    expect(wholeLength(new Uint8Array(3))).toBe(0);
  });
});

describe('storage', () => {
  test('of older versions of the library is given back, that of others is not touched', async () => {
    await load();
    expect(caches.names).toEqual(['soda-morph-models-2', 'somebody-elses']);
  });

  test('that is full is no hindrance', async () => {
    caches.open = () => Promise.reject(new DOMException('full', 'QuotaExceededError'));
    expect(await load()).toBe('weights');
  });

  test('that is not wanted is not used', async () => {
    delete (net as { caches?: unknown }).caches;
    await load();
    await load();
    expect(server.log()).toHaveLength(4);
  });
});

test('a saved config names its weights', async () => {
  vi.stubGlobal('isSecureContext', true);
  const weights = new TextEncoder().encode('learnt');
  const config = JSON.parse(
    await nameWeights('{\n  "name": "mine",\n  "weights": {"sha256": "of before"}\n}\n', weights),
  ) as object;
  expect(config).toEqual({
    name: 'mine',
    weights: { sha256: createHash('sha256').update('learnt').digest('hex'), bytes: 6 },
  });
  vi.unstubAllGlobals();
});

describe('downloads', () => {
  const url = `${FOLDER}model.safetensors`;

  test('bytes are counted up to the total', async () => {
    server.weights.body = 'x'.repeat(5000);
    const seen: [number, number][] = [];
    await (await fetchCounted(url, net, (done, total) => seen.push([done, total]))).text();
    expect(seen.at(-1)).toEqual([5000, 5000]);
  });

  test('under compression the total is unknown, unless somebody knows it', async () => {
    server.weights.headers = { 'content-encoding': 'gzip' };
    const seen: [number, number][] = [];
    await (await fetchCounted(url, net, (done, total) => seen.push([done, total]))).text();
    await (
      await fetchCounted(url, net, (done, total) => seen.push([done, total]), 'default', 7)
    ).text();
    expect(seen).toEqual([
      [7, 0],
      [7, 7],
    ]);
  });

  test('an answer that is no 200 names address and status', async () => {
    server.config.status = 404;
    await expect(load()).rejects.toMatchObject({
      code: 'network',
      message: expect.stringContaining('config.json: the server answered 404') as string,
    });
  });

  test('no answer at all is a network error', async () => {
    server.reachable = false;
    await expect(load()).rejects.toMatchObject({ code: 'network' });
  });

  test('a connection that breaks off is a network error', async () => {
    const body = new ReadableStream({
      start: (controller) => {
        controller.error(new TypeError('network error'));
      },
    });
    server.fetch.mockImplementationOnce(() => Promise.resolve(new Response('{}')));
    server.fetch.mockImplementationOnce(() => Promise.resolve(new Response(body)));
    await expect(load()).rejects.toMatchObject({
      code: 'network',
      message: expect.stringContaining('broke off') as string,
    });
  });
});
