import { make } from '../parts/dom.js';
import type { App } from './panel.js';
import { say } from './strings/models.js';
import type { KeptModel } from './kept.js';
import { downloadModel } from './model-files.js';

/** How long a deletion waits for its second click. */
const SURE_MS = 5000;

/** What can be done with a kept model: another name, its files, an end. */
export function keptActions(app: App, { id, name }: KeptModel): HTMLElement {
  const { models, report, router } = app;
  const row = make('div', { className: 'kept-actions' });
  const button = (label: string, act: (button: HTMLButtonElement) => void): HTMLButtonElement => {
    const made = make('button', { type: 'button', className: 'plain', textContent: label });
    made.addEventListener('click', () => {
      act(made);
    });
    return made;
  };
  const failed = (thrown: unknown): void => {
    report.trouble(say.failed(thrown instanceof Error ? thrown.message : String(thrown)));
  };

  const rename = (): void => {
    const input = make('input', { type: 'text', value: name, maxLength: 60, autocomplete: 'off' });
    input.ariaLabel = say.newName(name);
    const form = make(
      'form',
      { className: 'rename' },
      input,
      make('button', { type: 'submit', textContent: say.save }),
      button(say.keepName, () => {
        fill();
      }),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const wanted = input.value.trim();
      if (wanted === '' || wanted === name) {
        fill();
        return;
      }
      models.kept.rename(id, wanted).then(() => models.refresh(), failed);
    });
    input.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      event.preventDefault(); // Else the dialog around it would close.
      fill();
    });
    row.replaceChildren(form);
    input.focus();
    input.select();
  };
  const give = (as: 'zip' | 'weights' | 'config'): void => {
    models.kept
      .files(id)
      .then((files) => downloadModel(files, name, as))
      .then((file) => {
        report.announce(say.saved(file));
      }, failed);
  };
  const remove = (sure: HTMLButtonElement): void => {
    if (!sure.hasAttribute('data-sure')) {
      sure.toggleAttribute('data-sure', true);
      sure.textContent = say.sure;
      setTimeout(() => {
        sure.toggleAttribute('data-sure', false);
        sure.textContent = say.remove;
      }, SURE_MS);
      return;
    }
    models.kept.remove(id).then(async () => {
      await models.refresh();
      report.announce(say.removed(name));
      const { model, ...state } = router.place.state;
      if (model === id) router.go(router.place.panel, state);
    }, failed);
  };
  const fill = (): void => {
    row.replaceChildren(
      button(say.rename, rename),
      button(say.download, () => {
        give('zip');
      }),
      button('model.safetensors', () => {
        give('weights');
      }),
      button('config.json', () => {
        give('config');
      }),
      button(say.remove, remove),
    );
  };
  fill();
  return row;
}
