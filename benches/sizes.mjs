// What each crate costs in a WebAssembly module whose functions have names: `node benches/sizes.mjs MODULE.wasm`.
// Bytes of code by the crate that a function's name begins with (generic code counts for the crate it was written in), and
// what compression leaves of the whole; data, such as tables and texts, belongs to nobody in particular.
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

const [path] = process.argv.slice(2);
if (path === undefined) {
  console.error('node benches/sizes.mjs MODULE.wasm');
  process.exit(2);
}
const CODE = 10,
  DATA = 11,
  IMPORT = 2,
  CUSTOM = 0;
const FUNCTION_NAMES = 1,
  FUNCTION_IMPORT = 0;
const ROWS = 16;
const bytes = await readFile(path);
let at = 8;

/** An unsigned LEB128 number. */
function number() {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return value;
  }
}

function text() {
  const length = number();
  at += length;
  return bytes.toString('utf8', at - length, at);
}

/** The crate of a demangled Rust name: of the type or trait first named in it. */
function crateOf(name) {
  const [, crate] =
    /([a-z][a-z0-9_]*)(?=::)/.exec(name.replace(/^<?(?:&|mut |dyn |\[|\(|\*const |\*mut )*/, '')) ??
    [];
  if (!crate) return 'no crate named';
  return ['core', 'alloc', 'std', 'dlmalloc', 'compiler_builtins', 'hashbrown'].includes(crate)
    ? 'std'
    : crate.replace(/_/g, '-');
}

let imported = 0,
  data = 0;
const sizes = [],
  names = new Map();
while (at < bytes.length) {
  const id = bytes[at++],
    length = number(),
    end = at + length;
  if (id === IMPORT) {
    for (let left = number(); left > 0; left--) {
      text();
      text();
      if (bytes[at++] !== FUNCTION_IMPORT) throw new Error('an import that is no function');
      number();
      imported += 1;
    }
  } else if (id === CODE) {
    for (let left = number(); left > 0; left--) {
      const size = number();
      sizes.push(size);
      at += size;
    }
  } else if (id === DATA) {
    data = length;
  } else if (id === CUSTOM && text() === 'name') {
    while (at < end) {
      const kind = bytes[at++],
        part = number(),
        after = at + part;
      if (kind === FUNCTION_NAMES)
        for (let left = number(); left > 0; left--) names.set(number(), text());
      at = after;
    }
  }
  at = end;
}
const byCrate = new Map([['data', data]]);
sizes.forEach((size, i) => {
  const crate = crateOf(names.get(imported + i) ?? '');
  byCrate.set(crate, (byCrate.get(crate) ?? 0) + size);
});
const total = [...byCrate.values()].reduce((a, b) => a + b, 0);
const rows = [...byCrate].toSorted((a, b) => b[1] - a[1]);
const kb = (size) => `${(size / 1000).toFixed(0)} kB`.padStart(10);
for (const [crate, size] of rows.slice(0, ROWS))
  console.log(`${kb(size)} ${((100 * size) / total).toFixed(1).padStart(6)} %  ${crate}`);
const rest = rows.slice(ROWS);
if (rest.length > 0)
  console.log(
    `${kb(rest.reduce((sum, [, size]) => sum + size, 0))}           in ${rest.length} more`,
  );
console.log(
  `${kb(total)}           in all; with the names ${kb(bytes.length).trim()}, gzipped ${kb(gzipSync(bytes).length).trim()}`,
);
