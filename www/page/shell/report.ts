import type { Progress, Soda } from 'soda-morph';
import { byId, icon, make } from '../parts/dom.js';
import { type Speed, say } from '../parts/strings/common.js';

type State = 'loading' | 'painting' | 'ready' | 'failed';

/** The lines under the film: what is going on, where it runs and how fast, and what went wrong. */
export class Report {
  readonly #status = byId('status', HTMLParagraphElement);
  readonly #live = byId('live', HTMLParagraphElement);
  readonly #meter = byId('meter', HTMLDivElement);
  readonly #engine = byId('engine', HTMLParagraphElement);
  readonly #trouble = byId('trouble', HTMLDivElement);
  #soda: Soda | undefined;

  /** Where the page stands; also on the document, for styles and for whoever drives the page. */
  state(state: State): void {
    document.documentElement.dataset['state'] = state;
    if (state === 'ready' || state === 'failed') this.#meter.hidden = true;
  }

  /** A line that changes often: seen, not read aloud. */
  progress(line: string, progress?: Progress): void {
    this.#status.textContent = line;
    this.#meter.hidden = false;
    const share = progress && progress.total > 0 ? progress.done / progress.total : undefined;
    this.#meter.toggleAttribute('data-unknown', share === undefined);
    if (share === undefined) this.#meter.removeAttribute('aria-valuenow');
    else {
      this.#meter.ariaValueNow = String(Math.round(100 * share));
      this.#meter.style.setProperty('--share', String(share));
    }
    this.#meter.setAttribute('aria-valuetext', line);
  }

  /**
   * Something that is not the engine's work has ended: the meter goes unless the engine needs it.
   */
  done(): void {
    const state = document.documentElement.dataset['state'];
    if (state === 'ready' || state === 'failed') this.#meter.hidden = true;
  }

  /** A line worth reading aloud. */
  announce(line: string): void {
    this.#status.textContent = line;
    this.#live.textContent = line;
  }

  engine(soda: Soda | undefined, speed?: Speed): void {
    this.#soda = soda;
    this.#engine.textContent = soda ? say.engine(soda.backend, soda.fallback, speed) : '';
    if (soda) document.documentElement.dataset['backend'] = soda.backend;
    else delete document.documentElement.dataset['backend'];
  }

  /** A word in the place where the engine will be named. */
  note(line: string): void {
    this.#engine.textContent = line;
  }

  /** A word beside the engine: how quick it is just now. */
  aside(line: string): void {
    this.#engine.textContent = this.#soda
      ? `${say.engine(this.#soda.backend, this.#soda.fallback, undefined)} · ${line}`
      : line;
  }

  speed(speed: Speed): void {
    this.engine(this.#soda, speed);
  }

  /** Whether some trouble is on show. */
  get isTroubled(): boolean {
    return this.#trouble.childElementCount > 0;
  }

  /**
   * Says what went wrong, with a way to try again where there is one; an empty message takes it
   * away.
   */
  trouble(message: string, again?: () => void, label: string = say.trouble.again): void {
    this.#trouble.replaceChildren();
    if (message === '') return;
    this.#trouble.append(make('p', { textContent: message }));
    if (again) {
      const button = make('button', { type: 'button', textContent: label });
      button.addEventListener('click', () => {
        this.trouble('');
        again();
      });
      this.#trouble.append(button);
    }
    const dismiss = make(
      'button',
      { type: 'button', className: 'quiet icon', title: say.trouble.dismiss },
      icon('close'),
    );
    dismiss.ariaLabel = say.trouble.dismiss;
    dismiss.addEventListener('click', () => {
      this.trouble('');
    });
    this.#trouble.append(dismiss);
  }
}
