// Files of the installed npm packages, found where Node itself would look for them.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));

/** The folder of an installed package. Throws an error that says how to install it. */
export function folderOf(name) {
  const folder = join(HERE, 'node_modules', name);
  if (!existsSync(folder)) throw new Error(`${name} is not installed: run "npm ci" in tools/emoji`);
  return folder;
}

export function readJson(name, path) {
  return JSON.parse(readFileSync(join(folderOf(name), path), 'utf8'));
}
