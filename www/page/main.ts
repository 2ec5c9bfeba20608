import { byId, fillTexts, icon, make } from './parts/dom.js';
import { Gallery } from './parts/gallery.js';
import { Familiarity } from './parts/familiar.js';
import { Pictures } from './parts/pictures.js';
import { PANELS, type PanelName } from './panels/index.js';
import type { App, Panel } from './panels/panel.js';
import { Engine, type Model } from './shell/engine.js';
import { Models, asked } from './shell/models.js';
import { keepForOffline } from './shell/offline.js';
import { Report } from './shell/report.js';
import { type Place, Router, type State, toHash } from './shell/router.js';
import { themeButton } from './shell/theme.js';
import { say, text } from './strings/common.js';

fillTexts();
themeButton(byId('theme', HTMLButtonElement));

const NAMES = Object.keys(PANELS) as PanelName[];
const report = new Report();
const pictures = new Pictures();
const router = new Router(NAMES, (place) => void arrive(place));
const { model: askedModel, backend } = asked();
const models = new Models(askedModel);
// Whether a model of the address is kept here must be known first; else the list can wait.
if (router.place.state['model']?.startsWith('own-')) await models.refresh();
else void models.refresh();
const engine = new Engine(modelOf(router.place.state), backend, report, (soda) => {
  shown?.panel.ready(soda);
  pictures.modelReady();
  keep(soda.backend);
});
const keep = keepForOffline(engine, () => { byId('offline', HTMLElement).textContent = say.offline; });
const app: App = { engine, models, pictures, report, router };
const familiarity = new Familiarity(engine, pictures);
pictures.stranger = { isStrange: (pick) => familiarity.isStrange(pick), teach: ({ id }) => { teach(id); } };

/** Panels made so far, and the one on show. */
const made = new Map<string, Promise<Panel>>();
let shown: { name: string; panel: Panel } | undefined;

navigation();
history();
modelChoice();
catchPastesAndDrops();
skipLink();

report.state('loading');
report.progress(say.starting);
try {
  pictures.gallery = await Gallery.load();
  showWorld();
} catch { /* Said below: a start clears away what was said before. */ }
await arrive(router.place);
const started = engine.start();
if (!pictures.gallery) report.trouble(say.trouble.gallery);
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
    shown = { name, panel };
    panel.show(router.place.state);
    document.documentElement.dataset['panel'] = name;
  } catch (thrown) {
    made.delete(name);
    report.trouble(say.trouble.panel(String(thrown)), () => void arrive(router.place));
  }
}

/** Opens the panel where the model learns, with this picture beside those that are there. */
function teach(id: string): void {
  const there = (router.left('teach')['pictures'] ?? '').split('.').filter((each) => each !== '' && each !== id);
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
  const links = new Map(NAMES.map((name) => [name, make('a', { href: `#${name}`, textContent: say.panelNames[name] ?? name })]));
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
  undo.addEventListener('click', () => { router.undo(); });
  redo.addEventListener('click', () => { router.redo(); });
  addEventListener('keydown', (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'z' || typesText(event.target)) return;
    event.preventDefault();
    if (event.shiftKey) router.redo();
    else router.undo();
  });
  const enable = (): void => {
    undo.disabled = !router.canUndo;
    redo.disabled = !router.canRedo;
  };
  router.onChange(enable);
  enable();
}

function modelChoice(): void {
  const select = byId('model', HTMLSelectElement);
  const fill = (): void => {
    select.replaceChildren(...models.all.map(({ id, name }) => make('option', { value: id, textContent: name, selected: id === engine.model.id })));
  };
  select.addEventListener('change', () => {
    const { model: _, ...state } = router.place.state;
    router.go(router.place.panel, select.value === models.first.id ? state : { ...state, model: select.value });
  });
  router.onChange(() => { select.value = modelOf(router.place.state).id; });
  const about = make('button', { type: 'button', className: 'quiet icon', textContent: '?' });
  about.ariaLabel = text.aboutModels;
  about.title = text.aboutModels;
  about.addEventListener('click', () => void import('./shell/models-dialog.js').then(({ openModels }) => { openModels(app); }));
  select.after(about);
  models.onChange(fill);
  fill();
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
}

/** Sends a paste anywhere to the panel on show, and keeps the browser from opening files dropped beside the wells. */
function catchPastesAndDrops(): void {
  document.addEventListener('paste', (event) => {
    if (typesText(event.target) || !shown?.panel.paste) return;
    const file = event.clipboardData?.files[0];
    if (file) shown.panel.paste(file, file.name === '' || file.name === 'image.png' ? say.pastedName : file.name);
    else shown.panel.complain?.(say.trouble.noFile);
    event.preventDefault();
  });
  for (const kind of ['dragover', 'drop']) addEventListener(kind, (event) => { event.preventDefault(); });
}

function skipLink(): void {
  byId('skip', HTMLAnchorElement).addEventListener('click', (event) => {
    event.preventDefault(); // The address is the state's.
    byId('panels', HTMLElement).focus();
  });
}

function typesText(target: EventTarget | null): boolean {
  return target instanceof HTMLTextAreaElement || (target instanceof HTMLInputElement && /^(text|search|number|url|email)$/.test(target.type));
}
