// Draws the imports of src and www and fails on a circle or on an arrow upwards.
//
//   node tools/lint/imports.mjs [--draw]
//
// --draw prints the arrows between rooms, each once. Tests inside source files are not looked at, and in Rust a module file
// (mod.rs and the like) is a façade: what is imported by way of it counts for the file that it is from.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Rooms from the lowest to the highest; those of one row may not import one another. */
const RUST = [
  ['fault', 'files', 'ops'],
  ['audio', 'latent', 'morph', 'recognition'],
  ['data', 'model', 'diffusion'],
  ['weights'],
  ['engine'],
  ['plot'],
  ['train'],
  ['eval'],
  ['cli', 'web'],
  ['main'],
];
const PAGE = [['library'], ['strings'], ['parts'], ['shell'], ['panels'], ['main']];

const files = (folder, ending) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map(({ parentPath, name }) => join(parentPath, name));

/** The text without tests, comments and strings. */
function code(path) {
  const text = readFileSync(path, 'utf8').replace(/#\[cfg\((all\()?test[\s\S]*$/, '');
  return text.replace(/\/\/.*$/gm, '');
}

/** Paths of Rust modules: `model::unet` → file, and the file of each module's façade. */
function rustModules() {
  const modules = new Map();
  for (const path of files('src', '.rs').filter((path) => !path.endsWith('/tests.rs'))) {
    const name = relative('src', path)
      .replace(/\.rs$/, '')
      .replace(/\/mod$/, '');
    modules.set(name === 'lib' ? '' : name.replaceAll('/', '::'), path);
  }
  return modules;
}

/** `a::{b, c::{d, e}}` as whole paths. */
function spread(tree) {
  const open = tree.indexOf('{');
  if (open < 0) return [tree.trim().replace(/ as .*$/, '')];
  const [before, inside] = [
    tree.slice(0, open).trim(),
    tree.slice(open + 1, tree.lastIndexOf('}')),
  ];
  const parts = [];
  let [depth, start] = [0, 0];
  for (let i = 0; i <= inside.length; i++) {
    if (inside[i] === '{') depth++;
    if (inside[i] === '}') depth--;
    if (i === inside.length || (inside[i] === ',' && depth === 0)) {
      if (inside.slice(start, i).trim()) parts.push(inside.slice(start, i));
      start = i + 1;
    }
  }
  return parts.flatMap((part) => spread(part).map((path) => before + path));
}

/** File to the files that it imports. */
function rustImports() {
  const modules = rustModules();
  const reexported = new Map();
  const absolute = (from, path) => {
    const own = from === '' ? [] : from.split('::');
    const words = path.split('::').map((word) => word.trim());
    if (words[0] === 'crate') return words.slice(1);
    if (words[0] === 'self') return [...own, ...words.slice(1)];
    let up = 0;
    while (words[up] === 'super') up++;
    return up > 0 ? [...own.slice(0, own.length - up), ...words.slice(up)] : undefined;
  };
  for (const [name, path] of modules) {
    for (const [, tree] of code(path).matchAll(/pub(?:\([^)]*\))? use ([^;]+);/g)) {
      for (const one of spread(tree)) {
        const words = absolute(name, one) ?? [
          ...(name === '' ? [] : name.split('::')),
          ...one.split('::').map((w) => w.trim()),
        ];
        reexported.set(`${name}::${words.at(-1)}`.replace(/^::/, ''), words.join('::'));
      }
    }
  }
  /** The file that a path leads to. */
  const found = (words) => {
    let path = words.join('::');
    for (let i = 0; i < 4 && reexported.has(path); i++) path = reexported.get(path);
    for (let parts = path.split('::'); parts.length > 0; parts = parts.slice(0, -1)) {
      const file = modules.get(parts.join('::'));
      if (file)
        return {
          file,
          isFacade:
            parts.length < path.split('::').length &&
            [...modules.keys()].some((m) => m.startsWith(`${parts.join('::')}::`)),
        };
    }
    return undefined;
  };
  const graph = new Map();
  for (const [name, path] of modules) {
    const text = code(path);
    const isOwnFacade = [...modules.keys()].some(
      (other) => other.startsWith(name === '' ? '' : `${name}::`) && other !== name,
    );
    const edges = new Set();
    const uses = [...text.matchAll(/(?<!pub(?:\([^)]*\))? )\buse ([^;]+);/g)].flatMap(([, tree]) =>
      spread(tree),
    );
    const inline = [...text.matchAll(/\b(?:crate|super)(?:::\w+)+/g)].map(([path_]) => path_);
    for (const one of [...uses, ...inline]) {
      const words = absolute(name, one);
      const target = words && found(words);
      if (!target || target.file === path) continue;
      // A child that takes a type of its own parent's façade, or a façade that uses its children.
      const isParent = target.isFacade && name.startsWith(words.slice(0, -1).join('::'));
      if (!isParent && !(isOwnFacade && words.join('::').startsWith(name))) edges.add(target.file);
    }
    graph.set(path, edges);
  }
  return graph;
}

function pageImports() {
  const graph = new Map();
  for (const path of [...files('www/page', '.ts'), ...files('www/lib', '.ts')]) {
    const edges = new Set();
    for (const [, from] of code(path).matchAll(/(?:from|import\() ?'(\.[^']+)'/g)) {
      const target = resolve(dirname(path), from).replace(/\.js$/, '.ts');
      if (existsSync(target)) edges.add(relative('.', target));
    }
    graph.set(path, edges);
  }
  return graph;
}

const rustRoom = (path) => relative('src', path).split('/')[0].replace(/\.rs$/, '');
const pageRoom = (path) =>
  !path.startsWith('www/page')
    ? 'library'
    : relative('www/page', path).split('/')[0].replace(/\.ts$/, '');

/** The folder of a panel, none for what is beside them. */
const panel = (path) => /^www\/page\/panels\/([^/]+)\//.exec(path)?.[1];

/** Circles of files, each named once. */
function circles(graph) {
  const [state, stack, found] = [new Map(), [], []];
  const visit = (node) => {
    state.set(node, 'open');
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (state.get(next) === 'open') found.push([...stack.slice(stack.indexOf(next)), next]);
      else if (!state.has(next)) visit(next);
    }
    stack.pop();
    state.set(node, 'done');
  };
  for (const node of graph.keys()) if (!state.has(node)) visit(node);
  return found;
}

/** What is wrong with these imports, a line each, and the arrows between rooms. */
export function judge(graph, rows, room) {
  const rank = (name) => rows.findIndex((row) => row.includes(name));
  const [arrows, wrong] = [new Set(), []];
  for (const [from, edges] of graph) {
    for (const to of edges) {
      const [above, below] = [room(from), room(to)];
      if (panel(from) && panel(to) && panel(from) !== panel(to)) {
        wrong.push(`${from} imports ${to}: another panel`);
      }
      if (above === below || above === 'lib' || below === 'lib') continue;
      arrows.add(`${above} → ${below}`);
      if (rank(above) < 0) wrong.push(`${from}: ${above} has no place in tools/lint/imports.mjs`);
      else if (rank(above) <= rank(below)) {
        wrong.push(`${from} imports ${to}: an arrow upwards, ${above} → ${below}`);
      }
    }
  }
  wrong.push(...circles(graph).map((circle) => `a circle: ${circle.join(' → ')}`));
  return { arrows: [...arrows].sort(), wrong };
}

function main() {
  const judged = [judge(rustImports(), RUST, rustRoom), judge(pageImports(), PAGE, pageRoom)];
  if (process.argv.includes('--draw')) {
    console.log(judged.flatMap(({ arrows }) => arrows).join('\n'));
  }
  const wrong = judged.flatMap(({ wrong: lines }) => lines);
  for (const line of wrong) console.error(line);
  if (wrong.length > 0) process.exitCode = 1;
}

if (process.argv[1] && import.meta.url === pathToFileURL(resolve(process.argv[1])).href) main();
