import type { Destination } from './destination.js';

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Takes a file's bytes as they are made. One write at a time; what was handed over may be changed
 * once the promise resolves.
 */
export interface Sink {
  /** Behind all that was written. */
  append: (...parts: readonly Bytes[]) => Promise<void>;
  /** Over what is there, or beyond it. */
  write: (part: Bytes, position: number) => Promise<void>;
  /** The file is whole; its bytes where they are in memory. */
  close: () => Promise<Bytes[] | undefined>;
  /** Nothing of the file stays. */
  abort: () => Promise<void>;
}

/** Only workers have these, and TypeScript knows them only there. */
interface SyncAccessHandle {
  write: (part: Bytes, options: { at: number }) => number;
  flush: () => void;
  close: () => void;
}
type SyncFile = FileSystemFileHandle & {
  createSyncAccessHandle: () => Promise<SyncAccessHandle>;
};

/** In a worker. A file of the origin's own that cannot be opened becomes one in memory. */
export async function openSink(destination: Destination): Promise<Sink> {
  switch (destination.kind) {
    case 'chosen':
      return new ChosenSink(await destination.handle.createWritable());
    case 'stored': {
      const handle = destination.handle as SyncFile;
      const access = await Promise.resolve()
        .then(() => handle.createSyncAccessHandle())
        .catch(() => undefined);
      return access ? new StoredSink(access) : new MemorySink();
    }
    case 'memory':
      return new MemorySink();
  }
}

/** The browser writes beside the file, and puts it in place when it is closed. */
class ChosenSink implements Sink {
  readonly #stream: FileSystemWritableFileStream;
  #end = 0;

  constructor(stream: FileSystemWritableFileStream) {
    this.#stream = stream;
  }

  append(...parts: readonly Bytes[]): Promise<void> {
    return this.#write(new Blob([...parts]), this.#end);
  }

  write(part: Bytes, position: number): Promise<void> {
    return this.#write(new Blob([part]), position);
  }

  async #write(data: Blob, position: number): Promise<void> {
    await this.#stream.write({ type: 'write', data, position });
    this.#end = Math.max(this.#end, position + data.size);
  }

  async close(): Promise<undefined> {
    await this.#stream.close();
  }

  abort(): Promise<void> {
    return this.#stream.abort();
  }
}

/** Written in place: who made the file removes it when it is not finished. */
class StoredSink implements Sink {
  readonly #access: SyncAccessHandle;
  #end = 0;

  constructor(access: SyncAccessHandle) {
    this.#access = access;
  }

  async append(...parts: readonly Bytes[]): Promise<void> {
    for (const part of parts) await this.write(part, this.#end);
  }

  write(part: Bytes, position: number): Promise<void> {
    for (let done = 0; done < part.length;) {
      const written = this.#access.write(part.subarray(done), { at: position + done });
      if (written === 0) throw new DOMException('the storage is full', 'QuotaExceededError');
      done += written;
    }
    this.#end = Math.max(this.#end, position + part.length);
    return Promise.resolve();
  }

  close(): Promise<undefined> {
    this.#access.flush();
    this.#access.close();
    return Promise.resolve(undefined);
  }

  abort(): Promise<void> {
    this.#access.close();
    return Promise.resolve();
  }
}

/** Memory is taken in blocks: none of what is there is copied as the file grows. */
class MemorySink implements Sink {
  static readonly #BLOCK = 2 ** 20;
  #blocks: Bytes[] = [];
  #end = 0;

  async append(...parts: readonly Bytes[]): Promise<void> {
    for (const part of parts) await this.write(part, this.#end);
  }

  write(part: Bytes, position: number): Promise<void> {
    const size = MemorySink.#BLOCK;
    for (let done = 0; done < part.length;) {
      const [index, at] = [Math.floor((position + done) / size), (position + done) % size];
      while (this.#blocks.length <= index) this.#blocks.push(new Uint8Array(size));
      const piece = part.subarray(done, done + size - at);
      this.#blocks[index]?.set(piece, at);
      done += piece.length;
    }
    this.#end = Math.max(this.#end, position + part.length);
    return Promise.resolve();
  }

  close(): Promise<Bytes[]> {
    const rest = this.#end % MemorySink.#BLOCK;
    const last = this.#blocks.at(-1);
    if (last && rest > 0) this.#blocks[this.#blocks.length - 1] = last.subarray(0, rest);
    return Promise.resolve(this.#blocks);
  }

  abort(): Promise<void> {
    this.#blocks = [];
    return Promise.resolve();
  }
}
