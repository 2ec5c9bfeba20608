import { SodaError } from '../shared/error.js';
import { CACHE_PREFIX } from '../shared/cache-names.js';
import { VERSION } from '../shared/version.js';
import { absoluteUrl } from './worker-script.js';

/** Where engines and named models come from, for the whole page. */
export interface Configuration {
  /**
   * Where a model that is named, as in `Soda.load('emoji64')`, has its folder: a URL with `{name}`
   * and perhaps `{version}` in it, or the folder that holds such folders. Default: the npm package
   * `@soda-morph/{name}` of this version, on a CDN.
   */
  models?: string | URL | undefined;
  /**
   * The folder that holds `cpu/`, `cpu-relaxed/` and `webgpu/`, when the bundler did not place them
   * beside the module.
   */
  wasmUrl?: string | URL | undefined;
  /** The worker script, when the bundler did not place it beside the module. */
  workerUrl?: string | URL | undefined;
  /**
   * Downloads models and engines, for hosts that want a header or a signature. It runs on the page.
   * The engines' JavaScript is imported, and so does not go through it.
   */
  fetch?: typeof fetch | undefined;
}

/** Models that are published beside this library. */
export const PUBLISHED: readonly string[] = ['emoji64', 'avatars64', 'faces64', 'notes64'];

const CDN = 'https://cdn.jsdelivr.net/npm/@soda-morph/{name}@{version}/';
const NAME = /^[a-z0-9][a-z0-9_-]*$/i;

let current: Configuration = {};

/**
 * Sets where engines and named models come from. What is left out stays as it is; `undefined` is
 * the default again.
 */
export function configure(settings: Configuration): void {
  current = { ...current, ...settings };
}

/** What `configure` has set. */
export function configuration(): Readonly<Configuration> {
  return current;
}

/**
 * The folder of a model, with a slash at its end; a query stays. A string without slash, dot and
 * colon is a name.
 */
export function modelFolder(model: string | URL): URL {
  const isName = typeof model === 'string' && NAME.test(model);
  const url = toUrl(
    isName ? folderOf(model) : model,
    isName ? 'models' : 'the address of the model',
  );
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

function folderOf(name: string): string {
  const models = String(current.models ?? CDN);
  const place = models
    .replaceAll(/\{name\}|%7Bname%7D/gi, name)
    .replaceAll(/\{version\}|%7Bversion%7D/gi, VERSION);
  if (place !== models) return place;
  const folder = toUrl(models, 'models');
  folder.pathname = `${folder.pathname.replace(/\/?$/, '/')}${name}/`;
  return folder.href;
}

function toUrl(url: string | URL, what: string): URL {
  try {
    return new URL(absoluteUrl(url));
  } catch (error) {
    throw new SodaError('input', `${what} is '${String(url)}'; it must be a URL`, { cause: error });
  }
}

/**
 * Removes kept models of this and of older versions of the library. Models in use go on working.
 */
export async function clearCache(): Promise<void> {
  if (!('caches' in globalThis)) return;
  try {
    const names = await caches.keys();
    await Promise.all(
      names.filter((name) => name.startsWith(CACHE_PREFIX)).map((name) => caches.delete(name)),
    );
  } catch (error) {
    throw new SodaError(
      'unsupported',
      'this browser does not let the page at its cache; check its privacy settings',
      { cause: error },
    );
  }
}
