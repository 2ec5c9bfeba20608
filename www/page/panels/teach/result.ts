import { make } from '../../parts/dom.js';
import type { Compared, KeptModel } from '../../shell/kept.js';
import { keptActions } from '../../shell/kept-actions.js';
import { say } from './strings.js';
import type { App } from '../../shell/panel.js';

/** Pictures shown at first: two hundred at once would bury the rest of the panel. */
const FIRST = 12;

/**
 * What a kept model has learnt: its name and what can be done with it, and each picture before and
 * after.
 */
export class ResultView {
  readonly root = make('section', { className: 'result', hidden: true });
  readonly #app: App;
  /** The object URLs in use. */
  readonly #urls: string[] = [];
  #shown = '';

  constructor(app: App) {
    this.#app = app;
    this.root.ariaLabel = say.result;
  }

  /** Shows this model's lesson, or nothing for one without. */
  async show(about: KeptModel | undefined): Promise<void> {
    const key = about ? `${about.id} ${about.name}` : '';
    if (key === this.#shown) return;
    this.#shown = key;
    const compared = about ? await this.#app.models.kept.compared(about.id).catch(() => []) : [];
    if (this.#shown !== key) return; // Another model has been chosen meanwhile.
    for (const url of this.#urls.splice(0)) URL.revokeObjectURL(url);
    this.root.hidden = !about;
    if (about) this.root.replaceChildren(...this.#content(about, compared));
    else this.root.replaceChildren();
  }

  #content(about: KeptModel, compared: readonly Compared[]): Node[] {
    const { lesson } = about;
    const head = make(
      'header',
      {},
      make('h2', { textContent: about.name }),
      this.#morph(),
      keptActions(this.#app, about),
    );
    if (!lesson) return [head];
    const words = say.gain(lesson.before, lesson.after, lesson.pictures);
    const gain = make(
      'p',
      { className: 'gain' },
      make('b', { textContent: words.much }),
      ' ',
      make('span', { textContent: words.of }),
    );
    const { before, after, pictures, steps } = lesson;
    const numbers = make(
      'details',
      { className: 'numbers' },
      make('summary', { textContent: say.numbers }),
      make('p', { className: 'hint', textContent: say.gainHint(before, after, pictures, steps) }),
    );
    const cards = compared.map((each) => this.#card(each));
    const list = make('ul', { className: 'outcomes' }, ...cards.slice(0, FIRST));
    const more = make('button', {
      type: 'button',
      className: 'plain',
      textContent: say.more(cards.length - FIRST),
      hidden: cards.length <= FIRST,
    });
    more.addEventListener('click', () => {
      list.append(...cards.slice(FIRST));
      more.hidden = true;
      (cards[FIRST] as HTMLElement | undefined)?.focus();
    });
    return [
      head,
      gain,
      make(
        'p',
        { className: 'legend', ariaHidden: 'true' },
        ...say.legend.map((word) => make('span', { textContent: word })),
      ),
      list,
      more,
      numbers,
    ];
  }

  /** The way to Morph, with the model it is about. */
  #morph(): HTMLAnchorElement {
    const { router } = this.#app;
    const link = make('a', { href: '#morph', textContent: say.morph });
    link.addEventListener('click', (event) => {
      event.preventDefault();
      const { model } = router.place.state;
      router.go('morph', model === undefined ? {} : { model });
    });
    return link;
  }

  #card({ name, wanted, before, after }: Compared): HTMLLIElement {
    const card = make(
      'li',
      { tabIndex: -1 },
      this.#image(wanted, name),
      this.#image(before.picture, say.paintedBefore(name)),
      this.#image(after.picture, say.paintedAfter(name)),
      make(
        'p',
        {},
        make('span', { className: 'name', textContent: name, title: name }),
        make('span', {
          textContent: say.closer(before.psnr, after.psnr),
          title: say.decibels(before.psnr, after.psnr),
        }),
      ),
    );
    card.ariaLabel = say.compared(name, before.psnr, after.psnr);
    return card;
  }

  #image(blob: Blob, alt: string): HTMLImageElement {
    const url = URL.createObjectURL(blob);
    this.#urls.push(url);
    return make('img', { src: url, alt, draggable: false });
  }
}
