import { make } from '../../parts/dom.js';
import type { Draft } from '../../shell/drafts.js';
import { say } from './strings.js';

/** Lessons that have not come to their end, each with a way to go on or to give it up. */
export class Unfinished {
  readonly root = make('section', { className: 'unfinished', hidden: true });
  readonly #act: { goOn: (draft: Draft) => void; discard: (draft: Draft) => void };

  constructor(act: { goOn: (draft: Draft) => void; discard: (draft: Draft) => void }) {
    this.#act = act;
    this.root.ariaLabel = say.unfinished;
  }

  show(drafts: readonly Draft[]): void {
    this.root.hidden = drafts.length === 0;
    this.root.replaceChildren(
      make('h2', { textContent: say.unfinished }),
      make('ul', {}, ...drafts.map((draft) => this.#item(draft))),
    );
  }

  #item(draft: Draft): HTMLLIElement {
    const goOn = make('button', { type: 'button', className: 'primary', textContent: say.goOn });
    goOn.ariaLabel = say.goOnWith(draft.name);
    goOn.addEventListener('click', () => {
      this.#act.goOn(draft);
    });
    const discard = make('button', {
      type: 'button',
      className: 'plain',
      textContent: say.discard,
    });
    discard.ariaLabel = say.discardIt(draft.name);
    discard.addEventListener('click', () => {
      this.#act.discard(draft);
    });
    const { name, done, steps, pictures, kept } = draft;
    return make(
      'li',
      {},
      make(
        'p',
        {},
        make('b', { textContent: name }),
        make('span', { textContent: say.draft(done, steps, pictures, new Date(kept)) }),
      ),
      goOn,
      discard,
    );
  }
}
