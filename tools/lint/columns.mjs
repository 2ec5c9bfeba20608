// Fails on lines of more than 100 columns in src and www:
// formatters do not break comments and strings. Lines with an address are let off.
//
//   node tools/lint/columns.mjs

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const MOST = 100;
const ROOTS = ['src', 'www'];
const ENDINGS = /\.(rs|ts|css|js)$/;

const long = ROOTS.flatMap((root) =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ENDINGS.test(entry.name))
    .flatMap(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return readFileSync(path, 'utf8')
        .split('\n')
        .flatMap((line, i) =>
          [...line].length > MOST && !/https?:\/\//.test(line)
            ? [`${path}:${i + 1}: ${[...line].length} columns`]
            : [],
        );
    }),
);
for (const line of long) console.error(line);
if (long.length > 0) process.exitCode = 1;
