import type { Message } from '../../sw/messages.js';
import type { Engine } from './engine.js';

/**
 * Has the service worker keep the page, and once a model runs what that needs; `kept` is called when all of it is there.
 * Browsers without service workers, and pages that are not served safely, go without.
 */
export function keepForOffline(engine: Engine, kept: () => void): (backend: string) => void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return () => undefined;
  const { serviceWorker } = navigator;
  serviceWorker.register(new URL('sw.js', document.baseURI)).catch(() => undefined);
  return (backend) => {
    const { source } = engine.model;
    const message: Message = { keep: backend, ...(source instanceof URL && { model: source.href }) };
    void serviceWorker.ready.then(({ active }) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = kept;
      active?.postMessage(message, [port2]);
    });
  };
}
