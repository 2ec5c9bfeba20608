import { EXTENSION, type Format, MIME } from './formats.js';

/**
 * Where a film's file goes while it is made: a file that a person chose; one of the origin's own
 * that is handed to a download once it is whole; or memory, where the browser has neither.
 */
export type Destination =
  | { kind: 'chosen'; handle: FileSystemFileHandle }
  | { kind: 'stored'; handle: FileSystemFileHandle }
  | { kind: 'memory' };

/** Parts of the File System Access API that not every browser has, and TypeScript does not know. */
interface FilePickers {
  showSaveFilePicker?: (options: {
    id: string;
    suggestedName: string;
    types: readonly { accept: Readonly<Record<string, readonly string[]>> }[];
  }) => Promise<FileSystemFileHandle>;
}
type Removable = FileSystemFileHandle & { remove?: () => Promise<void> };

/** The folder of films in the origin's own files. */
const FOLDER = 'films';
/** A download has read its file by then. */
const DOWNLOADED_AFTER_MS = 10 * 60_000;
/** What no tab can still be handing to a download. */
const LEFTOVER_AFTER_MS = 60 * 60_000;

/**
 * Asks a person for a place, where the browser can write there; to be called within a click, since
 * browsers ask for one. Undefined where the person wants none.
 */
export async function chooseDestination(
  name: string,
  format: Format,
): Promise<Destination | undefined> {
  const { showSaveFilePicker } = window as FilePickers;
  if (showSaveFilePicker) {
    try {
      const handle = await showSaveFilePicker.call(window, {
        id: 'film',
        suggestedName: name,
        types: [{ accept: { [MIME[format]]: [`.${EXTENSION[format]}`] } }],
      });
      return { kind: 'chosen', handle };
    } catch (thrown) {
      if ((thrown as { name?: unknown }).name === 'AbortError') return undefined;
      // A frame of another origin, or a policy: the dialog is there and may not be shown.
    }
  }
  try {
    return { kind: 'stored', handle: await newStoredFile() };
  } catch {
    return { kind: 'memory' }; // A private window, as a rule.
  }
}

/** What is left of a file that was not finished is taken away. */
export async function discard(destination: Destination): Promise<void> {
  try {
    if (destination.kind === 'stored') await remove(destination.handle.name);
    if (destination.kind !== 'chosen') return;
    // Nothing was written into it; the dialog has made it, or emptied it.
    const handle: Removable = destination.handle;
    if ((await handle.getFile()).size === 0) await handle.remove?.();
  } catch {
    // Gone already, or still open: leftovers are removed with the next film.
  }
}

/** A stored file goes once its download has read it. */
export function discardLater({ handle }: { handle: FileSystemFileHandle }): void {
  setTimeout(() => {
    remove(handle.name).catch(() => undefined);
  }, DOWNLOADED_AFTER_MS);
}

async function newStoredFile(): Promise<FileSystemFileHandle> {
  const folder = await films();
  await removeLeftovers(folder);
  return folder.getFileHandle(crypto.randomUUID(), { create: true });
}

async function films(): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle(FOLDER, { create: true });
}

async function remove(name: string): Promise<void> {
  await (await films()).removeEntry(name);
}

/** Films of tabs that were closed before they could remove them. */
async function removeLeftovers(folder: FileSystemDirectoryHandle): Promise<void> {
  for await (const entry of folder.values()) {
    if (entry.kind !== 'file') continue;
    const { lastModified } = await entry.getFile();
    if (Date.now() - lastModified < LEFTOVER_AFTER_MS) continue;
    // One that another tab is still writing cannot be removed.
    await folder.removeEntry(entry.name).catch(() => undefined);
  }
}
