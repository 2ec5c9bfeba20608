import type { App } from './panel.js';
import type { State } from './router.js';
import { say } from './strings/onward.js';
import { make } from '../parts/dom.js';
import { download, fileName } from '../parts/download.js';
import { enlarge } from '../parts/enlarge.js';
import type { Pick } from '../parts/pictures.js';

/** Side of a saved picture, in pixels. */
const SAVED = 512;
/** As many as the panel Teach takes. */
const MOST_TAUGHT = 200;

/** A picture that the model painted, and how to take it in as one to work with. */
export interface Painted {
  picture: ImageData;
  name: string;
  /** Its place among the pictures: the same one each time. */
  pick: () => Promise<Pick>;
}

/**
 * Buttons that begin something else with a picture: morph from it, morph to it, edit it, teach it,
 * save it.
 */
export class Onward {
  readonly root: HTMLElement;
  readonly #app: App;
  readonly #painted: () => Painted | undefined;
  readonly #buttons: HTMLButtonElement[];

  /** `edit` leaves that button out where it would lead back to the same panel. */
  constructor(app: App, painted: () => Painted | undefined, { edit = true } = {}) {
    this.#app = app;
    this.#painted = painted;
    const { router } = app;
    this.#buttons = [
      this.#way(say.from, ({ id }) => {
        router.go('morph', { ...this.#pair(), from: id });
      }),
      this.#way(say.to, ({ id }) => {
        router.go('morph', { ...this.#pair(), to: id });
      }),
      ...(edit
        ? [
            this.#way(say.edit, ({ id }) => {
              router.go('edit', { ...router.modelOnly, picture: id });
            }),
          ]
        : []),
      this.#way(say.teach, (pick) => {
        this.#teach(pick);
      }),
      this.#button(say.save, () => void this.#save()),
    ];
    this.root = make('div', { className: 'onward' }, ...this.#buttons);
    this.root.setAttribute('role', 'group');
    this.root.ariaLabel = say.go;
    this.enabled = false;
  }

  set enabled(enabled: boolean) {
    for (const button of this.#buttons) button.disabled = !enabled;
  }

  #button(label: string, act: () => void): HTMLButtonElement {
    const button = make('button', { type: 'button', textContent: label });
    button.addEventListener('click', act);
    return button;
  }

  #way(label: string, act: (pick: Pick) => void): HTMLButtonElement {
    return this.#button(label, () => void this.#painted()?.pick().then(act));
  }

  /** The morph as it was left, as one of two pictures. */
  #pair(): State {
    const state = this.#app.router.left('morph');
    return state['way'] === undefined ? state : this.#app.router.modelOnly;
  }

  #teach({ id }: Pick): void {
    const { router, report } = this.#app;
    const there = (router.left('teach')['pictures'] ?? '')
      .split('.')
      .filter((each) => each !== '' && each !== id);
    if (there.length >= MOST_TAUGHT) report.announce(say.full);
    else router.open('teach', { pictures: [...there, id].join('.') });
  }

  async #save(): Promise<void> {
    const painted = this.#painted();
    if (!painted) return;
    const file = fileName(`soda ${painted.name}`, 'png');
    download(await enlarge(painted.picture, SAVED).convertToBlob({ type: 'image/png' }), file);
    this.#app.report.announce(say.saved(file));
  }
}
