/** Files that were dropped, and the name of the folder where there was just one. */
export interface Dropped {
  files: File[];
  folder: string;
}

/**
 * What was dropped, folders gone through; call it while the event lasts, for entries are gone after it. Hidden files, and in folders what is no picture by its type, are left
 * out: systems put their own files beside pictures.
 */
export function dropped(data: DataTransfer): Promise<Dropped> {
  const entries = [...data.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const files = [...data.files];
  if (!entries.some(({ isDirectory }) => isDirectory)) return Promise.resolve({ files, folder: '' });
  return filesIn(entries, false).then((found) => ({ files: found, folder: entries.length === 1 ? (entries[0]?.name ?? '') : '' }));
}

/** Files of a folder that can be pictures. */
export function onlyPictures(files: readonly File[]): File[] {
  return files.filter(({ type, name }) => type.startsWith('image/') && !name.startsWith('.'));
}

async function filesIn(entries: readonly FileSystemEntry[], inside: boolean): Promise<File[]> {
  const found: File[] = [];
  for (const entry of entries) {
    if (entry.isFile) {
      const file = await new Promise<File>((resolve, reject) => { (entry as FileSystemFileEntry).file(resolve, reject); });
      found.push(...(inside ? onlyPictures([file]) : [file]));
    } else if (!entry.name.startsWith('.')) {
      const reader = (entry as FileSystemDirectoryEntry).createReader();
      for (;;) {
        // A reader gives a hundred at a time.
        const more = await new Promise<FileSystemEntry[]>((resolve, reject) => { reader.readEntries(resolve, reject); });
        if (more.length === 0) break;
        found.push(...(await filesIn(more, true)));
      }
    }
  }
  return found;
}
