import { clientsClaim } from 'workbox-core';
import { cleanupOutdatedCaches, precacheAndRoute } from 'workbox-precaching';
import { registerRoute } from 'workbox-routing';
import { CacheFirst, NetworkFirst } from 'workbox-strategies';
import type { Message } from './messages.js';

declare const self: ServiceWorkerGlobalScope;
/** Filled in by the build: the page's files with a hash of each, and the files of each engine. */
declare const PRECACHE: { url: string; revision: string | null }[];
declare const ENGINES: Record<string, string[]>;

const ENGINE_CACHE = 'soda-engines';

// A first visit is served from here at once. A later version waits until every tab of the old one is closed, so that no
// page asks for files of another version.
clientsClaim();
cleanupOutdatedCaches();
precacheAndRoute(PRECACHE, { ignoreURLParametersMatching: [/.*/] });

// Engines have their hash in their name. Weights are kept by the library, which asks the server whether they still hold.
const engines = new Set(Object.values(ENGINES).flat().map((file) => new URL(file, self.registration.scope).href));
registerRoute(({ url }) => engines.has(url.href), new CacheFirst({ cacheName: ENGINE_CACHE }));
registerRoute(({ url, sameOrigin }) => sameOrigin && /\/config\.json$|\/models\/.*\.(md|png|svg)$/.test(url.pathname), new NetworkFirst({ cacheName: 'soda-models' }));

// What the first visit loaded before this worker was there is fetched again, as a rule out of the browser's own cache.
self.addEventListener('message', (event) => {
  const { keep, model } = event.data as Message;
  event.waitUntil(Promise.all([
    add(ENGINE_CACHE, ENGINES[keep] ?? []),
    model === undefined ? undefined : add('soda-models', [new URL('config.json', model).href]),
  ]).then(() => { event.ports[0]?.postMessage('kept'); }));
});

async function add(name: string, files: string[]): Promise<void> {
  const cache = await caches.open(name);
  const missing = await Promise.all(files.map(async (file) => ((await cache.match(file)) ? [] : [file])));
  await cache.addAll(missing.flat());
}
