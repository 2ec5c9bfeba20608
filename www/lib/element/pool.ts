import { type Backend, type Progress, Soda } from '../index.js';

/** An engine that nobody uses is let go after this long: the next morph of the page may want it. */
const IDLE_MS = 5000;
/**
 * A download that nobody waits for is broken off after this long: elements that are moved leave the
 * document and come back.
 */
const LEFT_MS = 500;

/** What tells two engines apart. */
export interface EngineOptions {
  model: string;
  backend: 'auto' | Backend;
  wasmUrl?: string | undefined;
  workerUrl?: string | undefined;
}

interface Shared {
  soda: Promise<Soda>;
  loaded: boolean;
  loading: AbortController;
  users: number;
  listeners: Set<(progress: Progress) => void>;
}

const engines = new Map<string, Shared>();

/**
 * A loaded model that elements share: one worker and one copy of the weights for all with the same
 * options.
 */
export interface Lease {
  soda: Promise<Soda>;
  /**
   * To be called once, when the element no longer needs it. `broken` keeps others from getting it.
   */
  release: (broken?: boolean) => void;
}

/** The engine for this model, loading it where no other element has. */
export function lease(options: EngineOptions, onProgress: (progress: Progress) => void): Lease {
  const key = JSON.stringify([options.model, options.backend, options.wasmUrl, options.workerUrl]);
  const shared = engines.get(key) ?? begin(key, options);
  shared.users++;
  shared.listeners.add(onProgress);
  let released = false;
  const release = (broken = false): void => {
    if (broken && engines.get(key) === shared) engines.delete(key);
    if (released) return;
    released = true;
    shared.listeners.delete(onProgress);
    shared.users--;
    setTimeout(
      () => {
        end(key, shared);
      },
      broken ? 0 : shared.loaded ? IDLE_MS : LEFT_MS,
    );
  };
  return { soda: shared.soda, release };
}

function begin(key: string, { model, backend, wasmUrl, workerUrl }: EngineOptions): Shared {
  const listeners: Shared['listeners'] = new Set();
  const onProgress = (progress: Progress): void => {
    for (const listener of listeners) listener(progress);
  };
  const loading = new AbortController();
  const places = {
    ...(wasmUrl !== undefined && { wasmUrl }),
    ...(workerUrl !== undefined && { workerUrl }),
  };
  const soda = Soda.load(model, { backend, onProgress, signal: loading.signal, ...places });
  const shared: Shared = { soda, loaded: false, loading, users: 0, listeners };
  engines.set(key, shared);
  const forget = (): void => {
    if (engines.get(key) === shared) engines.delete(key);
  };
  soda.then((soda) => {
    shared.loaded = true;
    void soda.lost.then(forget);
  }, forget);
  return shared;
}

function end(key: string, shared: Shared): void {
  if (shared.users > 0) return;
  if (engines.get(key) === shared) engines.delete(key);
  shared.loading.abort();
  shared.soda.then(
    (soda) => {
      soda.dispose();
    },
    () => undefined,
  );
}
