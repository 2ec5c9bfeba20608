import type { Latent } from 'soda-morph';
import { latentAt } from './layout.js';
import { say } from './strings.js';
import type { Survey } from './survey.js';

/** One end of a line: a picture, or a place between pictures. */
export type End = { index: number } | { x: number; y: number };

/** An end as text for the address. */
export function nameOfEnd({ collection }: Survey, end: End): string | undefined {
  return 'index' in end
    ? collection.items[end.index]?.id
    : `@${end.x.toFixed(3)},${end.y.toFixed(3)}`;
}

/** The end that a text names; undefined where there is none. */
export function endNamed({ collection }: Survey, name: string | undefined): End | undefined {
  const [, x, y] = /^@(-?[\d.]+),(-?[\d.]+)$/.exec(name ?? '') ?? [];
  if (x !== undefined && y !== undefined) return { x: Number(x), y: Number(y) };
  const index = collection.find(name);
  return index === -1 ? undefined : { index };
}

/** An end for people. */
export function calledEnd({ collection }: Survey, end: End): string {
  return 'index' in end ? (collection.items[end.index]?.name ?? '') : say.between;
}

/** What is painted at an end of a map that is done. */
export function latentOfEnd({ latents, layout }: Survey, end: End): Latent | undefined {
  if ('index' in end) return latents[end.index];
  return layout && latentAt(layout, latents, end.x, end.y);
}
