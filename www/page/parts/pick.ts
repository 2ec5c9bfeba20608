import type { Frame, Size } from './crop-frame.js';

/**
 * A picture that can be worked with. `source` is what the engine gets: a file, or the URL of a
 * gallery picture.
 */
export interface Pick {
  /** Names it in a state: a gallery id, or `own-…`, which means something only in this browser. */
  readonly id: string;
  readonly name: string;
  readonly source: Blob | string;
  /** What an `<img>` shows it by. */
  readonly url: string;
  /** A larger copy, where there is one: morphs of the pictures themselves are made of it. */
  readonly large?: string;
  /** Whether it shows something up to its edges, as a photograph does; a drawing lies on white. */
  readonly full?: boolean;
  /** In pixels, where it is known: a gallery's are square. */
  readonly size?: Size;
  /** What it was cropped from, and where. */
  readonly cropped?: { readonly from: Pick; readonly frame: Frame };
}

/** Marks an element that shows a picture without the margin that a drawing has. */
export function markFull(element: HTMLElement, pick: Pick | undefined): void {
  element.toggleAttribute('data-full', pick?.full ?? pick?.size !== undefined);
}
