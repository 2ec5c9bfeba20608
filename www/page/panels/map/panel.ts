import './map.css';
import type { Latent, Soda } from 'soda-morph';
import { describe } from 'soda-morph/recognition';
import { make } from '../../parts/dom.js';
import { dropped } from '../../parts/dropped.js';
import type { State } from '../../shell/router.js';
import { say as common } from '../../parts/strings/common.js';
import { say } from './strings.js';
import type { App, Panel } from '../../shell/panel.js';
import { toBubble } from './chart.js';
import type { Source } from './collection.js';
import { type Layout, among, latentAt, like, nearest } from './layout.js';
import { Note } from './note.js';
import { type Act, Side, type Subject } from './side.js';
import { Sources } from './sources.js';
import { type End, Stage } from './stage.js';
import { Survey } from './survey.js';
import { Tools } from './tools.js';
import { paintedSide } from '../../parts/side.js';

/** Frames of a line's film. */
const FRAMES = 9;
const NEAR = 6;
/** The address follows the view once it rests. */
const REST_MS = 400;
/** Whoever walks over the map with the arrow keys has not chosen yet. */
const WALK_MS = 150;

/** Pictures laid out by what the model finds alike. */
export function makeMap(root: HTMLElement, app: App): Panel {
  return new MapPanel(root, app);
}

class MapPanel implements Panel {
  readonly #app: App;
  readonly #sources = new Sources();
  readonly #stage: Stage;
  readonly #side: Side;
  readonly #tools: Tools;
  readonly #note: Note;
  readonly #remark = make('p', { className: 'remark', role: 'status' });
  #state: State = {};
  #survey: Survey | undefined;
  #run = new AbortController();
  /** What the side shows, so that it is not painted twice. */
  #shown: { key: string; soda: Soda | undefined } = { key: '', soda: undefined };
  #line: { from: Latent; to: Latent; frames: (ImageData | undefined)[] } | undefined;
  /** What Morph was last opened with from here: “from” and “to” are chosen one after the other. */
  #morph: State = {};
  #resting: ReturnType<typeof setTimeout> | undefined;
  #walked = false;

  constructor(root: HTMLElement, app: App) {
    this.#app = app;
    this.#stage = new Stage({
      choose: (index, walking) => {
        this.#choose(index, walking);
      },
      line: (from, to) => {
        this.#set({ at: undefined, like: undefined, from: this.#name(from), to: this.#name(to) });
      },
      seen: () => {
        this.#rest();
      },
      enter: () => {
        this.#side.root.focus();
      },
      announce: (line) => {
        app.report.announce(line);
      },
    });
    this.#side = new Side({
      acts: ['morphFrom', 'morphTo', 'edit', 'teach'],
      act: (act) => {
        this.#act(act);
      },
      choose: (index) => {
        this.#choose(index, false, true);
      },
      openInMorph: () => void this.#openInMorph(),
      close: () => {
        this.#set({ from: undefined, to: undefined });
        this.#stage.focus();
      },
    });
    this.#tools = new Tools({
      gallery: () => {
        this.#open(undefined);
      },
      open: (files, folder) => {
        this.#open(this.#sources.open(files, folder));
      },
      search: (words) => {
        this.#search(words);
      },
      first: () => {
        this.#nextFound();
      },
      example: (file) => void this.#example(file, file.name),
      compare: (byLatent) => {
        this.#set({ by: byLatent ? 'latent' : undefined });
        this.#compare(byLatent);
        void this.#survey?.go();
      },
      exampleFromGallery: () => {
        this.#app.pictures.gallery?.open(say.byPicture, ({ id }) => {
          this.#set({ at: undefined, from: undefined, to: undefined, like: id });
        });
      },
    });
    this.#note = new Note({
      cancel: () => {
        this.#survey?.cancel();
      },
      goOn: () => void this.#survey?.go(),
      settle: () => {
        this.#survey?.settle();
      },
      open: () => {
        this.#tools.openFiles();
      },
    });
    this.#stage.root.append(
      this.#note.root,
      make('p', { className: 'drop-hint', textContent: say.dropHere, ariaHidden: 'true' }),
    );
    this.#takeDrops(this.#stage.root);
    root.append(
      make(
        'div',
        { className: 'intro' },
        make('h1', { textContent: say.title }),
        make('p', { textContent: say.lede }),
      ),
      this.#tools.root,
      this.#remark,
      make('div', { className: 'map' }, this.#stage.root, this.#side.root),
    );
  }

  show(state: State): void {
    const viewed = this.#state['view'] !== state['view'];
    this.#state = state;
    const source =
      this.#sources.find(state['set']) ?? this.#sources.gallery(this.#app.pictures.gallery);
    const byLatent = state['by'] === 'latent';
    this.#tools.compared(byLatent);
    if (this.#survey?.collection.source.id !== source.id || !this.#survey) this.#begin(source);
    else if (this.#survey.byLatent !== byLatent) this.#compare(byLatent);
    else if (this.#survey.layout && viewed)
      this.#stage.chart.go((view) => {
        view.parse(state['view']);
      });
    void this.#survey?.go();
  }

  hide(): void {
    this.#survey?.stop();
    this.#run.abort();
    this.#side.loop.stop();
    this.#shown = { key: '', soda: undefined };
  }

  ready(): void {
    void this.#survey?.go();
  }

  paste(file: File, name: string): void {
    void this.#example(file, name);
  }

  complain(message: string): void {
    this.#remark.textContent = message;
  }

  /** The same pictures, compared by other numbers. */
  #compare(byLatent: boolean): void {
    this.#run.abort();
    this.#shown = { key: '', soda: undefined };
    this.#side.nothing();
    this.#survey?.compare(byLatent);
  }

  /** Another source: its map is made from the beginning. */
  #begin(source: Source): void {
    this.#survey?.stop();
    this.#run.abort();
    this.#shown = { key: '', soda: undefined };
    this.#side.nothing();
    this.#stage.clear();
    const survey = new Survey(source, this.#app, this.#state['by'] === 'latent', {
      phase: (phase) => {
        if (survey === this.#survey) this.#note.show(phase, source.entries.length > 0);
      },
      places: (positions, side, box) => {
        if (survey === this.#survey) this.#stage.chart.place(positions, side, box);
      },
      done: (layout) => {
        if (survey === this.#survey) this.#finished(survey, layout);
      },
    });
    this.#survey = survey;
    this.#stage.chart.of(survey.collection.atlas);
    this.#tools.source(say.count(source.name, source.entries.length), source.id !== undefined);
    this.#remark.textContent =
      (source.offered ?? 0) > source.entries.length
        ? say.tooMany(source.offered ?? 0, source.entries.length)
        : '';
  }

  #finished(survey: Survey, layout: Layout): void {
    const { source, items, refused } = survey.collection;
    const first = this.#stage.of(items, layout);
    this.#tools.source(say.count(source.name, items.length), source.id !== undefined);
    if (refused.length > 0) this.#remark.textContent = say.refused(refused);
    if (first) {
      this.#app.report.announce(say.done(items.length));
      const { view } = this.#state;
      if (view !== undefined)
        this.#stage.chart.go((each) => {
          each.parse(view);
        });
    }
    this.#apply();
  }

  /** A person's change: a step of the history, unless `replace`. */
  #set(change: Readonly<Record<string, string | undefined>>, replace = false): void {
    const view = this.#stage.chart.destination;
    const all: Record<string, string | undefined> = {
      ...this.#state,
      ...change,
      view: view === '' ? undefined : view,
    };
    this.#state = Object.fromEntries(
      Object.entries(all).filter(
        (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
      ),
    );
    this.#app.router.commit(this.#state, replace);
    this.#apply();
  }

  #rest(): void {
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => {
      if (this.#survey?.layout && this.#app.router.place.panel === 'map') this.#set({}, true);
    }, REST_MS);
  }

  #open(source: Source | undefined): void {
    this.#app.router.commit(source?.id === undefined ? {} : { set: source.id });
    this.show(source?.id === undefined ? {} : { set: source.id });
  }

  #choose(index: number, walking: boolean, reveal = false): void {
    const replace = walking && this.#walked;
    this.#walked = walking;
    if (reveal) {
      const [x, y] = this.#stage.place({ index });
      this.#stage.chart.go((view) => {
        view.reveal(x, y);
      });
    }
    this.#set(
      {
        at: this.#survey?.collection.items[index]?.id,
        like: undefined,
        from: undefined,
        to: undefined,
      },
      replace,
    );
  }

  /** Shows what the state says, on a map that is done. */
  #apply(): void {
    const survey = this.#survey;
    const layout = survey?.layout;
    if (!survey || !layout) return;
    const { collection } = survey;
    this.#showFound();
    const at = collection.find(this.#state['at']);
    const example = this.#app.pictures.find(this.#state['like']);
    const [from, to] = [this.#end(this.#state['from']), this.#end(this.#state['to'])];
    const what = from && to ? 'line' : example ? 'example' : at >= 0 ? 'picture' : 'nothing';
    const key = JSON.stringify([
      what,
      this.#state['at'],
      this.#state['like'],
      this.#state['from'],
      this.#state['to'],
    ]);
    const { soda } = this.#app.engine;
    if (this.#shown.key === key && this.#shown.soda === soda) return;
    this.#shown = { key, soda };
    this.#run.abort();
    this.#run = new AbortController();
    this.#line = undefined;
    this.#stage.chart.mark({
      chosen: what === 'picture' ? at : -1,
      near: [],
      example: undefined,
      line: undefined,
    });
    this.#stage.chosen(what === 'picture' ? at : -1);
    const item = collection.items[at];
    if (what === 'line' && from && to) void this.#film(from, to, layout, this.#run.signal);
    else if (what === 'example' && example)
      void this.#showExample(
        { name: example.name, source: example.source, example: true },
        this.#run.signal,
      );
    else if (what === 'picture' && item?.latent) {
      const near = nearest(layout, at, NEAR);
      this.#showSubject({ name: item.name, source: item.from, example: false }, near);
      void this.#paint(item.latent, item.name, this.#run.signal);
    } else this.#side.nothing();
  }

  #showSubject(subject: Subject, near: readonly { index: number; similarity: number }[]): void {
    const { items, atlas } = this.#survey?.collection ?? {};
    if (!items || !atlas) return;
    this.#side.subject(
      subject,
      near.map((each) => ({ ...each, name: items[each.index]?.name ?? '' })),
      atlas,
    );
    this.#stage.chart.mark({ near: near.map(({ index }) => index) });
  }

  async #paint(latent: Latent, name: string, signal: AbortSignal): Promise<void> {
    const { engine, report } = this.#app;
    if (this.#walked) await new Promise((resolve) => setTimeout(resolve, WALK_MS));
    if (signal.aborted) return;
    const pictures = await engine.work(signal, (soda) => {
      report.progress(say.painting(name));
      return soda.decode(latent, { size: paintedSide(soda.config), signal });
    });
    if (!pictures?.[0]) return;
    this.#side.painted(pictures[0]);
    report.announce(say.shown(name));
  }

  async #showExample(subject: Subject, signal: AbortSignal): Promise<void> {
    const { engine, pictures } = this.#app;
    const pick = pictures.find(this.#state['like']);
    const byMatcher =
      this.#survey?.byLatent === false &&
      this.#survey.collection.items.every(({ described }) => described !== undefined);
    const found =
      pick &&
      (await engine.work(signal, async (soda) => ({
        latent: await pictures.encode(soda, pick, { signal }),
        described: byMatcher ? (await describe(pick.source, { signal }))[0] : undefined,
        picture: await bitmap(subject.source),
      })));
    const layout = this.#survey?.layout;
    if (!found || !layout) return;
    const near = like(layout, found, NEAR);
    const [x, y] = among(layout, near);
    this.#showSubject(subject, near);
    this.#stage.chart.mark({ example: { picture: toBubble(found.picture), x, y } });
    this.#stage.chart.go((view) => {
      view.reveal(x, y);
    });
    await this.#paint(found.latent, subject.name, signal);
  }

  async #film(from: End, to: End, layout: Layout, signal: AbortSignal): Promise<void> {
    const { engine, report } = this.#app;
    const [a, b] = [this.#latent(from, layout), this.#latent(to, layout)];
    if (!a || !b) return;
    const names = [this.#called(from), this.#called(to)] as const;
    const line = { from: this.#stage.place(from), to: this.#stage.place(to) };
    const frames: (ImageData | undefined)[] = Array.from({ length: FRAMES }, () => undefined);
    const bubbles: (OffscreenCanvas | undefined)[] = Array.from(
      { length: FRAMES },
      () => undefined,
    );
    this.#line = { from: a, to: b, frames };
    this.#side.film(...names, FRAMES);
    this.#stage.chart.mark({ line: { ...line, frames: bubbles } });
    const done = await engine.work(signal, async (soda) => {
      let at = 0;
      for await (const frame of soda.interpolate(a, b, {
        frames: FRAMES,
        signal,
        onProgress: (progress) => {
          report.progress(say.painting(say.line(...names)), progress);
        },
      })) {
        frames[at] = frame;
        bubbles[at] = toBubble(frame);
        this.#side.loop.put(at++, frame);
        this.#stage.chart.draw();
      }
      return true;
    });
    if (done) report.announce(say.lineDone(...names));
  }

  #latent(end: End, layout: Layout): Latent | undefined {
    const { latents } = this.#survey ?? {};
    if (!latents) return undefined;
    return 'index' in end ? latents[end.index] : latentAt(layout, latents, end.x, end.y);
  }

  #called(end: End): string {
    return 'index' in end ? (this.#survey?.collection.items[end.index]?.name ?? '') : say.between;
  }

  /** An end as text for the address, and back. */
  #name(end: End): string | undefined {
    return 'index' in end
      ? this.#survey?.collection.items[end.index]?.id
      : `@${end.x.toFixed(3)},${end.y.toFixed(3)}`;
  }

  #end(name: string | undefined): End | undefined {
    const [, x, y] = /^@(-?[\d.]+),(-?[\d.]+)$/.exec(name ?? '') ?? [];
    if (x !== undefined && y !== undefined) return { x: Number(x), y: Number(y) };
    const index = this.#survey?.collection.find(name) ?? -1;
    return index === -1 ? undefined : { index };
  }

  #search(words: string): void {
    const before = this.#state['find'] ?? '';
    this.#set({ find: words.trim() }, before !== '');
  }

  #found(): number[] {
    const words = (this.#state['find'] ?? '')
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '');
    const { items } = this.#survey?.collection ?? { items: [] };
    return words.length === 0
      ? []
      : [...(this.#survey?.layout?.order ?? [])].filter((index) =>
          words.every((word) => items[index]?.name.toLowerCase().includes(word)),
        );
  }

  #showFound(): void {
    const words = this.#state['find'] ?? '';
    const found = this.#found();
    this.#tools.searched(
      words,
      words === ''
        ? undefined
        : say.found(found.length, this.#survey?.collection.items.length ?? 0),
    );
    this.#stage.chart.mark({ found: words === '' ? undefined : new Set(found) });
  }

  /** Enter in the search field goes from one to the next. */
  #nextFound(): void {
    const found = this.#found();
    const next = found[(found.indexOf(this.#stage.chart.marks.chosen) + 1) % found.length];
    if (next !== undefined) this.#choose(next, false, true);
  }

  async #example(file: File, name: string): Promise<void> {
    const pick = file.size === 0 ? undefined : await this.#app.pictures.read(file, name);
    this.#remark.textContent = pick ? '' : say.noPicture(name);
    if (pick) this.#set({ at: undefined, from: undefined, to: undefined, like: pick.id });
  }

  #act(act: Act): void {
    const survey = this.#survey;
    const item = survey?.collection.items[survey.collection.find(this.#state['at'])];
    const pick =
      this.#app.pictures.find(this.#state['like']) ?? (item && survey.collection.pick(item));
    if (!pick) return;
    if (act === 'edit') this.#leave('edit', { picture: pick.id });
    else if (act === 'teach') this.#leave('teach', { pictures: pick.id });
    else {
      this.#morph = { ...this.#morph, [act === 'morphFrom' ? 'from' : 'to']: pick.id };
      this.#leave('morph', this.#morph);
    }
  }

  /** To another panel; the model comes along. */
  #leave(panel: string, state: State): void {
    const { model } = this.#app.router.place.state;
    this.#app.router.go(panel, model === undefined ? state : { ...state, model });
  }

  /**
   * The film's ends go to Morph: pictures as they are, places between pictures as they were
   * painted.
   */
  async #openInMorph(): Promise<void> {
    const { soda } = this.#app.engine;
    const line = this.#line;
    if (!line || !soda) return;
    const state: Record<string, string> = {};
    for (const [side, latent, frame] of [
      ['from', line.from, line.frames[0]],
      ['to', line.to, line.frames.at(-1)],
    ] as const) {
      const end = this.#end(this.#state[side]);
      const item = end && 'index' in end ? this.#survey?.collection.items[end.index] : undefined;
      const pick = item
        ? this.#survey?.collection.pick(item)
        : frame && (await this.#app.pictures.painted(soda, frame, say.between, latent));
      if (pick) state[side] = pick.id;
    }
    this.#leave('morph', state);
  }

  #takeDrops(stage: HTMLElement): void {
    stage.addEventListener('dragover', (event) => {
      event.preventDefault();
      stage.dataset['over'] = '';
    });
    stage.addEventListener('dragleave', ({ relatedTarget }) => {
      if (!stage.contains(relatedTarget as Node | null)) delete stage.dataset['over'];
    });
    stage.addEventListener('drop', (event) => {
      event.preventDefault();
      delete stage.dataset['over'];
      if (!event.dataTransfer) return;
      void dropped(event.dataTransfer).then(({ files, folder }) => {
        const [first] = files;
        if (!first) this.#remark.textContent = common.trouble.noFile;
        else if (files.length === 1 && folder === '') void this.#example(first, first.name);
        else this.#open(this.#sources.open(files, folder));
      });
    });
  }
}

async function bitmap(source: Blob | string): Promise<ImageBitmap> {
  const image = new Image();
  const url = typeof source === 'string' ? source : URL.createObjectURL(source);
  try {
    image.src = url;
    await image.decode();
    return await createImageBitmap(image);
  } finally {
    if (url !== source) URL.revokeObjectURL(url);
  }
}
