import { make } from '../../parts/dom.js';
import { say } from './strings.js';
import type { Phase } from './survey.js';

/** What can be done about a map that is not there. */
export interface Ways {
  cancel: () => void;
  goOn: () => void;
  settle: () => void;
  open: () => void;
}

/** Over the map while it is not finished: how far it is, or what is wrong, and what can be done. */
export class Note {
  readonly root = make('div', { className: 'map-note', hidden: true });
  readonly #line = make('p');
  readonly #bar = make('div', { className: 'bar' }, make('i'));
  readonly #buttons = make('div', { className: 'buttons' });
  readonly #ways: Ways;
  #kind = '';

  constructor(ways: Ways) {
    this.#ways = ways;
    this.root.append(this.#line, this.#bar, this.#buttons);
  }

  /** `noneRead`: there were files, but none was a picture. */
  show(phase: Phase, noneRead = false): void {
    this.root.hidden = phase.kind === 'done';
    this.root.dataset['phase'] = phase.kind;
    const share =
      phase.kind === 'reading'
        ? phase.done / Math.max(1, phase.total)
        : phase.kind === 'arranging'
          ? phase.share
          : undefined;
    this.#bar.hidden = share === undefined;
    this.#bar.style.setProperty('--share', String(share ?? 0));
    this.#line.textContent = line(phase, noneRead);
    // Buttons stay the same while only numbers change, so that the focus stays in them.
    const kind =
      phase.kind === 'stopped'
        ? `stopped ${String(phase.done)}`
        : phase.kind === 'arranging'
          ? 'reading'
          : phase.kind;
    if (kind === this.#kind) return;
    this.#kind = kind;
    const hadFocus = this.#buttons.contains(document.activeElement);
    this.#buttons.replaceChildren(...this.#buttonsFor(phase));
    if (hadFocus) this.#buttons.querySelector('button')?.focus();
  }

  #buttonsFor(phase: Phase): HTMLButtonElement[] {
    const { cancel, goOn, settle, open } = this.#ways;
    switch (phase.kind) {
      case 'reading':
      case 'arranging':
        return [button(say.cancel, cancel)];
      case 'stopped':
        return [
          button(say.goOn, goOn),
          ...(phase.done > 0 && phase.done < phase.total
            ? [button(say.settle(phase.done), settle)]
            : []),
        ];
      case 'failed':
        return [button(say.again, goOn)];
      case 'empty':
        return [button(say.openFiles, open)];
      default:
        return [];
    }
  }
}

function line(phase: Phase, noneRead: boolean): string {
  switch (phase.kind) {
    case 'reading':
      return say.reading(phase.done, phase.total);
    case 'arranging':
      return say.arranging(phase.share);
    case 'stopped':
      return say.stoppedAt(phase.done, phase.total);
    case 'waiting':
      return say.waiting;
    case 'failed':
      return say.failed(phase.message);
    case 'empty':
      return noneRead ? say.noneRead : say.empty;
    case 'done':
      return '';
  }
}

function button(label: string, act: () => void): HTMLButtonElement {
  const made = make('button', { type: 'button', textContent: label });
  made.addEventListener('click', act);
  return made;
}
