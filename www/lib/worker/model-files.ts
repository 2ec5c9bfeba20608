import { SodaError } from '../shared/error.js';
import { type Net, type OnBytes, ask, bytesOf, fetchCounted, refusal } from './download.js';
import { KeptFiles } from './kept-files.js';

const CONFIG = 'config.json';
const WEIGHTS = 'model.safetensors';

/** A server is waited for so long where a whole model is kept. */
const PATIENCE_MS = 2000;

/** What config.json says of the weights that belong to it. */
interface WeightsName {
  sha256: string;
  bytes: number;
}

/** The two files of a model, as the engine takes them. */
export interface ModelText {
  config: string;
  weights: Uint8Array<ArrayBuffer>;
}

/**
 * The model in a folder. config.json is asked for each time; it names the weights by their hash, so
 * that kept ones are used without asking, new ones are known to be whole and to belong to it, and a
 * proxy's old ones are seen. Where no server answers in time, the model as it was kept is used. A
 * query of the folder goes along with both files.
 */
export async function fetchModel(folder: URL, net: Net, onBytes: OnBytes): Promise<ModelText> {
  const kept = await KeptFiles.open(net.caches, folder);
  const config = await fetchConfig(fileUrl(folder, CONFIG), net, await kept.read(CONFIG));
  const name = weightsName(config.text, fileUrl(folder, CONFIG));
  const url = fileUrl(folder, WEIGHTS);
  const copy = await kept.read(WEIGHTS, name?.sha256);
  // Without a hash a kept copy is used only where no server can be asked whether it is still the
  // file.
  const isCurrent = copy !== undefined && (name ? copy.length === name.bytes : config.isKept);
  if (isCurrent) {
    onBytes(copy.length, copy.length);
    if (!config.isKept) void kept.write(CONFIG, new TextEncoder().encode(config.text));
    return { config: config.text, weights: copy };
  }
  const weights = await (name
    ? fetchNamed(url, name, net, onBytes)
    : fetchUnnamed(url, net, onBytes, copy));
  void kept
    .write(WEIGHTS, weights, name?.sha256)
    .then(() => kept.write(CONFIG, new TextEncoder().encode(config.text)));
  return { config: config.text, weights };
}

/** The text of config.json, and whether it is the kept one. */
async function fetchConfig(
  url: string,
  net: Net,
  copy: Uint8Array | undefined,
): Promise<{ text: string; isKept: boolean }> {
  const fresh = (async () => {
    const response = await ask(url, net, 'no-cache');
    if (response.ok) return checkJson(new TextDecoder().decode(await bytesOf(response, url)), url);
    throw Object.assign(refusal(url, response), { isFinal: response.status < 500 });
  })();
  if (copy === undefined) return { text: await fresh, isKept: false };
  const text = new TextDecoder().decode(copy);
  const inTime = fresh.catch((error: unknown) => {
    // A server that says no means it; one that is down, or a portal that answers with its page,
    // does not.
    if (error instanceof SodaError && 'isFinal' in error && error.isFinal === true) throw error;
    return undefined;
  });
  const arrived = await Promise.race([
    inTime,
    new Promise<undefined>((resolve) => {
      setTimeout(resolve, PATIENCE_MS);
    }),
  ]);
  return { text: arrived ?? text, isKept: arrived === undefined };
}

/** What the config says of its weights; undefined in configs from before there were hashes. */
function weightsName(config: string, url: string): WeightsName | undefined {
  const { weights } = JSON.parse(config) as { weights?: Partial<WeightsName> };
  if (weights === undefined) return undefined;
  const { sha256, bytes } = weights;
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256) || typeof bytes !== 'number') {
    throw new SodaError(
      'weights',
      `${url}: weights must have sha256 (64 hexadecimal digits) and bytes (a number)`,
    );
  }
  return { sha256, bytes };
}

/**
 * Weights that must have this hash. What a cache on the way gives in their stead is asked for once
 * more, past all caches.
 */
async function fetchNamed(
  url: string,
  name: WeightsName,
  net: Net,
  onBytes: OnBytes,
): Promise<Uint8Array<ArrayBuffer>> {
  let length = 0;
  for (const cache of ['default', 'reload'] as const) {
    const bytes = await bytesOf(await fetchCounted(url, net, onBytes, cache, name.bytes), url);
    if (bytes.length === name.bytes && (await hasHash(bytes, name.sha256, net))) return bytes;
    length = bytes.length;
  }
  if (length < name.bytes) throw endedEarly(url, length, name.bytes);
  throw new SodaError(
    'weights',
    `${url} is not the file that config.json names (SHA-256 ${name.sha256.slice(0, 8)}…); ` +
      `publish both together`,
  );
}

async function hasHash(
  bytes: Uint8Array<ArrayBuffer>,
  sha256: string,
  { digest }: Net,
): Promise<boolean> {
  // On pages that are not served safely the length has to do.
  return !digest || hex(await digest(bytes)) === sha256;
}

/**
 * config.json with the name of these weights in it. Pages that are not served safely cannot make
 * one, and leave it out.
 */
export async function nameWeights(
  config: string,
  weights: Uint8Array<ArrayBuffer>,
): Promise<string> {
  // By text: reading and writing it would turn 1.0 into 1, and long seeds into other ones.
  const without = config.trimEnd().replace(/,\s*"weights":\s*\{[^{}]*\}\s*\}$/, '\n}');
  if (!globalThis.isSecureContext) return without;
  const name: WeightsName = {
    sha256: hex(await crypto.subtle.digest('SHA-256', weights)),
    bytes: weights.length,
  };
  return `${without.replace(/\s*\}$/, '')},\n  "weights": ${JSON.stringify(name)}\n}\n`;
}

function hex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Weights that config.json does not name: the browser asks whether its own copy still holds, and
 * their header says whether they are whole.
 */
async function fetchUnnamed(
  url: string,
  net: Net,
  onBytes: OnBytes,
  copy: Uint8Array<ArrayBuffer> | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const first = await fetchCounted(url, net, onBytes, 'no-cache').catch((error: unknown) => {
    // A service worker may have answered for config.json where there is no network for the weights.
    if (copy) return new Response(copy);
    throw error;
  });
  let bytes = await bytesOf(first, url);
  if (bytes.length < wholeLength(bytes))
    bytes = await bytesOf(await fetchCounted(url, net, onBytes, 'reload'), url);
  if (bytes.length < wholeLength(bytes)) throw endedEarly(url, bytes.length, wholeLength(bytes));
  return bytes;
}

/**
 * The length of a safetensors file as its header has it: 8 bytes that say how long the header is,
 * the header, and the tensors to the last end. The engine says what is wrong with a file that is
 * none.
 */
export function wholeLength(bytes: Uint8Array<ArrayBuffer>): number {
  if (bytes.length < 8) return 0;
  const header = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (header > 100_000_000) return 0;
  if (bytes.length < 8 + header) return bytes[8] === 0x7b ? 8 + header : 0;
  try {
    const tensors = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + header))) as Record<
      string,
      { data_offsets?: number[] }
    >;
    return (
      8 +
      header +
      Math.max(0, ...Object.values(tensors).map(({ data_offsets }) => data_offsets?.[1] ?? 0))
    );
  } catch {
    return 0;
  }
}

function endedEarly(url: string, length: number, whole: number): SodaError {
  return new SodaError(
    'network',
    `${url} ended after ${String(length)} of ${String(whole)} bytes; check the connection and ` +
      `try again`,
  );
}

/** Servers of single-page apps answer every address with a page. */
export function checkJson(text: string, name: string): string {
  try {
    JSON.parse(text);
    return text;
  } catch (error) {
    throw new SodaError(
      'weights',
      `${name} is not JSON (it starts with ${JSON.stringify(text.slice(0, 24))}); is this a ` +
        `model folder?`,
      {
        cause: error,
      },
    );
  }
}

/** A file of the folder, with the folder's query. */
function fileUrl(folder: URL, file: string): string {
  const url = new URL(file, folder);
  url.search = folder.search;
  return url.href;
}
