import { SodaError } from '../shared/error.js';

/** Starts the module worker. Bundlers know the form `new Worker(new URL(…, import.meta.url))` and carry the script along. */
export function startWorker(workerUrl: string | URL | undefined): Worker {
  if (typeof Worker === 'undefined') {
    throw new SodaError('unsupported', 'there are no web workers here; Soda.load runs in a browser page, not on a server');
  }
  if (workerUrl === undefined && sameOrigin(import.meta.url)) {
    return new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'soda' });
  }
  return startAt(workerUrl === undefined ? siblingUrl('worker.js') : absoluteUrl(workerUrl));
}

/** The URL of a file beside this module, in a form that bundlers leave alone. */
function siblingUrl(file: string): string {
  const here = import.meta.url;
  return new URL(file, here).href;
}

/** A URL as the page means it: relative to the document. */
export function absoluteUrl(url: string | URL): string {
  return new URL(url, typeof document === 'undefined' ? location.href : document.baseURI).href;
}

function sameOrigin(url: string): boolean {
  const { protocol, origin } = new URL(url);
  return protocol === 'file:' || protocol === 'blob:' || origin === globalThis.location.origin;
}

/** Browsers start no worker from another origin (a CDN); one that only imports the script is of this origin. */
function startAt(url: string): Worker {
  if (sameOrigin(url)) return new Worker(url, { type: 'module', name: 'soda' });
  const bridge = URL.createObjectURL(new Blob([`import ${JSON.stringify(url)};`], { type: 'text/javascript' }));
  try {
    return new Worker(bridge, { type: 'module', name: 'soda' });
  } finally {
    setTimeout(() => { URL.revokeObjectURL(bridge); }, 60_000);
  }
}
