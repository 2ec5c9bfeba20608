import './models-dialog.css';
import { make } from '../parts/dom.js';
import { openDialog } from '../parts/dialog.js';
import type { App } from './panel.js';
import { say } from './strings/models.js';
import type { Model } from './engine.js';
import { keptActions } from './kept-actions.js';
import { fileOf, readConfig } from './model-config.js';
import { openModel } from './model-files.js';

/** Pictures of its world on a card. */
const SAMPLES = 4;

/**
 * The models with their cards: what each is, and a way to take it; files of another can be opened.
 */
export function openModels(app: App): void {
  const list = make('div', { className: 'cards' });
  const trouble = make('p', { className: 'trouble' });
  trouble.setAttribute('role', 'alert');
  const input = make('input', {
    type: 'file',
    accept: '.json,.safetensors,.zip',
    multiple: true,
    hidden: true,
    tabIndex: -1,
  });
  input.ariaLabel = say.open;
  const open = make('button', { type: 'button', textContent: say.open });
  const fill = (): void => {
    list.replaceChildren(
      ...app.models.all.map((model) =>
        card(app, model, () => {
          dialog.close();
        }),
      ),
    );
  };
  const take = async (files: readonly File[]): Promise<void> => {
    trouble.textContent = '';
    open.disabled = true;
    try {
      const { files: kept, name, world } = await openModel(files);
      const about = await app.models.kept.add({ name, world }, kept);
      await app.models.refresh();
      dialog.close();
      app.router.go(app.router.place.panel, { ...app.router.place.state, model: about.id });
    } catch (thrown) {
      trouble.textContent = say.failed(thrown instanceof Error ? thrown.message : String(thrown));
    } finally {
      open.disabled = false;
    }
  };
  open.addEventListener('click', () => {
    input.click();
  });
  input.addEventListener('change', () => {
    const files = [...(input.files ?? [])];
    input.value = '';
    if (files.length > 0) void take(files);
  });
  const dialog = openDialog(
    say.title,
    'models',
    [
      list,
      make('div', { className: 'acts' }, open, input),
      make('p', { className: 'hint', textContent: say.openHint }),
      trouble,
    ],
    () => {
      ended();
    },
  );
  dialog.addEventListener('dragover', (event) => {
    event.preventDefault();
  });
  dialog.addEventListener('drop', (event) => {
    event.preventDefault();
    void take([...(event.dataTransfer?.files ?? [])]);
  });
  const ended = app.models.onChange(fill);
  void app.models.refresh(); // Another tab may have changed them.
  fill();
}

function card(app: App, model: Model, taken: () => void): HTMLElement {
  const { engine, models, router } = app;
  const inUse = engine.model.id === model.id;
  const facts = make('dl');
  const use = make('button', {
    type: 'button',
    textContent: inUse ? say.inUse : say.use,
    disabled: inUse,
  });
  use.ariaLabel = `${use.textContent}: ${model.name}`;
  use.addEventListener('click', () => {
    const { model: _, ...state } = router.place.state;
    router.go(
      router.place.panel,
      model.id === models.first.id ? state : { ...state, model: model.id },
    );
    taken();
  });
  use.dataset['testid'] = `use-${model.id}`;
  const samples = make(
    'span',
    { className: 'samples' },
    ...(app.pictures.gallery?.samples(model.world, SAMPLES) ?? []).map((url) =>
      make('img', { src: url, alt: '', width: 48, height: 48, draggable: false }),
    ),
  );
  const details = make(
    'details',
    { open: inUse },
    make('summary', { textContent: say.details }),
    facts,
  );
  const about = models.about(model.id);
  if (about) details.append(keptActions(app, about));
  const card = make(
    'section',
    { className: 'card' },
    samples,
    make('h3', { textContent: model.name }),
    use,
    details,
  );
  card.ariaLabel = model.name;
  card.toggleAttribute('data-in-use', inUse);
  void describe(app, model).then(
    (rows) => {
      facts.replaceChildren(
        ...rows.flatMap(([term, words]) => [
          make('dt', { textContent: term }),
          make('dd', {}, words),
        ]),
      );
    },
    (thrown: unknown) => {
      facts.replaceChildren(make('dd', { textContent: say.failed(String(thrown)) }));
    },
  );
  return card;
}

async function describe({ engine, models }: App, model: Model): Promise<[string, string | Node][]> {
  const { source } = model;
  const about = models.about(model.id);
  const config = await readConfig(model);
  const groups = config.model?.groups ?? [];
  const rows: [string, string | Node | undefined][] = [
    [say.size, config.model?.size === undefined ? undefined : say.pixels(config.model.size)],
    [say.latent, groups.length === 0 ? undefined : say.numbers(groups)],
    [
      say.parameters,
      engine.model.id === model.id && engine.soda
        ? say.millions(engine.soda.config.parameters)
        : undefined,
    ],
    [say.weights, say.megabytes(await weightsBytes(model).catch(() => undefined))],
    [say.steps, config.training?.steps?.toLocaleString('en')],
    [say.data, config.training?.data],
    [say.dataLicence, config.training?.data_licence],
    [say.licence, config.licence],
    [
      say.learnt,
      about?.lesson
        ? say.lesson(about.base ?? '', about.lesson.pictures, about.lesson.steps)
        : undefined,
    ],
    [
      say.card,
      source instanceof URL && model.id !== 'asked'
        ? make('a', {
            href: new URL('README.md', source).href,
            target: '_blank',
            rel: 'noopener',
            textContent: say.readCard,
          })
        : undefined,
    ],
  ];
  return rows.filter(
    (row): row is [string, string | Node] => row[1] !== undefined && row[1] !== '',
  );
}

/** Length of the weights; undefined where a server does not tell. */
async function weightsBytes({ source }: Model): Promise<number | undefined> {
  if (!(source instanceof URL)) {
    const { weights } = typeof source === 'function' ? await source() : source;
    return weights instanceof Blob ? weights.size : weights.byteLength;
  }
  const { ok, headers } = await fetch(fileOf(source, 'model.safetensors'), { method: 'HEAD' });
  const length = Number(headers.get('content-length'));
  return ok && length > 0 ? length : undefined;
}
