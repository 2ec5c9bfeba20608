import { type Picture, SodaError } from '../index.js';
import { reflectText } from './attributes.js';

export type Side = 'from' | 'to';

/** The two pictures of an element: addresses in its attributes, others given as properties. */
export class Ends {
  readonly #element: HTMLElement;
  readonly #given: { from?: Picture; to?: Picture } = {};
  /** Counts pictures that were given as properties, which have no address to tell them apart by. */
  #count = 0;

  constructor(element: HTMLElement) {
    this.#element = element;
  }

  get(side: Side): Picture {
    return this.#given[side] ?? this.#element.getAttribute(side) ?? '';
  }

  /** Takes a picture as a property; an address goes to the attribute. */
  give(side: Side, picture: Picture | null | undefined): void {
    if (picture === null || picture === undefined || typeof picture === 'string') {
      this.forget(side);
      reflectText(this.#element, side, picture);
    } else {
      this.#given[side] = picture;
      this.#count++;
    }
  }

  /** The attribute counts again. */
  forget(side: Side): void {
    if (this.#given[side] === undefined) return;
    Reflect.deleteProperty(this.#given, side);
    this.#count++;
  }

  /** What tells these pictures from others. */
  get key(): readonly (string | number | null)[] {
    const { ownerDocument } = this.#element;
    const addresses = [this.#element.getAttribute('from'), this.#element.getAttribute('to')];
    return [...addresses, this.#count, ownerDocument.baseURI];
  }

  /** Both. @throws SodaError 'input' where one is missing */
  get both(): [Picture, Picture] {
    const [from, to] = [this.get('from'), this.get('to')];
    if (from === '' || to === '')
      throw new SodaError(
        'input',
        `<soda-morph> has no ${from === '' ? 'from' : 'to'}; give it the URL of a picture`,
      );
    return [from, to];
  }
}
