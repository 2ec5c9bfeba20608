import type { Latent, Soda } from 'soda-morph';
import type { App } from '../../shell/panel.js';
import type { Direction } from './principal.js';

/** Latents drawn from a prior: enough for the strongest components, and drawn in a moment. */
const DRAWN = 300;

const found = new WeakMap<Soda, Promise<Direction[]>>();

/**
 * The principal directions of a model, found once: of latents from its prior, or of the gallery's
 * pictures.
 */
export function findDirections(
  app: App,
  soda: Soda,
  signal: AbortSignal,
  onProgress: (done: number, total: number) => void,
): Promise<Direction[]> {
  const known = found.get(soda);
  if (known) return known;
  const finding = manyLatents(app, soda, signal, onProgress).then(components);
  found.set(soda, finding);
  // What was aborted is to be tried again.
  finding.catch(() => {
    found.delete(soda);
  });
  return finding;
}

async function manyLatents(
  { pictures }: App,
  soda: Soda,
  signal: AbortSignal,
  onProgress: (done: number, total: number) => void,
): Promise<Latent[]> {
  if (soda.config.prior) return soda.draw({ count: DRAWN, seed: 1, autoguidance: 0, signal });
  const entries = pictures.gallery?.entries ?? [];
  const latents: Latent[] = [];
  for (const [i, entry] of entries.entries()) {
    const pick = pictures.gallery?.pick(entry);
    if (pick) latents.push(await pictures.encode(soda, pick, { corrected: false, signal }));
    onProgress(i + 1, entries.length);
  }
  return latents;
}

function components(latents: readonly Latent[]): Promise<Direction[]> {
  if (latents.length < 2) return Promise.resolve([]);
  const worker = new Worker(new URL('./principal-worker.ts', import.meta.url), { type: 'module' });
  return new Promise<Direction[]>((resolve, reject) => {
    worker.addEventListener('message', ({ data }: MessageEvent<Direction[]>) => {
      resolve(data);
    });
    worker.addEventListener('error', ({ message }) => {
      reject(new Error(message || 'the worker that finds directions could not be loaded'));
    });
    worker.postMessage(latents.map(({ values, groups }) => ({ values, groups })));
  }).finally(() => {
    worker.terminate();
  });
}
