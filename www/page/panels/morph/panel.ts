import type { Latent, Progress, Soda } from 'soda-morph';
import { Segments } from '../../parts/choice.js';
import { byId, icon } from '../../parts/dom.js';
import { Live } from '../../shell/live.js';
import type { Pick } from '../../parts/pictures.js';
import { Stage } from '../../parts/stage.js';
import { asSodaError } from '../../shell/engine.js';
import type { State } from '../../shell/router.js';
import { say as common } from '../../parts/strings/common.js';
import { say } from './strings.js';
import type { App, Panel } from '../../shell/panel.js';
import { AverageView } from './average-view.js';
import { type Cause, Film } from './film.js';
import { FrameActions } from './frame-actions.js';
import { Motion } from './motion.js';
import './morph.css';
import { type Opening, loadOpening } from './opening.js';
import { Originals } from './originals.js';
import { type Course, FrameCache, courseOf, paintCourse } from './paint.js';
import { alongStops, inSquare, onEdge, roundTrip } from './path.js';
import { Places, WAYS, type Way } from './places.js';
import { type Reel, type Wish, reelOfOriginals } from './reel.js';
import { Saver } from './saver.js';
import { Settings } from './settings.js';
import { Square } from './square.js';
import { type Beat, placeAt, timeline } from './timeline.js';

/** Where the stage follows the hand more slowly, painted frames are shown on the way. */
const LONG_LAG_MS = 150;
/**
 * What the morph shows unless the address says otherwise: the model's painting with
 * `?painter=soda`.
 */
const PAINTED = new URLSearchParams(location.search).get('painter') === 'soda';

/** One picture becomes another: two, a chain of them, or four in the corners of a square. */
export async function makeMorph(root: HTMLElement, app: App): Promise<Panel> {
  return new Morph(root, app, await loadOpening(app.pictures.gallery));
}

/** Every change ends the painting under way and begins the next. */
class Morph implements Panel {
  readonly #app: App;
  readonly #root: HTMLElement;
  readonly #stage = new Stage(byId('stage', HTMLCanvasElement));
  readonly #film: Film;
  readonly #square: Square;
  readonly #average: AverageView;
  readonly #places: Places;
  readonly #live: Live;
  readonly #ways: Segments<Way>;
  readonly #exact = byId('exact', HTMLInputElement);
  readonly #painted = byId('painted', HTMLInputElement);
  readonly #originals = new Originals();
  readonly #swap = byId('swap', HTMLButtonElement);
  readonly #settings: Settings;
  readonly #saver: Saver;
  readonly #actions: FrameActions;
  readonly #motion: Motion;
  /** Frames of the first pair, made ahead, until the pictures themselves are brought together. */
  #opening: Opening | undefined;
  #comparing = false;
  readonly #cache = new FrameCache();
  #run = new AbortController();
  /** What there is to walk on: known once the pictures are encoded. */
  #course: Course | undefined;
  /** Which pictures film and square show. */
  #shown = '';
  /** How long the stage took to follow the hand, in ms, if it did since it last showed a frame. */
  #lag = Infinity;

  constructor(root: HTMLElement, app: App, opening: Opening | undefined) {
    this.#app = app;
    this.#root = root;
    this.#film = new Film(
      {
        strip: byId('strip', HTMLDivElement),
        track: byId('track', HTMLDivElement),
        scrub: byId('scrub', HTMLInputElement),
        play: byId('play', HTMLButtonElement),
      },
      {
        show: (position, frame, cause) => {
          this.#filmMoved(position, frame, cause);
        },
        describe: (position) => this.#describe(position),
      },
    );
    this.#live = new Live(app.engine, {
      show: (picture) => {
        this.#stage.draw(picture);
      },
      followed: (ms) => {
        this.#lag = ms;
        app.report.aside(say.follows(ms));
      },
    });
    const bench = byId('bench', HTMLElement);
    this.#square = new Square(
      () => {
        this.#film.pause();
        this.#squareMoved();
      },
      () => {
        this.#commit(true);
      },
    );
    this.#average = new AverageView({
      drawn: (frame) => {
        if (this.#isAverage && !this.#comparing) this.#stage.fit(onCanvas(frame));
      },
      commit: (run) => {
        this.#commit(false, run);
      },
    });
    bench.append(this.#square.root, this.#average.root);
    this.#places = new Places(app, bench, () => firstPicks(app, opening), {
      changed: () => {
        this.#changed();
      },
      jump: (stop) => {
        this.#film.go(stop * (this.#frames - 1));
      },
    });

    this.#ways = new Segments<Way>(
      say.way,
      WAYS.map((way) => [way, say.ways[way]]),
      'two',
      (way) => {
        this.#enter(way);
      },
    );
    byId('way', HTMLDivElement).append(this.#ways.root);
    this.#settings = new Settings(
      () => {
        this.#changed();
      },
      () => {
        this.#commit();
        this.#setRhythm();
      },
    );
    this.#saver = new Saver(app.report, (wish, signal) => this.#reel(wish, signal));
    this.#motion = new Motion(this.#originals, {
      moved: (resting) => {
        this.#film.pause();
        this.#film.refresh();
        if (resting) void this.#begin();
      },
      commit: (run) => {
        this.#commit(false, run);
      },
    });
    byId('tools', HTMLElement).append(this.#settings.root, this.#motion.root, this.#saver.root);
    const stage = byId('stage', HTMLCanvasElement);
    this.#actions = new FrameActions(byId('frame-actions', HTMLElement), app, {
      name: () => stage.ariaLabel ?? '',
      picture: () => this.#fullFrame(),
      stage,
      title: () => this.#title,
      compare: (on) => {
        this.#compare(on);
      },
      snippet: () => this.#snippet(),
    });
    this.#exact.addEventListener('change', () => {
      this.#changed();
    });
    this.#painted.addEventListener('change', () => {
      this.#changed();
    });
    this.#swap.append(icon('swap'));
    this.#swap.addEventListener('click', () => {
      this.#places.turn();
      this.#changed();
    });

    this.#film.reset(this.#frames);
    if (opening && opening.frames.length > 0) this.#opening = opening;
    this.#setRhythm();
    if (!matchMedia('(prefers-reduced-motion: reduce)').matches) this.#film.play();
  }

  show(state: State): void {
    const way = WAYS.find((each) => each === state['way']) ?? 'two';
    this.#ways.value = way;
    this.#settings.take(state, way === 'square');
    this.#exact.checked = state['exact'] === 'yes';
    this.#painted.checked = state['painted'] === undefined ? PAINTED : state['painted'] === 'yes';
    this.#places.take(way, state);
    this.#motion.take(state);
    this.#average.take(state);
    if (way === 'square' || way === 'average') this.#film.pause();
    const [x = NaN, y = NaN] = (state['at'] ?? '')
      .split('-')
      .map((percent) => Number(percent) / 100);
    this.#square.point = x >= 0 && x <= 1 && y >= 0 && y <= 1 ? { x, y } : { x: 0.5, y: 0.5 };
    this.#root.dataset['way'] = way;
    this.#swap.ariaLabel = say.swap[way];
    this.#swap.title = say.swap[way];
    void this.#begin();
  }

  hide(): void {
    this.#run.abort();
    this.#live.cancel();
    this.#film.pause();
  }

  ready(): void {
    void this.#begin();
  }

  paste(file: File, name: string): void {
    this.#places.offer(file, name);
  }

  drop(files: readonly File[]): void {
    this.#places.offerAll(files);
  }

  complain(message: string): void {
    this.#places.complain(message);
  }

  get #isSquare(): boolean {
    return this.#ways.value === 'square';
  }

  get #isAverage(): boolean {
    return this.#ways.value === 'average';
  }

  get #frames(): number {
    return this.#settings.frames;
  }

  /** Goes to another way of morphing, with the pictures there are. */
  #enter(way: Way): void {
    const kept: Record<string, string> = {
      ...this.#settings.state(this.#isSquare),
      ...this.#checks,
      ...this.#motion.state(false),
    };
    delete kept['frames'];
    const state = { ...this.#places.stateFor(way), ...kept };
    this.#app.router.commit(state);
    this.show(state);
  }

  /** A person has changed what is painted: a step that can be undone. */
  #changed(): void {
    this.#motion.picturesChanged(this.#pairKey);
    this.#commit();
    void this.#begin();
  }

  #commit(replace = false, run = ''): void {
    const { x, y } = this.#square.point;
    this.#app.router.commit(
      {
        ...this.#places.state(),
        ...this.#settings.state(this.#isSquare),
        ...this.#checks,
        ...this.#motion.state(this.#ways.value === 'two'),
        ...(this.#isAverage && this.#average.state()),
        ...(this.#isSquare &&
          (x !== 0.5 || y !== 0.5) && {
            at: `${String(Math.round(100 * x))}-${String(Math.round(100 * y))}`,
          }),
      },
      replace,
      run,
    );
  }

  /** What is ticked, where it is not the default. */
  get #checks(): State {
    return {
      ...(this.#painted.checked !== PAINTED && { painted: this.#painted.checked ? 'yes' : 'no' }),
      ...(this.#exact.checked && { exact: 'yes' }),
    };
  }

  /** A square is always painted, an average never. */
  get #showsOriginals(): boolean {
    return this.#isAverage || (!this.#isSquare && !this.#painted.checked);
  }

  /** Brings the originals together and fills the film with them; no model is needed. */
  async #bringTogether(signal: AbortSignal): Promise<void> {
    const picks = this.#places.picks.filter((pick) => pick !== undefined);
    if (picks.length < Math.max(2, this.#places.picks.length)) return;
    const { report } = this.#app;
    try {
      if (this.#isAverage) {
        await this.#average.show(picks, signal);
        if (signal.aborted) return;
        this.#stage.label = say.averageOf(picks.length);
        this.#actions.enabled = true;
        report.announce(say.averageOf(picks.length));
        return;
      }
      await this.#originals.solve(picks, this.#motion.pins, signal);
      if (!this.#originals.solved) return; // Aborted.
      this.#solved();
      // Said before a person can do anything with it: what they are told then must stay.
      const names = this.#names;
      report.announce(say.done(names[0] ?? '', names.at(-1) ?? ''));
      for (let i = 0; i < this.#film.length; i++) {
        const frame = await this.#originals.frame(i / (this.#frames - 1));
        if (signal.aborted) return;
        this.#film.put(i, frame);
      }
    } catch (thrown) {
      const error = asSodaError(thrown);
      if (signal.aborted || error.code === 'aborted' || error.code === 'disposed') return;
      this.#places.complain(error.message);
      report.announce(common.stopped);
      return;
    }
    this.#saver.enabled = this.#film.complete;
  }

  /** The pictures are brought together: every place can be drawn. */
  #solved(): void {
    this.#opening = undefined;
    this.#actions.enabled = true;
    this.#motion.solved(this.#pairKey);
    this.#film.refresh();
  }

  get #pairKey(): string {
    return this.#places.picks.map((pick) => pick?.id ?? '').join(' ');
  }

  /** What is on the stage, as large as it can be had. */
  async #fullFrame(): Promise<ImageData> {
    if (this.#isAverage && this.#average.solved) return this.#average.fullSize(this.#run.signal);
    const place = this.#film.position / (this.#frames - 1);
    if (this.#showsOriginals && this.#originals.solved)
      return this.#originals.fullSize(place, this.#run.signal);
    return this.#stage.pixels;
  }

  #compare(on: boolean): void {
    this.#comparing = on;
    this.#film.pause();
    if (this.#isAverage) {
      if (!on) this.#average.refresh();
      else
        void this.#average.faded().then((frame) => {
          if (frame && this.#comparing) this.#stage.fit(onCanvas(frame));
        });
    } else if (on) this.#showFade();
    else this.#film.refresh();
  }

  /** The plain cross-fade of the two pictures, or of two painted frames, at the present place. */
  #showFade(): void {
    const place = this.#film.position / (this.#frames - 1);
    if (this.#showsOriginals && this.#originals.solved) {
      this.#stage.fit(this.#originals.crossFade(place));
      return;
    }
    const leg = Math.min(this.#legs - 1, Math.floor(place));
    const ends = [leg, leg + 1].map((stop) => this.#film.frame(stop * (this.#frames - 1)));
    if (ends[0] && ends[1]) this.#stage.fade(ends[0], ends[1], place - leg);
  }

  /** Of the film, for people. */
  get #title(): string {
    const names = this.#names;
    return say.title(names[0] ?? '', names.at(-1) ?? '');
  }

  /** The element for a page of one's own: it shows two pictures. */
  #snippet(): string | undefined {
    if (this.#ways.value !== 'two') return undefined;
    const [from, to] = this.#places.picks;
    if (!from || !to) return undefined;
    const file = ({ source, url, name }: Pick): string =>
      typeof source === 'string' ? new URL(url, document.baseURI).href : name.replaceAll('"', '');
    return say.snippet(file(from), file(to));
  }

  async #begin(): Promise<void> {
    this.#run.abort();
    this.#run = new AbortController();
    const { signal } = this.#run;
    this.#live.cancel();
    this.#course = undefined;
    this.#makeRoom();
    if (this.#showsOriginals) {
      await this.#bringTogether(signal);
      return;
    }
    this.#originals.clear();
    this.#average.clear();
    await this.#app.engine.work(signal, async (soda) => {
      const picks = this.#places.picks;
      const latents: Latent[] = [];
      for (const [place, pick] of picks.entries()) {
        const latent = pick && (await this.#encode(pick, place, soda, signal));
        if (latent) latents.push(latent);
      }
      if (signal.aborted || latents.length < Math.max(2, picks.length)) return;
      await this.#paint(soda, courseOf(latents, this.#frames, this.#isSquare), signal);
    });
  }

  /** Empties film and square, unless they show these very pictures in this many frames. */
  #makeRoom(): void {
    const ids = this.#places.picks.map((pick) => pick?.id ?? '').join(' ');
    const shown = `${this.#ways.value} ${ids}${this.#showsOriginals ? ' themselves' : ''}`;
    const same = this.#shown === shown;
    this.#shown = shown;
    this.#film.reset(this.#legs * (this.#frames - 1) + 1, same);
    if (this.#isSquare) this.#square.reset(this.#frames, same);
    if (!same) this.#actions.enabled = false;
    this.#root.dataset['painter'] = this.#showsOriginals ? 'original' : 'soda';
    const [first, last] = [this.#names[0] ?? '', this.#names.at(-1) ?? ''];
    this.#motion.names = [first, last];
    this.#setRhythm();
    this.#showOpening(ids);
    this.#film.describe();
    this.#saver.enabled = false;
  }

  /** Frames made ahead move until the pictures of the first visit are brought together. */
  #showOpening(ids: string): void {
    const opening = this.#opening;
    if (!opening) return;
    if (!this.#showsOriginals || ids !== `${opening.from.id} ${opening.to.id}`) {
      this.#opening = undefined;
      return;
    }
    const step = (opening.frames.length - 1) / (this.#film.length - 1);
    for (let i = 0; i < this.#film.length; i++) {
      const frame = opening.frames[Math.round(i * step)];
      if (frame) this.#film.put(i, frame);
    }
  }

  async #paint(soda: Soda, course: Course, signal: AbortSignal): Promise<void> {
    const { report } = this.#app;
    this.#course = course;
    if (this.#isSquare) this.#squareMoved();
    const effort = await paintCourse(
      soda,
      course,
      { film: this.#film, square: this.#square, cache: this.#cache },
      {
        signal,
        quiet: () => this.#live.quiet(),
        onProgress: (done, total, progress) => {
          report.progress(say.painting(done, total), progress);
        },
      },
    );
    if (signal.aborted) return;
    if (effort.frames > 0) report.speed(effort);
    const names = this.#names;
    report.announce(
      this.#isSquare
        ? say.squareDone(this.#frames ** 2)
        : say.done(names[0] ?? '', names.at(-1) ?? ''),
    );
    this.#saver.enabled = this.#film.complete;
    this.#actions.enabled = this.#film.complete;
  }

  /** The latent of one place; undefined where its picture was refused, which is said there. */
  async #encode(
    pick: Pick,
    place: number,
    soda: Soda,
    signal: AbortSignal,
  ): Promise<Latent | undefined> {
    const { report, pictures } = this.#app;
    try {
      const onProgress = (progress: Progress): void => {
        report.progress(common.progress(progress), progress);
      };
      return await pictures.encode(soda, pick, { invert: this.#exact.checked, signal, onProgress });
    } catch (thrown) {
      const error = asSodaError(thrown);
      if (error.code !== 'input') throw error;
      this.#places.complain(error.message, place);
      report.announce(common.stopped);
      return undefined;
    }
  }

  #filmMoved(position: number, frame: ImageData | undefined, cause: Cause): void {
    if (this.#isAverage) return; // The stage shows all pictures in one.
    if (this.#isSquare) {
      if (cause === 'paint') return; // The stage shows what is under the ring.
      this.#square.point = onEdge(position / (this.#frames - 1));
    }
    this.#stage.label = this.#label(position);
    if (this.#comparing) {
      this.#showFade();
      return;
    }
    const place = position / (this.#frames - 1);
    if (this.#showsOriginals && this.#originals.solved) {
      this.#stage.fit(this.#originals.drawn(place));
      return;
    }
    if (this.#opening) {
      const ahead = this.#opening.frames[Math.round(place * (this.#opening.frames.length - 1))];
      if (ahead) this.#stage.draw(ahead);
      return;
    }
    const whole = this.#film.frame(position);
    if (whole || cause !== 'hand') this.#showFrame(whole ?? frame);
    else this.#follow(({ stops, frames }) => alongStops(stops, position / (frames - 1)), frame);
  }

  #squareMoved(): void {
    const { picture, exact } = this.#square.cell;
    const { point } = this.#square;
    this.#stage.label = this.#square.description;
    if (picture && exact) this.#showFrame(picture);
    else this.#follow(({ corners }) => corners && inSquare(corners, point), picture);
  }

  #showFrame(frame: ImageData | undefined): void {
    this.#live.cancel();
    this.#lag = Infinity;
    if (frame) this.#stage.draw(frame);
  }

  /**
   * Paints what is under the hand; until that is there, and where it takes long, the painted
   * picture nearest to it is shown.
   */
  #follow(latent: (course: Course) => Latent | undefined, nearest: ImageData | undefined): void {
    if (nearest && this.#lag > LONG_LAG_MS) this.#stage.draw(nearest);
    const wanted = this.#course && latent(this.#course);
    if (wanted) this.#live.move(() => wanted);
  }

  get #legs(): number {
    return this.#isSquare ? 4 : Math.max(1, this.#places.picks.length - 1);
  }

  /** Of the stops, in the order of the film. */
  get #names(): string[] {
    const names = this.#places.picks.map(
      (pick, i) => pick?.name ?? (i === 0 ? say.side.from : say.side.to),
    );
    const [a, b, c, d] = names;
    return this.#isSquare && a && b && c && d ? roundTrip([a, b, c, d]) : names;
  }

  /** What the slider says of its position. */
  #describe(position: number): string {
    const last = this.#film.length - 1;
    const percent = last < 1 ? 0 : Math.round((100 * position) / last);
    return Number.isInteger(position)
      ? say.frame(position, last + 1, percent)
      : say.between(percent);
  }

  /** What the stage says of its picture. */
  #label(position: number): string {
    const along = position / (this.#frames - 1);
    const leg = Math.min(this.#legs - 1, Math.floor(along));
    return say.stage(
      this.#names[leg] ?? '',
      this.#names[leg + 1] ?? '',
      Math.round(100 * (along - leg)),
    );
  }

  /** One round of the film. */
  get #beats(): Beat[] {
    const { picks } = this.#places;
    const closed = this.#isSquare || (picks.length > 2 && picks[0]?.id === picks.at(-1)?.id);
    return timeline(
      this.#film.length,
      this.#film.length === 1 + this.#legs * (this.#frames - 1) ? this.#legs : 1,
      this.#settings.tempo,
      closed,
    );
  }

  #setRhythm(): void {
    const { tempo } = this.#settings;
    const [length, legs] = [this.#film.length, this.#legs];
    this.#film.rhythm(
      this.#beats,
      tempo.repeat !== 'once',
      this.#showsOriginals ? (ms) => placeAt(ms, length, legs, tempo) : undefined,
    );
  }

  async #reel(wish: Wish, signal: AbortSignal): Promise<Reel> {
    const names = this.#names;
    const title = `soda ${this.#isSquare ? names.slice(0, 4).join(' ') : this.#title}`;
    const { tempo } = this.#settings;
    if (this.#showsOriginals)
      return reelOfOriginals(this.#originals, this.#legs, tempo, wish, { title }, signal);
    const sheet = this.#isSquare && wish.format === 'png';
    const painted = sheet ? this.#square.painted : this.#film.painted;
    return {
      title,
      frames: painted.length,
      frame: (index) => {
        const frame = painted[index];
        return frame
          ? Promise.resolve(frame)
          : Promise.reject(new Error(`frame ${String(index + 1)} is not painted`));
      },
      ...(sheet && { columns: this.#frames }),
      beats: this.#beats,
      endless: tempo.repeat !== 'once',
      close: () => undefined,
    };
  }
}

function onCanvas(frame: ImageData): OffscreenCanvas {
  const canvas = new OffscreenCanvas(frame.width, frame.height);
  canvas.getContext('2d')?.putImageData(frame, 0, 0);
  return canvas;
}

/**
 * The opening's pair first, where the model is of its world, then other pictures of the gallery.
 */
function firstPicks({ pictures: { gallery } }: App, opening: Opening | undefined): Pick[] {
  if (!gallery) return [];
  const pair = opening && gallery.world === 'emoji' ? [opening.from, opening.to] : [];
  const others = gallery.entries.filter((entry) => !pair.includes(entry));
  return [...pair, ...others].slice(0, 4).map((entry) => gallery.pick(entry));
}
