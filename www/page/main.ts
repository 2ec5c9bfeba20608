import { byId, fillTexts, icon, make } from './dom.js';
import { Film } from './film.js';
import { Gallery } from './gallery.js';
import { loadOpening } from './opening.js';
import { Report } from './report.js';
import { animatedGif, download, stripPng } from './save.js';
import { say } from './strings.js';
import { type Settings, Studio } from './studio.js';
import { themeButton } from './theme.js';
import { type Side, Well, catchPastesAndDrops } from './well.js';

const FRAME_CHOICES = [9, 17, 33];
const SIZE_CHOICES = [64, 128, 256, 512];

fillTexts();
themeButton(byId('theme', HTMLButtonElement));

const film = new Film();
const report = new Report();
const wells: Record<Side, Well> = {
  from: well('from'),
  to: well('to'),
};
const saveButtons = [byId('save-png', HTMLButtonElement), byId('save-gif', HTMLButtonElement)] as const;
const studio = new Studio(settings(), {
  loading: (progress) => { report.progress(say.progress(progress), progress); },
  loaded: (soda) => {
    report.engine(soda);
    report.trouble('');
  },
  encoding: (progress) => {
    report.state('painting');
    report.progress(say.progress(progress), progress);
  },
  begun: (frames, same) => {
    report.state('painting');
    film.reset(frames, same);
    film.names = names();
    enableSaving();
  },
  painting: (progress) => { report.progress(say.painting(Math.floor((progress.done / progress.total) * frames()), frames()), progress); },
  frame: (index, frame) => {
    film.put(index, frame);
  },
  done: (speed) => {
    report.speed(speed);
    report.state('ready');
    report.announce(say.done(names().from, names().to, speed.frames));
    enableSaving();
  },
  refused: (side, error) => {
    wells[side].complain(error.message);
    report.state('ready');
    report.announce(say.stopped);
  },
  lost: (again) => { report.trouble(again ? say.trouble.lostAgain : say.trouble.lost); },
  failed: (error, loading) => {
    report.state('failed');
    if (loading) report.engine(undefined);
    report.announce(say.stopped);
    report.trouble(loading ? say.trouble.load(error.message) : say.trouble.paint(error.message), begin);
  },
});

byId('swap', HTMLButtonElement).append(icon('swap'));
byId('swap', HTMLButtonElement).addEventListener('click', () => {
  const [from, to] = [wells.from.take(), wells.to.take()];
  if (!from || !to) return;
  wells.from.show(to.pick, to.url);
  wells.to.show(from.pick, from.url);
  studio.swap();
});
byId('exact', HTMLInputElement).addEventListener('change', (event) => {
  studio.exact = (event.target as HTMLInputElement).checked;
});
const framesSelect = choices('frames', FRAME_CHOICES, 9);
framesSelect.addEventListener('change', () => { studio.frames = frames(); });
const sizeSelect = choices('size', SIZE_CHOICES, 256);
saveButtons[0].addEventListener('click', () => void save('png'));
saveButtons[1].addEventListener('click', () => void save('gif'));

// The well that a paste goes to: the one last used.
let lastUsed: Side = 'to';
for (const side of ['from', 'to'] as const) byId(side, HTMLDivElement).addEventListener('focusin', () => { lastUsed = side; });
catchPastesAndDrops(() => wells[lastUsed]);

await open();

/** Shows the opening pair, moving where it was painted in advance, and loads the model. */
async function open(): Promise<void> {
  report.state('loading');
  report.progress(say.starting);
  film.reset(frames());
  try {
    const gallery = await Gallery.load();
    wells.from.gallery = wells.to.gallery = gallery;
    byId('credits', HTMLParagraphElement).textContent = say.credits(gallery.credits());
    const opening = await loadOpening(gallery);
    if (opening) {
      const { from, to } = opening;
      const picks = { from: { source: gallery.url(from), name: from.name }, to: { source: gallery.url(to), name: to.name } };
      wells.from.show(picks.from, gallery.url(from));
      wells.to.show(picks.to, gallery.url(to));
      film.names = names();
      const painted = opening.frames.length > 0;
      if (painted) {
        film.reset(opening.frames.length);
        opening.frames.forEach((frame, i) => { film.put(i, frame); });
        byId('engine', HTMLParagraphElement).textContent = say.opening;
      }
      studio.open(picks.from, picks.to, painted);
    }
  } catch {
    report.trouble(say.trouble.gallery);
  }
  if (!matchMedia('(prefers-reduced-motion: reduce)').matches) film.play();
  begin();
}

function begin(): void {
  report.state('loading');
  report.progress(say.starting);
  void studio.start();
}

function well(side: Side): Well {
  return new Well(
    byId(side, HTMLDivElement),
    side,
    (pick) => { studio.put(side, pick); },
    (second) => void wells[side === 'from' ? 'to' : 'from'].offer(second, second.name),
  );
}

function names(): { from: string; to: string } {
  return { from: wells.from.pick?.name ?? say.side.from, to: wells.to.pick?.name ?? say.side.to };
}

function frames(): number {
  return Number(framesSelect.value);
}

function choices(id: string, values: readonly number[], chosen: number): HTMLSelectElement {
  const select = byId(id, HTMLSelectElement);
  select.append(...values.map((value) => make('option', { value: String(value), textContent: String(value), selected: value === chosen })));
  return select;
}

function enableSaving(): void {
  for (const button of saveButtons) button.disabled = !film.complete;
}

async function save(kind: 'png' | 'gif'): Promise<void> {
  const size = Number(sizeSelect.value);
  const painted = film.painted;
  const file = `soda ${names().from} to ${names().to}`.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-') + `.${kind}`;
  for (const button of saveButtons) button.disabled = true;
  try {
    const blob = kind === 'png'
      ? await stripPng(painted, size)
      : await animatedGif(painted, size, (done, total) => { report.progress(say.savingGif(done, total), { stage: 'decode', done, total }); });
    download(blob, file);
    report.state('ready');
    report.announce(say.saved(file));
  } finally {
    enableSaving();
  }
}

/** `?model=` a folder of this site and `?backend=`, for trying things out. */
function settings(): Settings {
  const asked = new URLSearchParams(location.search);
  const model = new URL(asked.get('model') ?? 'models/emoji64/', document.baseURI);
  const backend = asked.get('backend');
  return {
    model: model.origin === location.origin ? model : new URL('models/emoji64/', document.baseURI),
    backend: backend === 'cpu' || backend === 'webgpu' ? backend : 'auto',
  };
}
