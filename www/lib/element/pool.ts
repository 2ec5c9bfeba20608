import { type Backend, type Progress, Soda } from '../index.js';

/** An engine that nobody uses is let go after this long: elements that are moved in the document leave it and come back. */
const IDLE_MS = 5000;

interface Shared {
  soda: Promise<Soda>;
  users: number;
  listeners: Set<(progress: Progress) => void>;
}

const engines = new Map<string, Shared>();

/** A loaded model that elements share: one worker and one copy of the weights for all with the same model and backend. */
export interface Lease {
  soda: Promise<Soda>;
  /** To be called once, when the element no longer needs it. `broken` keeps others from getting it. */
  release: (broken?: boolean) => void;
}

/** The engine for this model, loading it where no other element has. */
export function lease(model: string, backend: 'auto' | Backend, onProgress: (progress: Progress) => void): Lease {
  const key = `${backend} ${model}`;
  const shared = engines.get(key) ?? begin(key, model, backend);
  shared.users++;
  shared.listeners.add(onProgress);
  let released = false;
  const release = (broken = false): void => {
    if (broken && engines.get(key) === shared) engines.delete(key);
    if (released) return;
    released = true;
    shared.listeners.delete(onProgress);
    shared.users--;
    setTimeout(() => { end(key, shared); }, broken ? 0 : IDLE_MS);
  };
  return { soda: shared.soda, release };
}

function begin(key: string, model: string, backend: 'auto' | Backend): Shared {
  const listeners: Shared['listeners'] = new Set();
  const onProgress = (progress: Progress): void => { for (const listener of listeners) listener(progress); };
  const shared: Shared = { soda: Soda.load(model, { backend, onProgress }), users: 0, listeners };
  engines.set(key, shared);
  // The next element, or the next attempt, loads anew.
  shared.soda.catch(() => { if (engines.get(key) === shared) engines.delete(key); });
  return shared;
}

function end(key: string, shared: Shared): void {
  if (shared.users > 0) return;
  if (engines.get(key) === shared) engines.delete(key);
  shared.soda.then((soda) => { soda.dispose(); }, () => undefined);
}
