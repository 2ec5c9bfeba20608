import { Soda } from 'soda-morph';
import { download, fileName } from '../parts/download.js';
import { say } from '../strings/models.js';
import type { World } from './engine.js';
import type { KeptFiles } from './kept.js';

const CONFIG = 'config.json';
const WEIGHTS = 'model.safetensors';

/** Gives both files to the browser's downloads, one by one or as one archive. `config.json` gets the name. */
export async function downloadModel(files: KeptFiles, name: string, as: 'zip' | 'weights' | 'config'): Promise<string> {
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
  const zip = zipSync({ [CONFIG]: strToU8(config), [WEIGHTS]: new Uint8Array(await files.weights.arrayBuffer()) }, { level: 0 });
  const file = fileName(name, 'zip');
  download(new Blob([zip], { type: 'application/zip' }), file);
  return file;
}

/**
 * The model in some files: `config.json` with `model.safetensors`, or an archive of both. It is loaded once, to see that it is
 * one. Throws an Error that names the file at fault.
 */
export async function openModel(files: readonly File[]): Promise<{ files: KeptFiles; name: string; world: World }> {
  const { config, weights } = await findFiles(files);
  if (!config || !weights) throw new Error(config ? say.noWeights : weights ? say.noConfig : say.noModel);
  const text = await config.text();
  try {
    JSON.parse(text);
  } catch {
    throw new Error(say.noJson(config instanceof File ? config.name : CONFIG));
  }
  const soda = await Soda.load({ config: JSON.parse(text) as object, weights }, { backend: 'cpu' });
  const { name } = soda.config;
  soda.dispose();
  return { files: { config: new Blob([text], { type: 'application/json' }), weights }, name, world: worldOf(text, name) };
}

/** What a model has seen, as far as its name and the data it names tell. */
function worldOf(config: string, name: string): World {
  const { training } = JSON.parse(config) as { training?: { data?: unknown } };
  const data = typeof training?.data === 'string' ? training.data : '';
  return /face/i.test(`${name} ${data}`) ? 'faces' : 'emoji';
}

async function findFiles(files: readonly File[]): Promise<{ config?: Blob; weights?: Blob }> {
  const archive = files.find(({ name }) => /\.zip$/i.test(name));
  if (archive) {
    const { unzipSync } = await import('fflate');
    let inside: Record<string, Uint8Array>;
    try {
      inside = unzipSync(new Uint8Array(await archive.arrayBuffer()));
    } catch {
      throw new Error(say.noArchive(archive.name));
    }
    return pick(Object.entries(inside).map(([name, bytes]): [string, Blob] => [name, new Blob([bytes as Uint8Array<ArrayBuffer>])]));
  }
  return pick(files.map((file): [string, Blob] => [file.name, file]));
}

function pick(named: readonly (readonly [string, Blob])[]): { config?: Blob; weights?: Blob } {
  const find = (ending: string): Blob | undefined => named.find(([name]) => name.toLowerCase().endsWith(ending))?.[1];
  const [config, weights] = [find('.json'), find('.safetensors')];
  return { ...(config && { config }), ...(weights && { weights }) };
}

/** config.json with another name in it. */
async function named(config: Blob, name: string): Promise<string> {
  return `${JSON.stringify({ ...(JSON.parse(await config.text()) as object), name }, undefined, 2)}\n`;
}
