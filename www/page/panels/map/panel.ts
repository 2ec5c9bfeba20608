import './map.css';
import { make } from '../../parts/dom.js';
import { dropped, takeDrops } from '../../parts/dropped.js';
import type { State } from '../../shell/router.js';
import { say as common } from '../../parts/strings/common.js';
import { say } from './strings.js';
import type { App, Panel } from '../../shell/panel.js';
import { nameOfEnd } from './ends.js';
import type { Layout } from './layout.js';
import { Note } from './note.js';
import { Showing } from './showing.js';
import { type Act, Side } from './side.js';
import { type Source, Sources } from './sources.js';
import { Stage } from './stage.js';
import { Survey } from './survey.js';
import { Tools } from './tools.js';

/** The address follows the view once it rests. */
const REST_MS = 400;

/** Pictures laid out by what the model finds alike. */
export function makeMap(root: HTMLElement, app: App): Panel {
  return new MapPanel(root, app);
}

class MapPanel implements Panel {
  readonly #app: App;
  readonly #sources = new Sources();
  readonly #stage: Stage;
  readonly #side: Side;
  readonly #showing: Showing;
  readonly #tools: Tools;
  readonly #note: Note;
  readonly #remark = make('p', { className: 'remark', role: 'status' });
  #state: State = {};
  #survey: Survey | undefined;
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
        const survey = this.#survey;
        this.#set({
          at: undefined,
          like: undefined,
          from: survey && nameOfEnd(survey, from),
          to: survey && nameOfEnd(survey, to),
        });
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
    this.#showing = new Showing(app, this.#stage, this.#side);
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
    takeDrops(this.#stage.root, (data) => {
      this.#dropped(data);
    });
    root.append(
      make(
        'div',
        { className: 'intro' },
        make('h1', { textContent: say.title }),
        make('p', { textContent: say.lede }),
      ),
      make('div', { className: 'map' }, this.#stage.root, this.#side.root, this.#tools.root),
      this.#remark,
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
    this.#showing.stop();
    this.#side.loop.stop();
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
    this.#showing.clear();
    this.#survey?.compare(byLatent);
  }

  /** Another source: its map is made from the beginning. */
  #begin(source: Source): void {
    this.#survey?.stop();
    this.#showing.clear();
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
    if (!this.#survey?.layout) return;
    this.#showFound();
    this.#showing.show(this.#survey, this.#state, this.#walked);
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

  /** The film's ends go to Morph. */
  async #openInMorph(): Promise<void> {
    const { soda } = this.#app.engine;
    if (!soda || !this.#survey) return;
    const ends = await this.#showing.ends(this.#survey, this.#state, soda);
    if (ends) this.#leave('morph', ends);
  }

  #dropped(data: DataTransfer): void {
    void dropped(data).then(({ files, folder }) => {
      const [first] = files;
      if (!first) this.#remark.textContent = common.trouble.noFile;
      else if (files.length === 1 && folder === '') void this.#example(first, first.name);
      else this.#open(this.#sources.open(files, folder));
    });
  }
}
