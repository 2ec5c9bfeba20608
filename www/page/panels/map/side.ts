import { make } from '../../parts/dom.js';
import { say } from './strings.js';
import type { Atlas } from './atlas.js';
import type { Near } from 'soda-morph/recognition';
import { Loop } from './loop.js';

/** Pixels of a neighbour's bubble. */
const SMALL = 96;

/** A picture that is chosen, or looked for. */
export interface Subject {
  name: string;
  source: Blob | string;
  /** Whether it is a search's example rather than a picture of the map. */
  example: boolean;
}

/** What can be done with what is chosen. */
export type Act = 'morphFrom' | 'morphTo' | 'edit' | 'teach';

/**
 * Beside the map: what is chosen and as what the model paints it, what is most like it, and the
 * film of a line.
 */
export class Side {
  readonly root = make('aside', { className: 'map-side', ariaLabel: say.side, tabIndex: -1 });
  readonly loop = new Loop();
  readonly #title = make('h2');
  readonly #image = make('img', { alt: '', draggable: false });
  readonly #painted = make('canvas', { width: 1, height: 1, role: 'img' });
  readonly #hints = make(
    'ul',
    { className: 'hints' },
    ...say.hints.map((textContent) => make('li', { textContent })),
  );
  readonly #pair: HTMLElement;
  readonly #actions: HTMLElement;
  readonly #near = make('ol', { className: 'near' });
  readonly #nearest: HTMLElement;
  readonly #filmActions: HTMLElement;
  readonly #choose: (index: number) => void;
  #url: string | undefined;

  constructor(events: {
    acts: readonly Act[];
    act: (act: Act) => void;
    choose: (index: number) => void;
    openInMorph: () => void;
    close: () => void;
  }) {
    this.#choose = events.choose;
    this.#pair = make(
      'div',
      { className: 'pair' },
      make('figure', {}, this.#image, make('figcaption', { textContent: say.picture })),
      make('figure', {}, this.#painted, make('figcaption', { textContent: say.painted })),
    );
    this.#actions = make(
      'div',
      { className: 'actions', role: 'group', ariaLabel: say.actions },
      ...events.acts.map((act) =>
        button(say[act], () => {
          events.act(act);
        }),
      ),
    );
    this.#nearest = make(
      'div',
      { className: 'nearest' },
      make('h3', {}, say.near, ' ', make('small', { textContent: say.similarity })),
      this.#near,
    );
    this.#filmActions = make(
      'div',
      { className: 'actions' },
      button(say.openInMorph, events.openInMorph),
      button(say.close, events.close),
    );
    this.root.append(
      this.#title,
      this.#hints,
      this.#pair,
      this.#actions,
      this.loop.root,
      this.#filmActions,
      this.#nearest,
    );
    this.nothing();
  }

  nothing(): void {
    this.loop.stop();
    this.#title.textContent = '';
    this.#only(this.#hints);
  }

  /** A picture, and those most like it where they are known. */
  subject(
    { name, source, example }: Subject,
    near: readonly (Near & { name: string })[],
    atlas: Atlas,
  ): void {
    this.loop.stop();
    this.#title.textContent = example ? say.example(name) : name;
    if (this.#url !== undefined) URL.revokeObjectURL(this.#url);
    this.#url = typeof source === 'string' ? undefined : URL.createObjectURL(source);
    this.#image.src = this.#url ?? (source as string);
    this.#image.alt = name;
    this.#painted.ariaLabel = say.paintedOf(name);
    delete this.#painted.dataset['painted'];
    this.#near.replaceChildren(...near.map((each) => this.#one(each, atlas)));
    this.#only(this.#pair, this.#actions, ...(near.length > 0 ? [this.#nearest] : []));
  }

  /** The subject has been painted. */
  painted(picture: ImageData): void {
    this.#painted.width = picture.width;
    this.#painted.height = picture.height;
    this.#painted.getContext('2d')?.putImageData(picture, 0, 0);
    this.#painted.dataset['painted'] = '';
  }

  /** A line's film, of this many frames. */
  film(from: string, to: string, frames: number): void {
    this.#title.textContent = say.line(from, to);
    this.loop.begin(frames, say.line(from, to));
    this.#only(this.loop.root, this.#filmActions);
  }

  #one({ index, similarity, name }: Near & { name: string }, atlas: Atlas): HTMLLIElement {
    const canvas = make('canvas', { width: SMALL, height: SMALL });
    atlas.copy(index, canvas);
    const one = button('', () => {
      this.#choose(index);
    });
    one.append(
      canvas,
      make('span', { className: 'name', textContent: name }),
      make('span', { className: 'similarity', textContent: similarity.toFixed(2) }),
    );
    one.ariaLabel = say.nearOne(name, similarity);
    return make('li', {}, one);
  }

  #only(...shown: HTMLElement[]): void {
    for (const part of [
      this.#hints,
      this.#pair,
      this.#actions,
      this.loop.root,
      this.#filmActions,
      this.#nearest,
    ])
      part.hidden = !shown.includes(part);
    this.#title.hidden = shown.includes(this.#hints);
  }
}

function button(label: string, act: () => void): HTMLButtonElement {
  const made = make('button', { type: 'button', textContent: label });
  made.addEventListener('click', act);
  return made;
}
