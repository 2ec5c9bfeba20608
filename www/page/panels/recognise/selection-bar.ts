import { make } from '../../parts/dom.js';
import type { Marks } from './sorting.js';
import { say } from './strings.js';

export interface SelectionEvents {
  /** The pictures are examples of a class, or of none. */
  mark: (ids: readonly string[], classId: number | undefined) => void;
  remove: (ids: readonly string[]) => void;
  deselect: () => void;
}

/** What can be done with the selected pictures, for who has no keyboard. */
export class SelectionBar {
  readonly root = make('div', { className: 'selection', hidden: true });
  readonly #events: SelectionEvents;

  constructor(events: SelectionEvents) {
    this.#events = events;
    this.root.setAttribute('role', 'toolbar');
    this.root.ariaLabel = say.markAs;
  }

  /** For these pictures; hidden where there are none. */
  show(ids: readonly string[], { classes }: Marks): void {
    this.root.hidden = ids.length === 0;
    if (ids.length === 0) return;
    const { mark, remove, deselect } = this.#events;
    const act = (label: string, run: () => void, className = ''): HTMLButtonElement => {
      const button = make('button', { type: 'button', textContent: label, className });
      button.addEventListener('click', run);
      return button;
    };
    this.root.replaceChildren(
      make('span', { textContent: say.selected(ids.length) }),
      ...classes.map(({ id, name }) =>
        act(name, () => {
          mark(ids, id);
        }),
      ),
      act(
        say.unmark,
        () => {
          mark(ids, undefined);
          deselect();
        },
        'plain',
      ),
      act(
        say.remove,
        () => {
          remove(ids);
        },
        'plain',
      ),
      act(say.deselect, deselect, 'plain'),
    );
  }
}
