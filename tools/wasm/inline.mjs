// Writes the WebAssembly in a folder as a JavaScript module beside it, so that a bundle can hold it.
//
//   node tools/wasm/inline.mjs FOLDER
//
// FOLDER/bytes.js exports what FOLDER/soda_bg.wasm holds as a string of base64.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: node tools/wasm/inline.mjs FOLDER');
  process.exit(1);
}
const bytes = readFileSync(join(folder, 'soda_bg.wasm')).toString('base64');
writeFileSync(join(folder, 'bytes.js'), `export default '${bytes}';\n`);
writeFileSync(join(folder, 'bytes.d.ts'), 'declare const bytes: string;\nexport default bytes;\n');
