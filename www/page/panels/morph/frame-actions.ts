import { make } from '../../parts/dom.js';
import { download, fileName } from '../../parts/download.js';
import { holdButton } from '../../parts/hold-button.js';
import { openLink } from '../../shell/link-dialog.js';
import { toBlob } from '../../parts/pictures.js';
import { Creations } from '../../shell/creations.js';
import { toHash } from '../../shell/router.js';
import { say } from './strings.js';
import { say as things } from '../../shell/strings/things.js';
import type { App } from '../../shell/panel.js';

/** What the actions need of the panel. */
export interface FrameSource {
  /** A name for what is on the stage. */
  name: () => string;
  /** What is on the stage, at full size. */
  picture: () => Promise<ImageData>;
  /** The same as it is shown, at once. */
  stage: HTMLCanvasElement;
  /** The film's name. */
  title: () => string;
  /** Shows the plain cross-fade, or no longer. */
  compare: (on: boolean) => void;
  /** Snippet for a page of one's own; undefined where the element cannot show it. */
  snippet: () => string | undefined;
}

/** Buttons under the stage: what can be done with the frame that it shows. */
export class FrameActions {
  readonly #app: App;
  readonly #source: FrameSource;
  readonly #buttons: HTMLButtonElement[];
  readonly #compare: HTMLButtonElement;

  constructor(root: HTMLElement, app: App, source: FrameSource) {
    this.#app = app;
    this.#source = source;
    this.#compare = holdButton(say.compare, (held) => {
      source.compare(held);
    });
    this.#compare.title = say.compareHint;
    this.#compare.setAttribute('aria-description', say.compareHint);
    const save = this.#button(say.savePicture, () => this.#save());
    save.classList.add('primary');
    this.#buttons = [
      save,
      ...('clipboard' in navigator && 'ClipboardItem' in window
        ? [this.#button(say.copy, () => this.#copy())]
        : []),
      ...(canShareFiles() ? [this.#button(say.share, () => this.#share())] : []),
      this.#button(say.editIt, () =>
        this.#use((id) => {
          app.router.go('edit', { ...app.router.modelOnly, picture: id });
        }),
      ),
      this.#button(say.asStart, () =>
        this.#use((id) => {
          this.#end('from', id);
        }),
      ),
      this.#button(say.asEnd, () =>
        this.#use((id) => {
          this.#end('to', id);
        }),
      ),
      this.#button(things.keep, () => this.#keep()),
      this.#button(say.link, () =>
        openLink(app, { title: source.title(), ...optional(source.snippet()) }),
      ),
    ];
    root.append(...this.#buttons, this.#compare);
    this.#dragOut(source.stage);
    this.enabled = false;
  }

  set enabled(enabled: boolean) {
    for (const button of [...this.#buttons, this.#compare]) button.disabled = !enabled;
    this.#source.stage.draggable = enabled;
  }

  /** Whether there is a plain cross-fade to compare with; after `enabled`. */
  set comparable(comparable: boolean) {
    this.#compare.disabled = !comparable;
  }

  #button(label: string, act: () => Promise<unknown>): HTMLButtonElement {
    const button = make('button', { type: 'button', textContent: label });
    button.addEventListener('click', () => {
      button.disabled = true;
      act()
        .catch((thrown: unknown) => {
          // A person closed the share sheet.
          if ((thrown as { name?: unknown }).name === 'AbortError') return;
          this.#app.report.trouble(
            say.notSaved(thrown instanceof Error ? thrown.message : String(thrown)),
          );
        })
        .finally(() => {
          button.disabled = false;
        });
    });
    return button;
  }

  async #file(): Promise<File> {
    const blob = await toBlob(await this.#source.picture());
    return new File([blob], fileName(`soda ${this.#source.name()}`, 'png'), { type: 'image/png' });
  }

  async #save(): Promise<void> {
    const file = await this.#file();
    download(file, file.name);
    this.#app.report.announce(say.saved(file.name, file.size));
  }

  async #copy(): Promise<void> {
    // A promise: Safari wants the item within the click.
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': this.#file() })]);
    this.#app.report.announce(say.copied);
  }

  async #share(): Promise<void> {
    const file = await this.#file();
    await navigator.share({ files: [file], title: this.#source.title() });
  }

  /** Takes the frame in as a picture of the person's own. */
  async #use(act: (id: string) => void): Promise<void> {
    const file = await this.#file();
    const pick = await this.#app.pictures.read(file, this.#source.name());
    if (pick) act(pick.id);
  }

  #end(side: 'from' | 'to', id: string): void {
    const { router } = this.#app;
    const { pins: _, ...state } = router.place.state;
    router.go('morph', { ...(state['way'] === undefined ? state : router.modelOnly), [side]: id });
  }

  async #keep(): Promise<void> {
    const { report, router } = this.#app;
    const name = this.#source.title();
    try {
      const picture = await new Promise<Blob | null>((resolve) => {
        this.#source.stage.toBlob(resolve, 'image/webp', 0.9);
      });
      if (!picture) return;
      await new Creations().add({
        name,
        panel: 'morph',
        hash: toHash(router.place).slice(1),
        picture,
      });
      report.announce(things.kept(name));
    } catch (thrown) {
      report.trouble(things.notKept(thrown instanceof Error ? thrown.message : String(thrown)));
    }
  }

  /**
   * The stage can be dragged to the desktop, into another program, or into a place for a picture
   * here.
   */
  #dragOut(stage: HTMLCanvasElement): void {
    stage.addEventListener('dragstart', (event) => {
      const url = stage.toDataURL('image/png');
      const name = fileName(`soda ${this.#source.name()}`, 'png');
      event.dataTransfer?.setData('DownloadURL', `image/png:${name}:${url}`);
      const bytes = Uint8Array.from(atob(url.slice(url.indexOf(',') + 1)), (letter) =>
        letter.charCodeAt(0),
      );
      event.dataTransfer?.items.add(new File([bytes], name, { type: 'image/png' }));
    });
  }
}

function canShareFiles(): boolean {
  const { canShare } = navigator as { canShare?: (data: ShareData) => boolean };
  return (
    canShare?.call(navigator, { files: [new File([], 'a.png', { type: 'image/png' })] }) ?? false
  );
}

function optional(snippet: string | undefined): { snippet?: string } {
  return snippet === undefined ? {} : { snippet };
}
