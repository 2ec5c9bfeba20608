import type { Pick } from '../../parts/pictures.js';
import { roundTrip } from './path.js';
import { say } from './strings.js';

/** The names of the stops, in the order of the film; a square's film runs round its edge. */
export function stopNames(picks: readonly (Pick | undefined)[], square: boolean): string[] {
  const names = picks.map((pick, i) => pick?.name ?? (i === 0 ? say.side.from : say.side.to));
  const [a, b, c, d] = names;
  return square && a && b && c && d ? roundTrip([a, b, c, d]) : names;
}

/** What the stage says of its picture, `along` legs from the first stop. */
export function stageCaption(names: readonly string[], along: number): string {
  const leg = Math.max(0, Math.min(names.length - 2, Math.floor(along)));
  return say.stage(names[leg] ?? '', names[leg + 1] ?? '', Math.round(100 * (along - leg)));
}

/** What the slider says of a position, in frames of `length`. */
export function sliderCaption(position: number, length: number): string {
  const last = length - 1;
  const percent = last < 1 ? 0 : Math.round((100 * position) / last);
  return Number.isInteger(position) ? say.frame(position, length, percent) : say.between(percent);
}

/** The element for a page of one's own, which shows two pictures. */
export function snippetOf(from: Pick | undefined, to: Pick | undefined): string | undefined {
  if (!from || !to) return undefined;
  const file = ({ source, url, name }: Pick): string =>
    typeof source === 'string' ? new URL(url, document.baseURI).href : name.replaceAll('"', '');
  return say.snippet(file(from), file(to));
}
