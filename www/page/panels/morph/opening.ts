import type { Entry, Gallery } from '../../parts/gallery.js';

/**
 * The pair the page opens with, and frames of its morph that were made ahead: they move before
 * anything is brought together.
 */
export interface Opening {
  from: Entry;
  to: Entry;
  frames: ImageData[];
}

interface Manifest {
  from: string;
  to: string;
  frames: number;
  file: string;
}

const FOLDER = 'opening/';

/**
 * `opening.json` names two gallery pictures and a strip of the morph between them (`npm run
 * opening` makes it).
 */
export async function loadOpening(gallery: Gallery | undefined): Promise<Opening | undefined> {
  if (!gallery) return undefined;
  const manifest = await fetch(`${FOLDER}opening.json`)
    .then(async (response) => (response.ok ? ((await response.json()) as Manifest) : undefined))
    .catch(() => undefined);
  const from = gallery.find(manifest?.from) ?? gallery.entries[0];
  const to = gallery.find(manifest?.to) ?? gallery.entries[1];
  if (!from || !to) return undefined;
  const frames = manifest
    ? await readStrip(FOLDER + manifest.file, manifest.frames).catch(() => [])
    : [];
  return { from, to, frames };
}

async function readStrip(url: string, frames: number): Promise<ImageData[]> {
  const image = new Image();
  image.src = url;
  await image.decode();
  const size = image.naturalHeight;
  const context = new OffscreenCanvas(image.naturalWidth, size).getContext('2d', {
    willReadFrequently: true,
  });
  if (!context) return [];
  context.drawImage(image, 0, 0);
  return Array.from({ length: frames }, (_, i) => context.getImageData(i * size, 0, size, size));
}
