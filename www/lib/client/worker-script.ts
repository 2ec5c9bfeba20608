import { SodaError } from '../shared/error.js';

/**
 * Starts the module worker. Bundlers know the form `new Worker(new URL(…, import.meta.url))` and
 * carry the script along.
 *
 * @throws SodaError that says what to check
 */
export function startWorker(workerUrl: string | URL | undefined): Worker {
  checkSupport();
  try {
    if (workerUrl === undefined && sameOrigin(here())) {
      return new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'soda' });
    }
    return startAt(
      workerUrl === undefined ? new URL('worker.js', here()).href : absoluteUrl(workerUrl),
    );
  } catch (error) {
    if (error instanceof SodaError) throw error;
    const where =
      workerUrl === undefined
        ? 'the worker beside this module'
        : `a worker at '${String(workerUrl)}'`;
    const refused = error instanceof DOMException && error.name === 'SecurityError';
    throw new SodaError(
      refused ? 'unsupported' : 'input',
      `${where} cannot be started (${String(error)}); check workerUrl, and the page's CSP ` +
        `(worker-src) and Trusted Types`,
      { cause: error },
    );
  }
}

/** Throws 'unsupported' where a browser has too little, with words for people. */
export function checkSupport(): void {
  if (typeof Worker === 'undefined') {
    throw new SodaError(
      'unsupported',
      'there are no web workers here; Soda.load runs in a browser page, not on a server',
    );
  }
  if (typeof WebAssembly === 'undefined') {
    throw new SodaError(
      'unsupported',
      'this browser has WebAssembly switched off (a lockdown or strict security mode does ' +
        'that); allow it for this site',
    );
  }
  if (typeof OffscreenCanvas === 'undefined') {
    throw new SodaError(
      'unsupported',
      'this browser has no OffscreenCanvas; use Safari 16.4, Chrome 69, Firefox 105 or newer',
    );
  }
}

/** The URL of this module. Bundles that are no modules have none. */
export function here(): string {
  const url = (import.meta as { url?: string }).url;
  if (url === undefined || url === '') {
    throw new SodaError(
      'input',
      'this bundle does not know its own address (it is no ES module); give both workerUrl and ' +
        'wasmUrl',
    );
  }
  return url;
}

/** A URL as the page means it: relative to the document. */
export function absoluteUrl(url: string | URL): string {
  return new URL(url, typeof document === 'undefined' ? location.href : document.baseURI).href;
}

export function sameOrigin(url: string): boolean {
  const { protocol, origin } = new URL(url);
  return protocol === 'file:' || protocol === 'blob:' || origin === globalThis.location.origin;
}

/**
 * Browsers start no worker from another origin (a CDN); one that only imports the script is of this
 * origin.
 */
export function startAt(url: string): Worker {
  if (sameOrigin(url)) return new Worker(url, { type: 'module', name: 'soda' });
  const bridge = URL.createObjectURL(
    new Blob([`import ${JSON.stringify(url)};`], { type: 'text/javascript' }),
  );
  try {
    return new Worker(bridge, { type: 'module', name: 'soda' });
  } finally {
    setTimeout(() => {
      URL.revokeObjectURL(bridge);
    }, 60_000);
  }
}
