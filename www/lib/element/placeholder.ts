import type { Picture } from '../index.js';

/** Until the first frame is painted the first picture stands on the stage. */
export class Placeholder {
  #url: string | undefined;

  /** Shows what an address or a file holds; nothing for other pictures. */
  show(image: HTMLImageElement, picture: Picture): void {
    if (this.#url !== undefined) URL.revokeObjectURL(this.#url);
    this.#url = picture instanceof Blob ? URL.createObjectURL(picture) : undefined;
    const url = typeof picture === 'string' ? picture : (this.#url ?? '');
    if (url === '') image.removeAttribute('src');
    else image.src = url;
  }
}
