import type { Model } from './engine.js';
import { readConfig } from './model-config.js';

/** Filled in by the build: SHA-256 of the weights of each model that comes with this page. */
declare const SHIPPED_WEIGHTS: Readonly<Record<string, string>>;

/**
 * Whether a model that comes with the page is another version than this page was made with. A page
 * that a service worker keeps, or a tab of yesterday, may meet one: pictures and latents of before
 * mean something else to it.
 */
export async function isOtherVersion(model: Model): Promise<boolean> {
  const made = SHIPPED_WEIGHTS[model.id];
  if (made === undefined || !(model.source instanceof URL)) return false;
  const config = await readConfig(model).catch(() => undefined);
  return config?.weights?.sha256 !== undefined && config.weights.sha256 !== made;
}
