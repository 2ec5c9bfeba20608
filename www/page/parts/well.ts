import { make } from './dom.js';
import { takeDrops } from './dropped.js';
import type { OtherWay } from './gallery.js';
import { markFull } from './pick.js';
import type { Pick, Pictures } from './pictures.js';
import { say } from './strings/common.js';
import { say as own } from './strings/own.js';

/** How long a new picture stands before it is judged. */
const PATIENCE_MS = 500;
/** Own pictures in the dialog; the others are among the things that are kept. */
const MOST_OFFERED = 24;

/**
 * A place for a picture: gallery, file, drop, paste or camera; a person's own can be cropped. What
 * is no picture is said here and changes nothing; what the model does not know is said, too.
 */
export class Well {
  readonly #title: string;
  readonly #root: HTMLElement;
  readonly #pictures: Pictures;
  readonly #image = make('img', { alt: '', draggable: false });
  readonly #button: HTMLButtonElement;
  readonly #input = make('input', { type: 'file', accept: 'image/*', hidden: true });
  readonly #name = make('span', { className: 'name' });
  readonly #trouble = make('p', { className: 'trouble' });
  readonly #note = make('p', { className: 'strange', hidden: true });
  readonly #crop = make('button', {
    type: 'button',
    className: 'crop',
    textContent: own.crop,
    hidden: true,
  });
  readonly #picked: (pick: Pick) => void;
  #pick: Pick | undefined;
  /** Counts pictures that were chosen, so that a slow file does not replace a later one. */
  #turns = 0;

  /**
   * `picked` hears of each new picture that a person gives; `more` gets the files beyond the first
   * of a drop.
   */
  constructor(
    root: HTMLElement,
    title: string,
    pictures: Pictures,
    picked: (pick: Pick) => void,
    more: (files: File[]) => void = () => undefined,
  ) {
    this.#title = title;
    this.#root = root;
    this.#pictures = pictures;
    this.#picked = picked;
    root.classList.add('well');
    this.#button = make(
      'button',
      { type: 'button', className: 'picture' },
      this.#image,
      make('span', { className: 'hint', textContent: say.dropHere }),
    );
    this.#button.ariaLabel = say.chooseFirst(title);
    this.#trouble.setAttribute('role', 'alert');
    this.#input.tabIndex = -1;
    this.#input.ariaLabel = `${title}: ${say.file}`;
    const choose = make('button', {
      type: 'button',
      className: 'choose',
      textContent: say.chooseOne,
    });
    choose.ariaLabel = `${title}: ${say.chooseOne}`;
    choose.addEventListener('click', () => {
      this.#choose();
    });
    this.#crop.ariaLabel = own.cropOf(title);
    this.#crop.addEventListener(
      'click',
      () =>
        void this.#cropPicture().catch(() => {
          this.complain(say.trouble.part);
        }),
    );
    this.#fillNote();
    pictures.onModel(() => {
      void this.#judge();
    });
    root.setAttribute('role', 'group');
    root.ariaLabel = title;
    root.append(
      make('h2', {}, make('span', { className: 'side', textContent: title }), this.#name),
      make('div', { className: 'frame' }, this.#button, this.#crop),
      this.#input,
      choose,
      this.#trouble,
      this.#note,
    );

    this.#button.addEventListener('click', () => {
      this.#choose();
    });
    this.#input.addEventListener('change', () => {
      const file = this.#input.files?.[0];
      this.#input.value = ''; // So that the same file can be chosen again.
      if (file) void this.offer(file, file.name);
    });
    takeDrops(root, ({ files: [file, ...others] }) => {
      if (file) void this.offer(file, file.name);
      else this.complain(say.trouble.noFile);
      if (others.length > 0) more(others);
    });
  }

  get pick(): Pick | undefined {
    return this.#pick;
  }

  /** Takes a file if it shows a picture; else says what is wrong. */
  async offer(file: Blob, name: string): Promise<void> {
    const turn = ++this.#turns;
    if (file.size === 0) {
      this.complain(say.trouble.empty(name));
      return;
    }
    const pick = await this.#pictures.read(file, name);
    if (turn !== this.#turns) return; // Something else was chosen while this was read.
    if (!pick) {
      this.complain(say.trouble.noPicture(name));
      return;
    }
    this.show(pick);
    this.#picked(pick);
  }

  /** Shows a pick without telling anybody; undefined empties the well. */
  show(pick: Pick | undefined): void {
    this.#turns++;
    this.#pick = pick;
    this.#root.toggleAttribute('data-own', pick?.size !== undefined);
    markFull(this.#root, pick);
    if (pick) this.#image.src = pick.url;
    else this.#image.removeAttribute('src');
    this.#name.textContent = pick?.name ?? '';
    this.#button.ariaLabel = pick
      ? say.choose(this.#title, pick.name)
      : say.chooseFirst(this.#title);
    this.#crop.hidden = pick?.size === undefined;
    this.complain('');
    void this.#judge();
  }

  complain(message: string): void {
    this.#trouble.textContent = message;
    this.#root.toggleAttribute('data-trouble', message !== '');
  }

  /**
   * Says so where the model does not know such pictures. Only of a person's own: the gallery is
   * there to be tried.
   */
  async #judge(): Promise<void> {
    const pick = this.#pick;
    this.#note.hidden = true;
    if (!pick?.size || !this.#pictures.stranger) return;
    // What was asked for comes first: a morph, most often.
    await new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
    if (pick !== this.#pick) return;
    const strange = await this.#pictures.stranger.isStrange(pick);
    if (pick === this.#pick) this.#note.hidden = !strange;
  }

  #fillNote(): void {
    const teach = make('button', { type: 'button', className: 'plain', textContent: own.teach });
    teach.ariaLabel = own.teachOf(this.#title);
    teach.addEventListener('click', () => {
      if (this.#pick) this.#pictures.stranger?.teach(this.#pick);
    });
    this.#note.setAttribute('role', 'status');
    this.#note.append(own.strange, ' ', teach);
  }

  async #cropPicture(): Promise<void> {
    const pick = this.#pick;
    if (!pick) return;
    const { cropPicture } = await import('./crop.js');
    const from = pick.cropped?.from ?? pick;
    const crop = await cropPicture(from.source, pick.cropped?.frame);
    if (!crop) return;
    const cropped = this.#pictures.crop(from, crop.frame, crop.picture);
    this.show(cropped);
    this.#picked(cropped);
  }

  async #fromCamera(): Promise<void> {
    const { takePicture } = await import('./camera.js');
    const picture = await takePicture();
    if (picture) await this.offer(picture, own.takenName);
  }

  /** Offers all ways to a picture; without a gallery there are files. */
  #choose(): void {
    const { gallery } = this.#pictures;
    if (!gallery) {
      this.#input.click();
      return;
    }
    const ways: OtherWay[] = [
      {
        label: say.file,
        act: () => {
          this.#input.click();
        },
      },
    ];
    // Only pages that are served safely may ask for a camera.
    if ('mediaDevices' in navigator)
      ways.push({
        label: own.camera,
        act: () =>
          void this.#fromCamera().catch(() => {
            this.complain(say.trouble.part);
          }),
      });
    if ('clipboard' in navigator && 'read' in navigator.clipboard)
      ways.push({ label: say.paste, act: () => void this.#pasteFromClipboard() });
    gallery.open(
      say.galleryTitle(this.#title),
      (pick) => {
        this.show(pick);
        this.#picked(pick);
      },
      { ways, own: [...this.#pictures.own].reverse().slice(0, MOST_OFFERED) },
    );
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
    } catch {
      /* Denied; said below. */
    }
    this.complain(say.trouble.clipboard);
  }
}
