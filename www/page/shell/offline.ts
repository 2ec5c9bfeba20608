import type { Answer, Message } from '../../sw/messages.js';
import type { Engine } from './engine.js';

export interface OfflineEvents {
  /** All that the page needs is kept. */
  kept: () => void;
  /** A new version waits; `take` reloads the page with it. */
  updated: (take: () => void) => void;
}

/** How often a page that stays open looks for a new version. */
const LOOK_EVERY_MS = 60 * 60 * 1000;

/**
 * Has the service worker keep the page, and once a model runs what that needs. Browsers without
 * service workers, and pages that are not served safely, go without.
 */
export function keepForOffline(engine: Engine, events: OfflineEvents): (backend: string) => void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return () => undefined;
  const { serviceWorker } = navigator;
  serviceWorker.register(new URL('sw.js', document.baseURI)).then(
    (registration: ServiceWorkerRegistration | undefined) => {
      // Some private windows give none, without a word.
      if (registration) watch(registration, events.updated);
    },
    () => undefined,
  );
  return (backend) => {
    const { source } = engine.model;
    const message: Message = {
      keep: backend,
      ...(source instanceof URL && { model: source.href }),
    };
    void serviceWorker.ready.then(({ active }) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }: MessageEvent<Answer>) => {
        if (data === 'kept') events.kept();
      };
      active?.postMessage(message, [port2]);
    });
  };
}

/**
 * Tells of each version that has been loaded and waits. The very first one does not: there is
 * nothing to replace.
 */
function watch(registration: ServiceWorkerRegistration, updated: OfflineEvents['updated']): void {
  const offer = (waiting: ServiceWorker): void => {
    updated(() => {
      navigator.serviceWorker.addEventListener(
        'controllerchange',
        () => {
          location.reload();
        },
        { once: true },
      );
      const message: Message = { takeOver: true };
      waiting.postMessage(message);
    });
  };
  if (registration.waiting && registration.active) offer(registration.waiting);
  registration.addEventListener('updatefound', () => {
    const { installing } = registration;
    installing?.addEventListener('statechange', () => {
      if (installing.state === 'installed' && registration.active) offer(installing);
    });
  });
  setInterval(() => {
    registration.update().catch(() => undefined);
  }, LOOK_EVERY_MS);
}
