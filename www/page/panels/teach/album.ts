import { icon, make } from '../../parts/dom.js';
import { Intake } from '../../parts/intake.js';
import type { Pick, Pictures } from '../../parts/pictures.js';
import { say } from './strings.js';

const LEAST = 2;
const MOST = 200;
const LENGTHS = [60, 150, 1000];
const USUAL = 150;

/** The pictures to learn, and how: the form that a lesson starts from. */
export class Album {
  readonly root = make('section', { className: 'album' });
  readonly #pictures: Pictures;
  readonly #changed: () => void;
  readonly #intake: Intake;
  readonly #tiles = make('ul', { className: 'tiles' });
  readonly #count = make('p', { className: 'count' });
  readonly #trouble = make('p', { className: 'trouble' });
  readonly #clear = make('button', { type: 'button', className: 'plain', textContent: say.clear });
  readonly #name = make('input', { type: 'text', maxLength: 60, autocomplete: 'off' });
  readonly #steps = make('select');
  readonly #start = make('button', {
    type: 'submit',
    className: 'primary',
    textContent: say.start,
  });
  readonly #hint = make('p', { className: 'hint' });
  #picks: readonly Pick[] = [];
  /** More were given than a lesson takes, which is being said. */
  #overfull = false;
  #base: string | undefined;

  /** `changed` hears of what a person adds and removes, `start` of the wish to begin. */
  constructor(
    pictures: Pictures,
    changed: () => void,
    start: (lesson: { name: string; steps: number }) => void,
  ) {
    this.#pictures = pictures;
    this.#changed = changed;
    this.root.ariaLabel = say.pictures;
    this.#trouble.setAttribute('role', 'alert');
    this.#intake = new Intake(
      this.root,
      pictures,
      (picks) => {
        this.add(picks);
      },
      (message) => {
        this.complain(message);
      },
    );
    this.#steps.append(
      ...LENGTHS.map((steps) =>
        make('option', {
          value: String(steps),
          textContent: say.lengths[steps] ?? String(steps),
          selected: steps === USUAL,
        }),
      ),
    );
    this.#clear.addEventListener('click', () => {
      this.#set([]);
    });

    const form = make(
      'form',
      { className: 'start' },
      make('label', { className: 'field' }, make('span', { textContent: say.name }), this.#name),
      make('label', { className: 'field' }, make('span', { textContent: say.length }), this.#steps),
      this.#start,
      this.#hint,
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (!this.#start.disabled)
        start({
          name: this.#name.value.trim() || this.#name.placeholder,
          steps: Number(this.#steps.value),
        });
    });
    const bubbles = make('span', { className: 'bubbles' });
    bubbles.ariaHidden = 'true';
    this.root.append(
      make(
        'div',
        { className: 'intake' },
        make(
          'div',
          { className: 'invitation' },
          bubbles,
          make('b', { textContent: say.empty }),
          make('p', { textContent: say.emptyHint }),
        ),
        this.#tiles,
        make(
          'div',
          { className: 'ways' },
          this.#way(say.choose, () => {
            this.#intake.choose();
          }),
          this.#way(say.fromGallery, () => {
            this.#fromGallery();
          }),
          this.#count,
          this.#clear,
        ),
      ),
      this.#trouble,
      form,
    );
    this.show([]);
  }

  get picks(): readonly Pick[] {
    return this.#picks;
  }

  /** The name of the model it will start from, once there is one. */
  set base(name: string | undefined) {
    this.#base = name;
    if (name !== undefined) this.#name.placeholder = say.nameOf(name);
    this.#enable();
  }

  /** What a step takes, in seconds; undefined while nobody knows. */
  set secondsPerStep(seconds: number | undefined) {
    for (const option of this.#steps.options) {
      const steps = Number(option.value);
      const name = say.lengths[steps] ?? option.value;
      option.textContent = seconds === undefined ? name : say.lengthWithTime(name, steps * seconds);
    }
  }

  /** Shows pictures without telling anybody. */
  show(picks: readonly Pick[]): void {
    this.#picks = picks;
    this.#tiles.replaceChildren(...picks.map((pick) => this.#tile(pick)));
    this.root.toggleAttribute('data-empty', picks.length === 0);
    this.#count.textContent = say.count(picks.length);
    this.#enable();
  }

  /** Adds pictures, those beyond two hundred left out. */
  add(picks: readonly Pick[]): void {
    const fresh = picks.filter((pick) => !this.#picks.some(({ id }) => id === pick.id));
    const room = MOST - this.#picks.length;
    this.#set([...this.#picks, ...fresh.slice(0, room)]);
    this.complain(fresh.length > room ? say.tooMany(fresh.length - room) : '');
    this.#overfull = fresh.length > room;
  }

  async offer(file: File): Promise<void> {
    await this.#intake.offer([file]);
  }

  complain(message: string): void {
    // That some were left out stays to be read, though the others were all taken.
    if (message === '' && this.#overfull) return;
    this.#trouble.textContent = message;
  }

  #set(picks: readonly Pick[]): void {
    this.#overfull = false;
    this.#trouble.textContent = '';
    this.show(picks);
    this.#changed();
  }

  #enable(): void {
    const { length } = this.#picks;
    this.#start.disabled = length < LEAST || length > MOST || this.#base === undefined;
    this.#clear.hidden = length === 0;
    this.#hint.textContent =
      length === 1
        ? say.oneMore
        : this.#base === undefined
          ? say.waiting
          : say.goesOnFrom(this.#base);
  }

  #tile(pick: Pick): HTMLLIElement {
    const remove = make('button', { type: 'button', title: say.remove(pick.name) }, icon('close'));
    remove.ariaLabel = say.remove(pick.name);
    const tile = make(
      'li',
      { className: 'tile' },
      make('img', { src: pick.url, alt: pick.name, title: pick.name, draggable: false }),
      remove,
    );
    remove.addEventListener('click', () => {
      const at = this.#picks.indexOf(pick);
      this.#set(this.#picks.filter((each) => each !== pick));
      // The keyboard stays where it was.
      const buttons = this.#tiles.querySelectorAll('button');
      (
        buttons[Math.min(at, buttons.length - 1)] ??
        this.root.querySelector<HTMLButtonElement>('.ways button')
      )?.focus();
    });
    return tile;
  }

  #way(label: string, act: () => void): HTMLButtonElement {
    const button = make('button', { type: 'button', textContent: label });
    button.addEventListener('click', act);
    return button;
  }

  #fromGallery(): void {
    const { gallery } = this.#pictures;
    gallery?.open(
      say.galleryTitle,
      (pick) => {
        this.add([pick]);
      },
      { own: [...this.#pictures.own].reverse() },
    );
  }
}
