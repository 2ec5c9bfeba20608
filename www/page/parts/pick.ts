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
  /** In pixels, where it is known: a gallery's are square. */
  readonly size?: Size;
  /** What it was cropped from, and where. */
  readonly cropped?: { readonly from: Pick; readonly frame: Frame };
}
