import { Soda } from 'soda-morph';
import { download, fileName } from '../parts/download.js';
import { say } from './strings/models.js';
import type { World } from '../parts/world.js';
import { worldOf } from './models.js';
import type { KeptFiles } from './kept.js';
import { unzip } from './unzip.js';

const CONFIG = 'config.json';
const WEIGHTS = 'model.safetensors';
/** No model that a browser runs comes near this, in bytes. */
const LARGEST = 512_000_000;

/**
 * Gives both files to the browser's downloads, one by one or as one archive. `config.json` gets the
 * name.
 */
export async function downloadModel(
  files: KeptFiles,
  name: string,
  as: 'zip' | 'weights' | 'config',
): Promise<string> {
  if (as === 'weights') {
    download(files.weights, WEIGHTS);
    return WEIGHTS;
  }
  const config = await named(files.config, name);
  if (as === 'config') {
    download(new Blob([config], { type: 'application/json' }), CONFIG);
    return CONFIG;
  }
  const { zipSync, strToU8 } = await import('fflate');
  // Weights hardly get smaller.
  const zip = zipSync(
    { [CONFIG]: strToU8(config), [WEIGHTS]: new Uint8Array(await files.weights.arrayBuffer()) },
    { level: 0 },
  );
  const file = fileName(name, 'zip');
  download(new Blob([zip], { type: 'application/zip' }), file);
  return file;
}

/**
 * The model in some files: `config.json` with `model.safetensors`, or an archive of both. It is
 * loaded once, to see that it is one. Throws an Error that names the file at fault.
 */
export async function openModel(
  files: readonly File[],
): Promise<{ files: KeptFiles; name: string; world: World }> {
  const archive = files.find(({ name }) => /\.zip$/i.test(name));
  const { config, weights } = pick(archive ? await unpack(archive) : files);
  if (!config || !weights)
    throw new Error(
      archive
        ? say.notInArchive(archive.name, config ? WEIGHTS : CONFIG)
        : config
          ? say.noWeights
          : weights
            ? say.noConfig
            : say.noModel,
    );
  const text = await config.text();
  try {
    JSON.parse(text);
  } catch {
    throw new Error(say.noJson(config.name));
  }
  const soda = await Soda.load({ config: JSON.parse(text) as object, weights }, { backend: 'cpu' });
  const { name } = soda.config;
  soda.dispose();
  return {
    files: { config: new Blob([text], { type: 'application/json' }), weights },
    name,
    world: worldIn(text, name),
  };
}

/** What a model has seen, as far as its name and the data it names tell. */
function worldIn(config: string, name: string): World {
  const { training } = JSON.parse(config) as { training?: { data?: unknown } };
  const data = typeof training?.data === 'string' ? training.data : '';
  return worldOf(`${name} ${data}`);
}

/** The files in an archive, without their folders and without what macOS puts beside them. */
async function unpack(archive: File): Promise<File[]> {
  let inside: Record<string, Uint8Array<ArrayBuffer>>;
  try {
    inside = await unzip({
      archive,
      wanted: '\\.(json|safetensors)$',
      largestFile: LARGEST,
      largest: LARGEST,
    });
  } catch {
    throw new Error(say.noArchive(archive.name));
  }
  return Object.entries(inside)
    .map(([path, bytes]) => new File([bytes], path.slice(path.lastIndexOf('/') + 1)))
    .filter(({ name }) => !name.startsWith('._'));
}

/** The files by their names; where none is called so, one of that kind. */
function pick(files: readonly File[]): { config: File | undefined; weights: File | undefined } {
  const find = (wanted: string): File | undefined =>
    files.find(({ name }) => name === wanted) ??
    files.find(({ name }) => name.toLowerCase().endsWith(wanted.slice(wanted.lastIndexOf('.'))));
  return { config: find(CONFIG), weights: find(WEIGHTS) };
}

/** config.json with another name in it. */
async function named(config: Blob, name: string): Promise<string> {
  const named = { ...(JSON.parse(await config.text()) as object), name };
  return `${JSON.stringify(named, undefined, 2)}\n`;
}
