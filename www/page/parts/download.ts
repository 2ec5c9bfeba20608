/** Gives a file to the browser's downloads. */
export function download(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(link.href);
  }, 60_000);
}

/** Words as a file name: small letters, digits and hyphens. */
export function fileName(words: string, extension: string): string {
  const stem = words
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');
  // A name of signs alone, an emoji say, would leave an ending without a beginning.
  return `${stem === '' ? 'soda' : stem}.${extension}`;
}
