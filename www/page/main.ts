import type { Soda } from 'soda-morph';
import { byId, icon, make } from './parts/dom.js';
import { Gallery } from './parts/gallery.js';
import { Familiarity } from './shell/familiar.js';
import { Pictures } from './parts/pictures.js';
import { PANELS, type PanelName, WITH_OWN_MODEL, fetchOpening } from './panels/index.js';
import type { App, Panel } from './shell/panel.js';
import { CodedPictures, codesIn } from './shell/coded-pictures.js';
import { Engine, type Model } from './shell/engine.js';
import { Models, asked } from './shell/models.js';
import { LessonChip } from './shell/lesson-chip.js';
import { modelButton } from './shell/model-button.js';
import { history, navigation, skipLink, titles } from './shell/navigation.js';
import { keepForOffline } from './shell/offline.js';
import { catchPastesAndDrops } from './shell/pastes-and-drops.js';
import { Report } from './shell/report.js';
import { type Place, Router, type State } from './shell/router.js';
import { themeButton } from './shell/theme.js';
import { catchUnexpected } from './shell/unexpected.js';
import { isOtherVersion } from './shell/versions.js';
import { say } from './parts/strings/common.js';
import { say as link } from './shell/strings/link.js';
import { say as things } from './shell/strings/things.js';

themeButton(byId('theme', HTMLButtonElement));

const NAMES = Object.keys(PANELS) as PanelName[];
const report = new Report();
const pictures = new Pictures();
const router = new Router(NAMES, (place) => void arrive(place));
catchUnexpected(report);
pictures.notKept = (name, reason) => {
  report.trouble(say.trouble.notKept(name, reason));
};
// The first thing that moves needs neither gallery nor model: it is fetched beside them.
if (router.place.panel === 'morph') void fetchOpening();
const { model: askedModel, backend } = asked();
const models = new Models(askedModel);
// Whether a model of the address is kept here must be known first; else the list can wait.
if (router.place.state['model']?.startsWith('own-')) await models.refresh();
else void models.refresh();
// The same for pictures: a link to them would show others in their place.
const restored = pictures.restore();
if (location.hash.includes('own-')) await restored;
const coded = new CodedPictures(pictures);
const engine = new Engine(models.named(router.place.state['model']), backend, report, (soda) => {
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

navigation(NAMES, router);
history(router);
const showModel = modelButton(app);
yourThings();
titles(router, pictures);
catchPastesAndDrops(() => shown?.panel);
skipLink();

report.state('loading');
report.progress(say.starting);
try {
  pictures.gallery = await Gallery.load();
  showWorld();
} catch {
  /* Said below: a start clears away what was said before. */
}
let begun = false;
await arrive(router.place);
begun = true;
const started = WITH_OWN_MODEL.has(router.place.panel) ? undefined : engine.start();
if (!pictures.gallery) report.trouble(say.trouble.gallery);
else sayMissing(router.place.state);
await started;

/** Opens a place's panel in its state. Then the document names it, for whoever drives the page. */
async function arrive({ panel: name, state }: Place): Promise<void> {
  const wanted = models.named(state['model']);
  const hasOwnModel = WITH_OWN_MODEL.has(name);
  if (!hasOwnModel && wanted.id !== engine.model.id) {
    void engine.use(wanted);
    showWorld();
  }
  for (const each of NAMES) panelRoot(each).hidden = each !== name;
  if (shown && shown.name !== name) {
    shown.panel.hide();
    // Until now another model was what the report spoke of.
    if (begun && WITH_OWN_MODEL.has(shown.name) && !hasOwnModel) void engine.resume();
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

/** Ids of own pictures that a state names. */
function ownIds(state: State): string[] {
  return Object.entries(state).flatMap(([key, value]) =>
    key === 'model' || key === 'set' ? [] : (value.match(/own-[0-9a-z]{8,}/g) ?? []),
  );
}

function known(id: string): boolean {
  return pictures.find(id) !== undefined || models.find(id) !== undefined;
}

/** Another version of the page has been loaded in the background. */
function offerUpdate(take: () => void): void {
  const root = byId('update', HTMLElement);
  const button = make('button', { type: 'button', textContent: say.updateNow });
  button.addEventListener('click', take);
  root.replaceChildren(make('p', { textContent: say.update }), button);
}

/** The gallery of the model's world, with its credits. */
function showWorld(): void {
  const { gallery } = pictures;
  if (!gallery) return;
  gallery.world = engine.model.world;
  byId('credits', HTMLParagraphElement).textContent = say.credits(gallery.credits());
  showModel();
}
