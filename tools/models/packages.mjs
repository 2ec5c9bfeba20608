// Makes an npm package of each shipped model: `node tools/models/packages.mjs [OUT]`, by default into pkg/models.
// `npm publish pkg/models/emoji64` then publishes one. The version is that of soda-morph, which looks for its own.
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { weightsName, withName } from './name-weights.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** Writes the package of the model in `models/NAME` to `OUT/NAME`. @param {string} name @param {string} out @returns {string} */
export function writePackage(name, out) {
  const from = join(root, 'models', name);
  const to = join(out, name);
  const library = JSON.parse(readFileSync(join(root, 'pkg/package.json'), 'utf8'));
  const config = readFileSync(join(from, 'config.json'), 'utf8');
  const { licence } = JSON.parse(config);
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });

  const weights = weightsName(readFileSync(join(from, 'model.safetensors')));
  writeFileSync(join(to, 'config.json'), withName(config, weights));
  copyFileSync(join(from, 'model.safetensors'), join(to, 'model.safetensors'));
  const card = readFileSync(join(from, 'README.md'), 'utf8');
  writeFileSync(join(to, 'README.md'), packageCard(card, from, to));
  const licences = { 'LICENSE-APACHE': 'Apache-2.0', 'LICENSE-MIT': 'MIT' };
  const texts = Object.entries(licences).filter(([, name]) => licence.includes(name)).map(([file]) => file);
  for (const file of [...texts, 'NOTICE']) copyFileSync(join(root, file), join(to, file));
  cpSync(join(root, 'LICENSES'), join(to, 'LICENSES'), { recursive: true });

  const { version, author, repository, homepage, bugs } = library;
  const about = {
    name: `@soda-morph/${name}`,
    version,
    description: `Weights of the model ${name} for soda-morph: config.json and model.safetensors`,
    keywords: ['soda-morph', 'weights', 'safetensors', 'diffusion', 'autoencoder'],
    license: licence,
    author,
    ...(repository && { repository: { ...repository, directory: `models/${name}` } }),
    homepage,
    bugs,
    type: 'module',
    exports: { './*': './*' },
    files: readdirSync(to).filter((file) => file !== 'package.json').sort(),
    publishConfig: { access: 'public' },
  };
  writeFileSync(join(to, 'package.json'), `${JSON.stringify(about, undefined, 2)}\n`);
  return to;
}

/** The card with its pictures beside it, and its links into the repository made plain. @param {string} card @param {string} from @param {string} to */
function packageCard(card, from, to) {
  return card.replaceAll(/(!?)\[([^\]]*)\]\(([^)#:]+)(#[^)]*)?\)/g, (whole, picture, text, target) => {
    if (existsSync(join(from, target)) && picture) {
      copyFileSync(join(from, target), join(to, target));
      return whole;
    }
    if (target.endsWith('/NOTICE')) return `[${text}](NOTICE)`;
    return text;
  });
}

if (resolve(process.argv[1] ?? '') === fileURLToPath(import.meta.url)) {
  const out = process.argv[2] ?? join(root, 'pkg/models');
  const names = readdirSync(join(root, 'models')).filter((name) => existsSync(join(root, 'models', name, 'config.json')));
  for (const name of names) console.log(writePackage(name, out));
}
