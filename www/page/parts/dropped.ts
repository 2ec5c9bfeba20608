/** Files that were dropped, and the name of the folder where there was just one. */
export interface Dropped {
  files: File[];
  folder: string;
  /** Names of what could not be read: placeholders of a cloud, locked or vanished files. */
  lost: string[];
}

/**
 * What was dropped, folders gone through; call it while the event lasts, for entries are gone after
 * it. Hidden files, and in folders what is no picture by its type, are left out: systems put their
 * own files beside pictures.
 */
export function dropped(data: DataTransfer): Promise<Dropped> {
  const entries = [...data.items]
    .map((item) => item.webkitGetAsEntry())
    .filter((entry) => entry !== null);
  const files = [...data.files];
  if (!entries.some(({ isDirectory }) => isDirectory))
    return Promise.resolve({ files, folder: '', lost: [] });
  const lost: string[] = [];
  const folder = entries.length === 1 ? (entries[0]?.name ?? '') : '';
  return filesIn(entries, false, lost).then((found) => ({ files: found, folder, lost }));
}

/**
 * Makes an element a place to drop things at: it has `data-over` while `wanted` things are over it.
 */
export function takeDrops(
  target: HTMLElement,
  drop: (data: DataTransfer) => void,
  wanted: (data: DataTransfer) => boolean = () => true,
): void {
  target.addEventListener('dragover', (event) => {
    if (!event.dataTransfer || !wanted(event.dataTransfer)) return;
    event.preventDefault();
    target.dataset['over'] = '';
  });
  target.addEventListener('dragleave', ({ relatedTarget }) => {
    if (!target.contains(relatedTarget as Node | null)) delete target.dataset['over'];
  });
  target.addEventListener('drop', (event) => {
    delete target.dataset['over'];
    if (!event.dataTransfer || !wanted(event.dataTransfer)) return;
    event.preventDefault();
    drop(event.dataTransfer);
  });
}

/** Whether files are dragged, and not text or a link. */
export function onlyFiles(data: DataTransfer | null): boolean {
  return data?.types.includes('Files') ?? false;
}

/** Files of a folder that can be pictures. */
export function onlyPictures(files: readonly File[]): File[] {
  return files.filter(({ type, name }) => type.startsWith('image/') && !name.startsWith('.'));
}

async function filesIn(
  entries: readonly FileSystemEntry[],
  inside: boolean,
  lost: string[],
): Promise<File[]> {
  const found: File[] = [];
  for (const entry of entries) {
    if (entry.isFile) {
      const file = await new Promise<File | undefined>((resolve) => {
        (entry as FileSystemFileEntry).file(resolve, () => {
          resolve(undefined);
        });
      });
      if (file) found.push(...(inside ? onlyPictures([file]) : [file]));
      else lost.push(entry.name);
    } else if (!entry.name.startsWith('.')) {
      const reader = (entry as FileSystemDirectoryEntry).createReader();
      for (;;) {
        // A reader gives a hundred at a time.
        const more = await new Promise<FileSystemEntry[]>((resolve) => {
          reader.readEntries(resolve, () => {
            lost.push(entry.name);
            resolve([]);
          });
        });
        if (more.length === 0) break;
        found.push(...(await filesIn(more, true, lost)));
      }
    }
  }
  return found;
}
