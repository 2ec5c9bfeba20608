import { newId } from '../parts/picture-store.js';
import type { Pick, Pictures } from '../parts/pictures.js';
import { say } from './strings/things.js';
import type { Creation, Creations } from './creations.js';
import { type Project, type Projects, readProject } from './projects.js';
import { unzip } from './unzip.js';

const LIST = 'soda.json';
/**
 * Archives larger than this are not opened, nor single files in them larger than the second. In
 * bytes.
 */
const LARGEST = 1_000_000_000;
const LARGEST_FILE = 200_000_000;

/** What the list in the archive says. */
interface Things {
  soda: 1;
  pictures: { id: string; name: string; file: string }[];
  creations: { name: string; panel: string; hash: string; file: string }[];
  projects: Omit<Project, 'id' | 'changed'>[];
}

/** All things in one zip file: the pictures as files, and a list of what they are. */
export async function packThings(
  own: readonly Pick[],
  kept: readonly Creation[],
  sorted: readonly Project[],
): Promise<Blob> {
  const { strToU8, zip } = await import('fflate');
  const files: Record<string, Uint8Array<ArrayBuffer>> = {};
  const add = async (file: string, blob: Blob): Promise<string> => {
    files[file] = new Uint8Array(await blob.arrayBuffer());
    return file;
  };
  const things: Things = { soda: 1, pictures: [], creations: [], projects: [] };
  for (const { id, name, source } of own) {
    if (typeof source !== 'string')
      things.pictures.push({
        id,
        name,
        file: await add(`pictures/${id}.${extension(source)}`, source),
      });
  }
  for (const { id, name, panel, hash, picture } of kept) {
    things.creations.push({
      name,
      panel,
      hash,
      file: await add(`kept/${id}.${extension(picture)}`, picture),
    });
  }
  for (const { name, classes, pictures, examples } of sorted)
    things.projects.push({ name, classes, pictures, examples });
  files[LIST] = strToU8(`${JSON.stringify(things, undefined, 2)}\n`);
  // Pictures hardly get smaller.
  return new Promise((resolve, reject) => {
    zip(files, { level: 0 }, (error, bytes) => {
      if (error) reject(error);
      else resolve(new Blob([bytes], { type: 'application/zip' }));
    });
  });
}

/**
 * Takes in what `packThings` wrote; how many things there were. Ids are new ones, and addresses
 * follow them.
 */
export async function unpackThings(
  archive: File,
  pictures: Pictures,
  creations: Creations,
  projects: Projects,
): Promise<number> {
  if (archive.size > LARGEST) throw new Error(say.tooLarge(archive.name));
  const files = await open(archive);
  const text = files[LIST];
  if (!text) throw new Error(say.noArchive(archive.name));
  const things = JSON.parse(new TextDecoder().decode(text)) as Partial<Things>;
  const ids = new Map<string, string>();
  let count = 0;
  for (const { id, name, file } of things.pictures ?? []) {
    const bytes = files[file];
    const pick = bytes && (await pictures.read(new Blob([bytes], { type: typeOf(file) }), name));
    if (!pick) continue;
    ids.set(id, pick.id);
    count++;
  }
  for (const { name, panel, hash, file } of things.creations ?? []) {
    const bytes = files[file];
    if (!bytes) continue;
    const here = hash.replaceAll(/own-[0-9a-z]+/g, (id) => ids.get(id) ?? id);
    await creations.add({
      name: name,
      panel,
      hash: here,
      picture: new Blob([bytes], { type: typeOf(file) }),
    });
    count++;
  }
  for (const each of things.projects ?? []) {
    const project = readProject(each);
    if (!project) continue;
    const here = (id: string): string => ids.get(id) ?? id;
    await projects.keep({
      id: newId('project'),
      ...project,
      pictures: project.pictures.map(here),
      examples: project.examples.map(([picture, classId]) => [here(picture), classId] as const),
    });
    count++;
  }
  return count;
}

async function open(archive: File): Promise<Record<string, Uint8Array<ArrayBuffer>>> {
  const wanted = `^(${LIST.replace('.', '\\.')}|(pictures|kept)/[\\w.-]+)$`;
  try {
    return await unzip({ archive, wanted, largestFile: LARGEST_FILE, largest: LARGEST });
  } catch {
    throw new Error(say.noArchive(archive.name));
  }
}

function extension({ type }: Blob): string {
  return (
    {
      'image/jpeg': 'jpg',
      'image/webp': 'webp',
      'image/svg+xml': 'svg',
      'image/gif': 'gif',
      'image/avif': 'avif',
    }[type] ?? 'png'
  );
}

function typeOf(file: string): string {
  const types: Readonly<Record<string, string>> = {
    jpg: 'image/jpeg',
    webp: 'image/webp',
    svg: 'image/svg+xml',
    gif: 'image/gif',
    avif: 'image/avif',
  };
  return types[file.slice(file.lastIndexOf('.') + 1)] ?? 'image/png';
}
