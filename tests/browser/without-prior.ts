import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';

/** Serves the tiny fixture as a model that has no prior: `config.json` and weights without it. */
export async function withoutPrior(page: Page): Promise<void> {
  const folder = join(import.meta.dirname, '../fixtures/tiny');
  const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as {
    model: { prior?: unknown };
    weights?: unknown;
  };
  delete config.model.prior;
  // The hash is that of the whole file.
  delete config.weights;
  const weights = strip(readFileSync(join(folder, 'model.safetensors')), 'prior.');
  await page.route('**/fixtures/tiny/config.json*', (route) => route.fulfill({ json: config }));
  await page.route('**/fixtures/tiny/model.safetensors*', (route) =>
    route.fulfill({ body: weights, contentType: 'application/octet-stream' }),
  );
}

type Header = Record<string, { data_offsets: [number, number] }>;

/** A safetensors file (its header's length, the header as JSON, the tensors) without those whose names begin with `prefix`. */
function strip(file: Buffer, prefix: string): Buffer {
  const length = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.subarray(8, 8 + length).toString('utf8')) as Header;
  const kept: Header = {};
  const tensors: Buffer[] = [];
  let end = 0;
  for (const [name, tensor] of Object.entries(header)) {
    if (name === '__metadata__' || name.startsWith(prefix)) continue;
    const [from, to] = tensor.data_offsets;
    kept[name] = { ...tensor, data_offsets: [end, end + to - from] };
    tensors.push(file.subarray(8 + length + from, 8 + length + to));
    end += to - from;
  }
  const json = Buffer.from(JSON.stringify(kept));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([size, json, ...tensors]);
}
