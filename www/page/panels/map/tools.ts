import { Choice } from '../../parts/choice.js';
import { make } from '../../parts/dom.js';
import { onlyPictures } from '../../parts/dropped.js';
import { say } from './strings.js';

/** What the row above the map asks for. */
export interface Wishes {
  gallery: () => void;
  open: (files: File[], folder: string) => void;
  search: (words: string) => void;
  /** Enter in the search field. */
  first: () => void;
  example: (file: File) => void;
  exampleFromGallery: () => void;
  /** By latents alone, or by kinds of things too. */
  compare: (byLatent: boolean) => void;
}

/** Whose pictures are on the map, opening others, and the two ways to search. */
export class Tools {
  readonly root = make('section', { className: 'map-tools', ariaLabel: say.tools });
  readonly #source = make('span', { className: 'source' });
  readonly #back: HTMLButtonElement;
  readonly #search = make('input', { type: 'search', autocomplete: 'off', spellcheck: false });
  readonly #found = make('span', { className: 'found', role: 'status' });
  readonly #files: HTMLInputElement;
  readonly #compareBy: Choice<'both' | 'latent'>;

  constructor(wishes: Wishes) {
    this.#back = button(say.gallery, wishes.gallery);
    this.#files = chooser(
      { accept: 'image/*', multiple: true, ariaLabel: say.openFiles },
      (files) => {
        wishes.open(files, '');
      },
    );
    const folder = chooser(
      { webkitdirectory: true, multiple: true, ariaLabel: say.openFolder },
      (files) => {
        wishes.open(onlyPictures(files), files[0]?.webkitRelativePath.split('/')[0] ?? '');
      },
    );
    const example = chooser({ accept: 'image/*', ariaLabel: say.chooseExample }, ([file]) => {
      if (file) wishes.example(file);
    });
    this.#search.addEventListener('input', () => {
      wishes.search(this.#search.value);
    });
    this.#search.addEventListener('keydown', ({ key }) => {
      if (key === 'Enter') wishes.first();
    });
    const options = [
      ['both', say.comparisons.both],
      ['latent', say.comparisons.latent],
    ] as const;
    this.#compareBy = new Choice(say.compareBy, options, 'both', (by) => {
      wishes.compare(by === 'latent');
    });
    // Phones have no folders to choose from.
    const folders =
      'webkitdirectory' in folder
        ? [
            button(say.openFolder, () => {
              folder.click();
            }),
          ]
        : [];
    this.root.append(
      make(
        'div',
        { className: 'group', role: 'group', ariaLabel: say.source },
        this.#source,
        make(
          'div',
          { className: 'joined' },
          this.#back,
          button(say.openFiles, () => {
            this.openFiles();
          }),
          ...folders,
        ),
        this.#files,
        folder,
      ),
      make(
        'label',
        { className: 'group by-name' },
        make('span', {}, say.search, ' ', this.#found),
        this.#search,
      ),
      make(
        'div',
        { className: 'group', role: 'group', ariaLabel: say.byPicture },
        make('span', { textContent: say.byPicture }),
        make(
          'div',
          { className: 'joined' },
          button(say.exampleFile, () => {
            example.click();
          }),
          button(say.exampleGallery, wishes.exampleFromGallery),
        ),
        example,
      ),
      this.#compareBy.root,
    );
  }

  openFiles(): void {
    this.#files.click();
  }

  compared(byLatent: boolean): void {
    this.#compareBy.value = byLatent ? 'latent' : 'both';
  }

  source(text: string, own: boolean): void {
    this.#source.textContent = text;
    this.#back.hidden = !own;
  }

  /** The words searched for, and what was found; undefined while the field is empty. */
  searched(words: string, found: string | undefined): void {
    if (this.#search.value.trim() !== words) this.#search.value = words;
    this.#found.textContent = found ?? '';
  }
}

function button(label: string, act: () => void): HTMLButtonElement {
  const made = make('button', { type: 'button', textContent: label });
  made.addEventListener('click', act);
  return made;
}

function chooser(
  properties: Partial<HTMLInputElement>,
  chosen: (files: File[]) => void,
): HTMLInputElement {
  const input = make('input', { type: 'file', hidden: true, tabIndex: -1, ...properties });
  input.addEventListener('change', () => {
    const files = [...(input.files ?? [])];
    input.value = ''; // So that the same can be chosen again.
    if (files.length > 0) chosen(files);
  });
  return input;
}
