import type { Soda } from 'soda-morph';
import { byId, icon, make } from './parts/dom.js';
import { onlyFiles } from './parts/dropped.js';
import { Gallery } from './parts/gallery.js';
import { Familiarity } from './shell/familiar.js';
import { Pictures } from './parts/pictures.js';
import { PANELS, type PanelName } from './panels/index.js';
import type { App, Panel } from './shell/panel.js';
import { CodedPictures, codesIn } from './shell/coded-pictures.js';
import { Engine, type Model } from './shell/engine.js';
import { Models, asked } from './shell/models.js';
import { LessonChip } from './shell/lesson-chip.js';
import { keepForOffline } from './shell/offline.js';
import { Report } from './shell/report.js';
import { type Place, Router, type State, toHash } from './shell/router.js';
import { themeButton } from './shell/theme.js';
import { isOtherVersion } from './shell/versions.js';
import { say } from './parts/strings/common.js';
import { say as link } from './shell/strings/link.js';
import { say as things } from './shell/strings/things.js';

themeButton(byId('theme', HTMLButtonElement));

const NAMES = Object.keys(PANELS) as PanelName[];
const report = new Report();
const pictures = new Pictures();
const router = new Router(NAMES, (place) => void arrive(place));
catchUnexpected();
pictures.notKept = (name, reason) => {
  report.trouble(say.trouble.notKept(name, reason));
};
const { model: askedModel, backend } = asked();
const models = new Models(askedModel);
// Whether a model of the address is kept here must be known first; else the list can wait.
if (router.place.state['model']?.startsWith('own-')) await models.refresh();
else void models.refresh();
// The same for pictures: a link to them would show others in their place.
const restored = pictures.restore();
if (location.hash.includes('own-')) await restored;
const coded = new CodedPictures(pictures);
const engine = new Engine(modelOf(router.place.state), backend, report, (soda) => {
  void paintCoded(soda).then((came) => {
    if (soda !== engine.soda) return;
    if (came > 0) shown?.panel.show(router.place.state);
    else shown?.panel.ready(soda);
    pictures.modelReady();
  });
  keep(soda.backend);
  void sayOtherVersion(engine.model);
});
const keep = keepForOffline(engine, {
  kept: () => {
    byId('offline', HTMLElement).textContent = say.offline;
  },
  updated: (take) => {
    offerUpdate(take);
  },
});
const app: App = {
  engine,
  models,
  pictures,
  report,
  router,
  lesson: new LessonChip(byId('lesson-chip', HTMLButtonElement), router),
};
const familiarity = new Familiarity(engine, pictures);
pictures.stranger = {
  isStrange: (pick) => familiarity.isStrange(pick),
  teach: ({ id }) => {
    teach(id);
  },
};

/** Panels made so far, and the one on show. */
const made = new Map<string, Promise<Panel>>();
let shown: { name: string; panel: Panel } | undefined;

navigation();
history();
modelChoice();
yourThings();
titles();
catchPastesAndDrops();
skipLink();

report.state('loading');
report.progress(say.starting);
try {
  pictures.gallery = await Gallery.load();
  showWorld();
} catch {
  /* Said below: a start clears away what was said before. */
}
await arrive(router.place);
const started = engine.start();
if (!pictures.gallery) report.trouble(say.trouble.gallery);
else sayMissing(router.place.state);
await started;

/** Opens a place's panel in its state. Then the document names it, for whoever drives the page. */
async function arrive({ panel: name, state }: Place): Promise<void> {
  const wanted = modelOf(state);
  if (wanted.id !== engine.model.id) {
    void engine.use(wanted);
    showWorld();
  }
  for (const each of NAMES) panelRoot(each).hidden = each !== name;
  if (shown && shown.name !== name) {
    shown.panel.hide();
    shown = undefined;
    delete document.documentElement.dataset['panel'];
  }
  try {
    const panel = await (made.get(name) ?? create(name as PanelName));
    if (router.place.panel !== name) return;
    coded.expect(state);
    if (engine.soda) await paintCoded(engine.soda);
    sayMissing(state);
    shown = { name, panel };
    panel.show(router.place.state);
    document.documentElement.dataset['panel'] = name;
  } catch (thrown) {
    made.delete(name);
    // What was made of it so far would be there twice; the first panel is in index.html and stays.
    if (name !== NAMES[0]) panelRoot(name).replaceChildren();
    report.trouble(say.trouble.panel(String(thrown)), () => void arrive(router.place));
  }
}

/** Says so where this page is older, or newer, than the model it has met. */
async function sayOtherVersion(model: Model): Promise<void> {
  if (!(await isOtherVersion(model)) || model !== engine.model) return;
  report.trouble(
    say.trouble.otherVersion(model.name),
    () => {
      location.reload();
    },
    say.updateNow,
  );
}

/** Says so where the address names own pictures that are not kept here. */
function sayMissing(state: State): void {
  if (ownIds(state).some((id) => !known(id))) report.trouble(say.trouble.missing);
}

/** Paints the pictures that the address carries as latents; how many came. */
async function paintCoded(soda: Soda): Promise<number> {
  const { state } = router.place;
  if (codesIn(state).length === 0) return 0;
  const count = await engine.work(
    new AbortController().signal,
    async () => (await coded.paint(soda, state)) ?? -1,
  );
  if (count === -1) report.trouble(link.otherModel);
  return count ?? 0;
}

/** Opens the panel where the model learns, with this picture beside those that are there. */
function teach(id: string): void {
  const there = (router.left('teach')['pictures'] ?? '')
    .split('.')
    .filter((each) => each !== '' && each !== id);
  router.open('teach', { pictures: [...there, id].join('.') });
}

function create(name: PanelName): Promise<Panel> {
  const panel = PANELS[name]().then((makePanel) => makePanel(panelRoot(name), app));
  made.set(name, panel);
  return panel;
}

/** The section of a panel; `index.html` has that of the first one. */
function panelRoot(name: string): HTMLElement {
  const found = document.getElementById(`panel-${name}`);
  if (found) return found;
  const root = make('section', { id: `panel-${name}`, className: 'panel' });
  byId('panels', HTMLElement).append(root);
  return root;
}

function navigation(): void {
  const nav = byId('nav', HTMLElement);
  const links = new Map(
    NAMES.map((name) => [
      name,
      make('a', { href: `#${name}`, textContent: say.panelNames[name] ?? name }),
    ]),
  );
  nav.append(...links.values());
  for (const [name, link] of links) {
    link.addEventListener('click', (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      if (router.place.panel !== name) router.open(name);
    });
  }
  const mark = (): void => {
    for (const [name, link] of links) {
      if (name === router.place.panel) link.ariaCurrent = 'page';
      else link.ariaCurrent = null;
      link.href = toHash({ panel: name, state: router.left(name) });
    }
  };
  router.onChange(mark);
  mark();
}

/** Undo and redo: two buttons, and the keys that everybody knows. */
function history(): void {
  const [undo, redo] = [byId('undo', HTMLButtonElement), byId('redo', HTMLButtonElement)];
  undo.append(icon('undo'));
  redo.append(icon('redo'));
  undo.addEventListener('click', () => {
    router.undo();
  });
  redo.addEventListener('click', () => {
    router.redo();
  });
  addEventListener('keydown', (event) => {
    const key = event.key.toLowerCase();
    if (!(event.ctrlKey || event.metaKey) || !['z', 'y'].includes(key) || typesText(event.target))
      return;
    event.preventDefault();
    if (key === 'y' || event.shiftKey) router.redo();
    else router.undo();
  });
  const enable = (): void => {
    undo.disabled = !router.canUndo;
    redo.disabled = !router.canRedo;
  };
  router.onChange(enable);
  enable();
}

/**
 * The button that names the model in use by a picture of its world, and opens the list of models.
 */
function modelChoice(): void {
  const button = byId('model', HTMLButtonElement);
  button.append(make('img', { alt: '', width: 28, height: 28, draggable: false }), make('span'));
  button.addEventListener('click', () => {
    void import('./shell/models-dialog.js').then(
      ({ openModels }) => {
        openModels(app);
      },
      () => {
        report.trouble(say.trouble.part);
      },
    );
  });
  router.onChange(showModel);
  models.onChange(showModel);
  showModel();
}

function showModel(): void {
  const button = byId('model', HTMLButtonElement);
  const model = modelOf(router.place.state);
  const [image, name] = [button.querySelector('img'), button.querySelector('span')];
  button.ariaLabel = say.model(model.name);
  button.title = button.ariaLabel;
  button.dataset['model'] = model.id;
  if (name) name.textContent = model.name;
  if (!image) return;
  const [url] = pictures.gallery?.samples(model.world, 1) ?? [];
  if (url !== undefined && image.getAttribute('src') !== url) image.src = url;
  image.hidden = url === undefined;
}

/** The button that opens what a person has made and kept. */
function yourThings(): void {
  const button = byId('yours', HTMLButtonElement);
  button.append(icon('yours'));
  button.ariaLabel = things.title;
  button.title = things.title;
  button.addEventListener('click', () => {
    void import('./shell/things-dialog.js').then(
      ({ openThings }) => {
        openThings(app);
      },
      () => {
        report.trouble(say.trouble.part);
      },
    );
  });
}

/** The title tells the steps of the browser's history apart. */
function titles(): void {
  const tell = (): void => {
    const { panel, state } = router.place;
    const [from, to, picture] = ['from', 'to', 'picture'].map(
      (key) => pictures.find(state[key])?.name,
    );
    const what = from !== undefined && to !== undefined ? say.becomes(from, to) : (picture ?? '');
    document.title = say.title(say.panelNames[panel] ?? panel, what);
  };
  router.onChange(tell);
  // Without a state the title of index.html says what the page is.
  if (location.hash !== '') tell();
}

/** Ids of own pictures that a state names. */
function ownIds(state: State): string[] {
  return Object.entries(state).flatMap(([key, value]) =>
    key === 'model' || key === 'set' ? [] : (value.match(/own-[0-9a-z]{8,}/g) ?? []),
  );
}

function known(id: string): boolean {
  return pictures.find(id) !== undefined || models.find(id) !== undefined;
}

/** What nobody caught is said, instead of leaving a page that does nothing. */
function catchUnexpected(): void {
  const tell = (thrown: unknown): void => {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    // What is said already, with a way to mend it, may well be the cause.
    if (report.isTroubled) return;
    report.trouble(
      say.trouble.unexpected(message),
      () => {
        location.reload();
      },
      say.trouble.reload,
    );
  };
  addEventListener('error', ({ error, message }) => {
    // An observer that has no time for all of its news in one frame is no error.
    if (!message.startsWith('ResizeObserver')) tell((error as unknown) ?? message);
  });
  addEventListener('unhandledrejection', ({ reason }) => {
    if (
      (reason as { code?: unknown } | undefined)?.code !== 'aborted' &&
      (reason as { name?: unknown } | undefined)?.name !== 'AbortError'
    )
      tell(reason);
  });
}

/** Another version of the page has been loaded in the background. */
function offerUpdate(take: () => void): void {
  const root = byId('update', HTMLElement);
  const button = make('button', { type: 'button', textContent: say.updateNow });
  button.addEventListener('click', take);
  root.replaceChildren(make('p', { textContent: say.update }), button);
}

/** The model a state names; the first one where it names none, or one there is not. */
function modelOf(state: State): Model {
  return models.find(state['model']) ?? models.first;
}

/** The gallery of the model's world, with its credits. */
function showWorld(): void {
  const { gallery } = pictures;
  if (!gallery) return;
  gallery.world = engine.model.world;
  byId('credits', HTMLParagraphElement).textContent = say.credits(gallery.credits());
  showModel();
}

/**
 * Sends a paste or a drop anywhere to the panel on show; wells and the places for many pictures
 * take their own.
 */
function catchPastesAndDrops(): void {
  document.addEventListener('paste', (event) => {
    if (typesText(event.target) || !shown?.panel.paste) return;
    const file = event.clipboardData?.files[0];
    if (file)
      shown.panel.paste(
        file,
        file.name === '' || file.name === 'image.png' ? say.pastedName : file.name,
      );
    else shown.panel.complain?.(say.trouble.noFile);
    event.preventDefault();
  });
  addEventListener('dragover', (event) => {
    if (typesText(event.target) || event.defaultPrevented) return;
    event.preventDefault();
    document.body.toggleAttribute(
      'data-over',
      onlyFiles(event.dataTransfer) && shown?.panel.paste !== undefined,
    );
  });
  addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) document.body.removeAttribute('data-over');
  });
  addEventListener('drop', (event) => {
    document.body.removeAttribute('data-over');
    if (typesText(event.target) || event.defaultPrevented) return;
    event.preventDefault(); // Else the browser would leave the page and open it.
    const { panel } = shown ?? {};
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length === 0) panel?.complain?.(say.trouble.noFile);
    else if (panel?.drop) panel.drop(files);
    else for (const file of files) panel?.paste?.(file, file.name);
  });
}

function skipLink(): void {
  byId('skip', HTMLAnchorElement).addEventListener('click', (event) => {
    event.preventDefault(); // The address is the state's.
    byId('panels', HTMLElement).focus();
  });
}

function typesText(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLTextAreaElement ||
    (target instanceof HTMLInputElement && /^(text|search|number|url|email)$/.test(target.type))
  );
}
