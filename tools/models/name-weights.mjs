// Writes the name of the weights into config.json: `node tools/models/name-weights.mjs models/emoji64 …`.
// The library knows by it that weights are whole, and that they belong to this config.json.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The name of these weights. @param {Buffer} weights */
export function weightsName(weights) {
  return { sha256: createHash('sha256').update(weights).digest('hex'), bytes: weights.length };
}

/** The text of config.json with this name in it, all else as it was. @param {string} config @param {{ sha256: string, bytes: number }} name */
export function withName(config, name) {
  // By text: reading and writing it would turn 1.0 into 1, and long seeds into other ones.
  const without = config.trimEnd().replace(/,\s*"weights":\s*\{[^{}]*\}\s*\}$/, '\n}').replace(/\s*\}$/, '');
  const text = `${without},\n  "weights": {\n    "sha256": "${name.sha256}",\n    "bytes": ${name.bytes}\n  }\n}\n`;
  JSON.parse(text);
  return text;
}

if (resolve(process.argv[1] ?? '') === fileURLToPath(import.meta.url)) {
  for (const folder of process.argv.slice(2)) {
    const file = join(folder, 'config.json');
    const name = weightsName(readFileSync(join(folder, 'model.safetensors')));
    writeFileSync(file, withName(readFileSync(file, 'utf8'), name));
    console.log(`${file}: weights ${name.sha256.slice(0, 12)}…, ${name.bytes} bytes`);
  }
}
