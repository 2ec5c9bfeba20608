import { make } from './dom.js';
import type { Gallery } from './gallery.js';
import { say } from './strings.js';

export type Side = 'from' | 'to';

/** A picture that lies in a well. `source` is what the engine gets: a file, or the URL of a gallery picture. */
export interface Pick {
  name: string;
  source: Blob | string;
}

/** One of the two places for a picture: gallery, file, drop or paste. What is no picture is said here and changes nothing. */
export class Well {
  readonly side: Side;
  readonly #root: HTMLElement;
  readonly #image = make('img', { alt: '', draggable: false });
  readonly #button: HTMLButtonElement;
  readonly #input = make('input', { type: 'file', accept: 'image/*', hidden: true });
  readonly #name = make('span', { className: 'name' });
  readonly #trouble = make('p', { className: 'trouble' });
  readonly #picked: (pick: Pick) => void;
  #gallery: Gallery | undefined;
  #pick: Pick | undefined;
  #shownUrl: string | undefined;

  /** `picked` hears of each new picture; `more` gets the files beyond the first of a drop. */
  constructor(root: HTMLElement, side: Side, picked: (pick: Pick) => void, more: (file: File) => void) {
    this.side = side;
    this.#root = root;
    this.#picked = picked;
    this.#button = make('button', { type: 'button', className: 'picture' }, this.#image, make('span', { className: 'hint', textContent: say.dropHere }));
    this.#trouble.setAttribute('role', 'alert');
    this.#input.tabIndex = -1;
    this.#input.ariaLabel = `${say.side[side]}: ${say.file}`;
    const ways = make(
      'div',
      { className: 'ways' },
      this.#way(say.gallery, () => { this.#openGallery(); }),
      this.#way(say.file, () => { this.#input.click(); }),
    );
    if ('clipboard' in navigator && 'read' in navigator.clipboard) ways.append(this.#way(say.paste, () => void this.#pasteFromClipboard()));
    root.setAttribute('role', 'group');
    root.ariaLabel = say.side[side];
    root.append(
      make('h2', {}, make('span', { className: 'side', textContent: say.side[side] }), this.#name),
      this.#button, this.#input, ways, this.#trouble,
    );

    this.#button.addEventListener('click', () => { this.#openGallery(); });
    this.#input.addEventListener('change', () => {
      const file = this.#input.files?.[0];
      this.#input.value = ''; // So that the same file can be chosen again.
      if (file) void this.offer(file, file.name);
    });
    root.addEventListener('dragover', (event) => {
      event.preventDefault();
      root.dataset['over'] = '';
    });
    root.addEventListener('dragleave', (event) => {
      if (!root.contains(event.relatedTarget as Node | null)) delete root.dataset['over'];
    });
    root.addEventListener('drop', (event) => {
      event.preventDefault();
      delete root.dataset['over'];
      const [file, second] = event.dataTransfer?.files ?? [];
      if (file) void this.offer(file, file.name);
      else this.complain(say.trouble.noFile);
      if (second) more(second);
    });
  }

  get pick(): Pick | undefined {
    return this.#pick;
  }

  set gallery(gallery: Gallery) {
    this.#gallery = gallery;
  }

  /** Takes a file or a gallery URL if it shows a picture; else says what is wrong. */
  async offer(source: Blob | string, name: string): Promise<void> {
    if (source instanceof Blob && source.size === 0) {
      this.complain(say.trouble.empty(name));
      return;
    }
    const url = typeof source === 'string' ? source : URL.createObjectURL(source);
    try {
      const probe = new Image();
      probe.src = url;
      await probe.decode();
    } catch {
      if (source instanceof Blob) URL.revokeObjectURL(url);
      this.complain(say.trouble.noPicture(name));
      return;
    }
    this.show({ source, name }, url);
    this.#picked({ source, name });
  }

  /** Shows a pick without telling anybody. `url` shows it; object URLs are let go when the next picture comes. */
  show(pick: Pick, url: string): void {
    if (this.#shownUrl?.startsWith('blob:') && this.#shownUrl !== url) URL.revokeObjectURL(this.#shownUrl);
    this.#shownUrl = url;
    this.#pick = pick;
    this.#image.src = url;
    this.#name.textContent = pick.name;
    this.#button.ariaLabel = say.choose(say.side[this.side], pick.name);
    this.complain('');
  }

  /** Hands out what lies here, for swapping. */
  take(): { pick: Pick; url: string } | undefined {
    if (!this.#pick || this.#shownUrl === undefined) return undefined;
    const taken = { pick: this.#pick, url: this.#shownUrl };
    this.#shownUrl = undefined;
    return taken;
  }

  complain(message: string): void {
    this.#trouble.textContent = message;
    this.#root.toggleAttribute('data-trouble', message !== '');
  }

  #way(label: string, act: () => void): HTMLButtonElement {
    const button = make('button', { type: 'button', textContent: label });
    button.ariaLabel = `${say.side[this.side]}: ${label}`;
    button.addEventListener('click', act);
    return button;
  }

  #openGallery(): void {
    const gallery = this.#gallery;
    if (!gallery) this.complain(say.trouble.gallery);
    else gallery.open(say.galleryTitle(say.side[this.side]), (entry) => void this.offer(gallery.url(entry), entry.name));
  }

  async #pasteFromClipboard(): Promise<void> {
    try {
      for (const item of await navigator.clipboard.read()) {
        const type = item.types.find((each) => each.startsWith('image/'));
        if (type !== undefined) {
          await this.offer(await item.getType(type), say.pastedName);
          return;
        }
      }
    } catch { /* Denied; said below. */ }
    this.complain(say.trouble.clipboard);
  }
}

/** Sends a paste anywhere on the page to `target`, and keeps the browser from opening files dropped beside the wells. */
export function catchPastesAndDrops(target: () => Well): void {
  document.addEventListener('paste', (event) => {
    if (event.target instanceof HTMLInputElement) return;
    const file = event.clipboardData?.files[0];
    if (file) void target().offer(file, file.name === '' || file.name === 'image.png' ? say.pastedName : file.name);
    else target().complain(say.trouble.noFile);
    event.preventDefault();
  });
  for (const kind of ['dragover', 'drop']) window.addEventListener(kind, (event) => { event.preventDefault(); });
}
