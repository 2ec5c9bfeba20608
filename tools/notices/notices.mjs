// Writes the licence files of the npm package: its own, and of every crate in the WebAssembly engines.
// `node tools/notices/notices.mjs [OUT]`, by default into pkg/. Needs cargo and the crates' sources, which a build fetches.
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
/** What cargo is told for each WebAssembly module. */
const MODULES = [
  ['--no-default-features', '--features', 'web,flex,relaxed'],
  ['--no-default-features', '--features', 'web,webgpu'],
  ['--manifest-path', 'wasm/morph/Cargo.toml'],
  ['--manifest-path', 'wasm/sound/Cargo.toml'],
  ['--manifest-path', 'wasm/recognition/Cargo.toml'],
];
const LICENCE_FILE = /^(licen[cs]e|copying|notice|unlicense|copyright)/i;

/** @typedef {{ id: string, name: string, version: string, license: string | null, manifest_path: string, source: string | null, authors: string[] }} Crate */

/** @param {string[]} args */
const cargo = (...args) =>
  execFileSync('cargo', args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'inherit'],
  });

/** Crates that are compiled into the engines: those that soda needs at run time, and what they need. @returns {Crate[]} */
export function engineCrates() {
  /** @type {Map<string, Crate>} */
  const crates = new Map();
  for (const module of MODULES) {
    const build = ['--locked', ...module];
    const { packages } = JSON.parse(
      cargo(
        'metadata',
        '--format-version',
        '1',
        '--filter-platform',
        'wasm32-unknown-unknown',
        ...build,
      ),
    );
    const tree = cargo(
      'tree',
      ...build,
      '--target',
      'wasm32-unknown-unknown',
      '--edges',
      'normal,no-proc-macro',
      '--prefix',
      'none',
      '--format',
      '{p}',
    );
    const used = new Set(
      tree.split('\n').map((line) => line.split(' ').slice(0, 2).join(' v').replace('vv', 'v')),
    );
    for (const crate of packages)
      if (crate.source && used.has(`${crate.name} v${crate.version}`)) crates.set(crate.id, crate);
  }
  return [...crates.values()].sort(
    (a, b) => a.name.localeCompare(b.name, 'en') || a.version.localeCompare(b.version, 'en'),
  );
}

/** The licence texts that a crate's sources come with. @param {Crate} crate */
function licenceTexts({ manifest_path }) {
  const folder = dirname(manifest_path);
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && LICENCE_FILE.test(entry.name))
    .map(({ name }) => readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n').trim());
}

/** All notices in one text; what many crates share stands there once. @param {Crate[]} crates */
export function noticesOf(crates) {
  /** @type {Map<string, string[]>} */
  const byText = new Map();
  const list = crates.map((crate) => {
    const texts = licenceTexts(crate);
    const label = `${crate.name} ${crate.version}`;
    for (const text of texts) byText.set(text, [...(byText.get(text) ?? []), label]);
    const by =
      crate.authors.length === 0
        ? ''
        : `, by ${crate.authors.map((author) => author.replace(/ <.*>/, '')).join(', ')}`;
    return `${label}: ${crate.license ?? 'see its text below'}${by}`;
  });
  const rule = '='.repeat(80);
  const texts = [...byText].map(
    ([text, labels]) => `${rule}\n${labels.join(', ')}\n${rule}\n\n${text}\n`,
  );
  return `The WebAssembly in dist/cpu, dist/cpu-relaxed, dist/webgpu, dist/morph and dist/sound, and that in dist/recognition.js, contains these crates.\n\n${list.join('\n')}\n\n${texts.join('\n')}`;
}

if (resolve(process.argv[1] ?? '') === fileURLToPath(import.meta.url)) {
  const out = process.argv[2] ?? join(root, 'pkg');
  for (const file of ['LICENSE-APACHE', 'LICENSE-MIT', 'NOTICE'])
    copyFileSync(join(root, file), join(out, file));
  cpSync(join(root, 'LICENSES'), join(out, 'LICENSES'), { recursive: true });
  const crates = engineCrates();
  writeFileSync(join(out, 'THIRD-PARTY.txt'), noticesOf(crates));
  console.log(`${join(out, 'THIRD-PARTY.txt')}: ${crates.length} crates`);
}
