import { unzipSync } from 'fflate';
import type { UnzipOrder, Unzipped } from './unzip.js';

addEventListener('message', ({ data }: MessageEvent<UnzipOrder>) => {
  open(data).then(
    (files) => {
      reply({ files });
    },
    (error: unknown) => {
      reply({ error: error instanceof Error ? error.message : String(error) });
    },
  );
});

async function open({
  archive,
  wanted,
  largestFile,
  largest,
}: UnzipOrder): Promise<Record<string, Uint8Array<ArrayBuffer>>> {
  if (archive.size > largest) throw new Error('the archive is too large');
  const pattern = new RegExp(wanted);
  let total = 0;
  // Sizes are what the archive says: no file gets more room than that.
  return unzipSync(new Uint8Array(await archive.arrayBuffer()), {
    filter: ({ name, originalSize }) => {
      if (!pattern.test(name) || originalSize > largestFile) return false;
      total += originalSize;
      if (total > largest) throw new Error('there is too much in the archive');
      return true;
    },
  });
}

function reply(message: Unzipped): void {
  postMessage(message);
}
