/** What is taken out of an archive. */
export interface UnzipOrder {
  archive: Blob;
  /** Names that are wanted, as the source of a regular expression; folders belong to the name. */
  wanted: string;
  /**
   * A file of more bytes than the first is left out, and more than the second in all are refused.
   */
  largestFile: number;
  largest: number;
}

export type Unzipped = { files: Record<string, Uint8Array<ArrayBuffer>> } | { error: string };

/**
 * Opens a zip file in a worker of its own: an archive of a stranger's may be anything. Rejects
 * where it is none, or too much.
 */
export async function unzip(order: UnzipOrder): Promise<Record<string, Uint8Array<ArrayBuffer>>> {
  const worker = new Worker(new URL('./unzip-worker.ts', import.meta.url), { type: 'module' });
  try {
    const reply = await new Promise<Unzipped>((resolve, reject) => {
      worker.addEventListener('error', ({ message }) => {
        reject(new Error(message || 'the worker that opens archives could not be loaded'));
      });
      worker.addEventListener('message', ({ data }: MessageEvent<Unzipped>) => {
        resolve(data);
      });
      worker.postMessage(order);
    });
    if ('error' in reply) throw new Error(reply.error);
    return reply.files;
  } finally {
    worker.terminate();
  }
}
