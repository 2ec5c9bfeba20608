import { expect, test } from 'vitest';
import { fetchForWorker } from '../../www/lib/client/page-fetch.js';
import type { FromWorker, ToWorker } from '../../www/lib/shared/protocol.js';
import { PageFetch } from '../../www/lib/worker/page-fetch.js';

/** Both ends of the bridge, with a worker between them that only passes messages on. */
function bridge(fetch: typeof globalThis.fetch, signal = new AbortController().signal): PageFetch {
  const worker = new EventTarget();
  const ends: PageFetch = new PageFetch((data: FromWorker) => {
    worker.dispatchEvent(new MessageEvent('message', { data }));
  });
  const postMessage = (message: ToWorker): void => {
    ends.receive(structuredClone(message) as never);
  };
  fetchForWorker(Object.assign(worker, { postMessage }) as unknown as Worker, fetch, signal);
  return ends;
}

test('a download by the page arrives in the worker, status, headers and body', async () => {
  const asked: [unknown, RequestInit | undefined][] = [];
  const { fetch } = bridge((url, init) => {
    asked.push([url, init]);
    return Promise.resolve(
      new Response('x'.repeat(100_000), { status: 201, headers: { etag: '"7"' } }),
    );
  });
  const response = await fetch('https://models.test/config.json', { cache: 'no-cache' });
  expect(response.status).toBe(201);
  expect(response.headers.get('etag')).toBe('"7"');
  expect(await response.text()).toBe('x'.repeat(100_000));
  expect(asked).toMatchObject([['https://models.test/config.json', { cache: 'no-cache' }]]);
});

test('two downloads at once do not mix', async () => {
  const { fetch } = bridge((url) => Promise.resolve(new Response(url as string)));
  const texts = await Promise.all(
    ['https://a.test/', 'https://b.test/'].map(async (url) => (await fetch(url)).text()),
  );
  expect(texts).toEqual(['https://a.test/', 'https://b.test/']);
});

test('a failure before or amid the body is one in the worker, too', async () => {
  const refused = bridge(() => Promise.reject(new TypeError('Failed to fetch')));
  await expect(refused.fetch('https://a.test/')).rejects.toThrow('Failed to fetch');
  const body = new ReadableStream({
    pull: (controller) => {
      controller.error(new TypeError('cut'));
    },
  });
  const cut = bridge(() => Promise.resolve(new Response(body)));
  await expect((await cut.fetch('https://a.test/')).text()).rejects.toThrow('cut');
});
