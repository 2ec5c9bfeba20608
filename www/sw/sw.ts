import { clientsClaim } from 'workbox-core';
import { cleanupOutdatedCaches, precacheAndRoute } from 'workbox-precaching';
import { registerRoute } from 'workbox-routing';
import { CacheFirst, NetworkFirst } from 'workbox-strategies';
import { MODEL_CACHE } from '../lib/shared/cache-names.js';
import type { Answer, Message } from './messages.js';

declare const self: ServiceWorkerGlobalScope;
/** Filled in by the build: the page's files with a hash of each, and the files of each engine. */
declare const PRECACHE: { url: string; revision: string | null }[];
declare const ENGINES: Record<string, string[]>;

const ENGINE_CACHE = 'soda-engines';
const LARGE_CACHE = 'soda-gallery';
const PAGE_MODELS = 'soda-models';

// A first visit is served from here at once. A later version waits until every tab of the old one
// is closed or a person asks for it, so that no page asks for files of another version.
clientsClaim();
cleanupOutdatedCaches();
precacheAndRoute(PRECACHE, { ignoreURLParametersMatching: [/.*/] });

// Engines have their hash in their name. Weights are kept by the library, under the hash that
// config.json names.
const engines = new Set(
  Object.values(ENGINES)
    .flat()
    .map((file) => new URL(file, self.registration.scope).href),
);
registerRoute(({ url }) => engines.has(url.href), new CacheFirst({ cacheName: ENGINE_CACHE }));
registerRoute(
  ({ url, sameOrigin }) => sameOrigin && url.pathname.includes('/gallery/large/'),
  new CacheFirst({ cacheName: LARGE_CACHE }),
);
registerRoute(
  ({ url, sameOrigin }) =>
    sameOrigin && /\/config\.json$|\/models\/.*\.(md|png|svg)$/.test(url.pathname),
  new NetworkFirst({ cacheName: PAGE_MODELS }),
);

// Engines of earlier versions have other names: nothing would ever ask for them again.
self.addEventListener('activate', (event) => {
  event.waitUntil(purge());
});

self.addEventListener('message', (event) => {
  const message = event.data as Message;
  if ('takeOver' in message) {
    void self.skipWaiting();
    return;
  }
  const answer = (text: Answer): void => {
    event.ports[0]?.postMessage(text);
  };
  event.waitUntil(
    keep(message.keep, message.model).then(
      (whole) => {
        answer(whole ? 'kept' : 'not kept');
      },
      () => {
        answer('not kept');
      },
    ),
  );
});

/**
 * What the first visit loaded before this worker was there is fetched again, as a rule out of the
 * browser's own cache.
 */
async function keep(backend: string, model: string | undefined): Promise<boolean> {
  await add(ENGINE_CACHE, ENGINES[backend] ?? []);
  if (model === undefined) return true;
  await add(PAGE_MODELS, [new URL('config.json', model).href]);
  // The library keeps weights without being waited for.
  for (let tries = 0; tries < 20; tries++) {
    if (await hasWeights(model)) return true;
    await new Promise((resolve) => {
      setTimeout(resolve, 500);
    });
  }
  return false;
}

async function hasWeights(model: string): Promise<boolean> {
  const cache = await caches.open(MODEL_CACHE);
  return (
    (await cache.match(new URL('model.safetensors', model).href, { ignoreSearch: true })) !==
    undefined
  );
}

async function purge(): Promise<void> {
  const cache = await caches.open(ENGINE_CACHE);
  const old = (await cache.keys()).filter(({ url }) => !engines.has(url));
  await Promise.all(old.map((request) => cache.delete(request)));
}

async function add(name: string, files: string[]): Promise<void> {
  const cache = await caches.open(name);
  const missing = await Promise.all(
    files.map(async (file) => ((await cache.match(file)) ? [] : [file])),
  );
  await cache.addAll(missing.flat());
}
