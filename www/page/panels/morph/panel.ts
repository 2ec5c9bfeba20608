import { Segments } from '../../parts/choice.js';
import { byId, icon } from '../../parts/dom.js';
import type { Pick } from '../../parts/pictures.js';
import { Stage } from '../../parts/stage.js';
import { say as common } from '../../parts/strings/common.js';
import { asSodaError } from '../../shell/engine.js';
import type { App, Panel } from '../../shell/panel.js';
import type { State } from '../../shell/router.js';
import { AverageView } from './average-view.js';
import { sliderCaption, snippetOf, stageCaption, stopNames } from './captions.js';
import { type Cause, Film } from './film.js';
import { FrameActions } from './frame-actions.js';
import { Motion } from './motion.js';
import './morph.css';
import { type Opening, loadOpening } from './opening.js';
import { Originals, onCanvas } from './originals.js';
import { PainterChoice } from './painter-choice.js';
import { Painting } from './painting.js';
import { onEdge, sharesInSquare } from './path.js';
import { Places, WAYS, type Way } from './places.js';
import { type Reel, type Wish, reelOfOriginals, reelOfSquare } from './reel.js';
import { Saver } from './saver.js';
import { Settings } from './settings.js';
import { Square } from './square.js';
import { fillSquare } from './square-fill.js';
import { say } from './strings.js';
import { type Beat, placeAt, timeline } from './timeline.js';
import { Together } from './together.js';

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
  readonly #ways: Segments<Way>;
  readonly #painter: PainterChoice;
  /** Pictures in a row, each brought together with the next. */
  readonly #originals = new Originals();
  /** Pictures brought together all at once: the corners of a square, or those of an average. */
  readonly #together: Together;
  readonly #painting: Painting;
  readonly #swap = byId('swap', HTMLButtonElement);
  readonly #settings: Settings;
  readonly #saver: Saver;
  readonly #actions: FrameActions;
  readonly #motion: Motion;
  /** Frames of the first pair, made ahead, until the pictures themselves are brought together. */
  #opening: Opening | undefined;
  #comparing = false;
  #run = new AbortController();
  /** Which pictures film and square show. */
  #shown = '';

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
        describe: (position) => sliderCaption(position, this.#film.length),
      },
    );
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
    this.#together = new Together((frame) => {
      if (this.#showsTogether && !this.#comparing) this.#stage.fit(frame);
    });
    this.#painting = new Painting(app, this.#film, this.#square, {
      show: (picture) => {
        this.#stage.draw(picture);
      },
      ready: () => {
        if (this.#isSquare) this.#squareMoved();
      },
      refused: (message, place) => {
        this.#places.complain(message, place);
      },
    });
    this.#average = new AverageView({
      moved: () => void this.#together.show(this.#weights),
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
    this.#saver = new Saver(app.report, {
      title: () => `soda ${this.#isSquare ? this.#names.slice(0, 4).join(' ') : this.#title}`,
      reel: (wish, signal) => this.#reel(wish, signal),
    });
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
    this.#painter = new PainterChoice({
      changed: () => {
        this.#changed();
      },
      shared: (resting) => {
        this.#originals.painted = this.#painter.share;
        this.#film.pause();
        this.#film.refresh();
        if (!resting) return;
        this.#commit(false, 'painted');
        void this.#begin();
      },
    });
    byId('tools', HTMLElement).append(
      this.#painter.root,
      this.#settings.root,
      this.#motion.root,
      this.#saver.root,
    );
    const stage = byId('stage', HTMLCanvasElement);
    this.#actions = new FrameActions(byId('frame-actions', HTMLElement), app, {
      name: () => stage.ariaLabel ?? '',
      picture: () => this.#fullFrame(),
      stage,
      title: () => this.#title,
      compare: (on) => {
        this.#compare(on);
      },
      snippet: () =>
        this.#ways.value === 'two'
          ? snippetOf(this.#places.picks[0], this.#places.picks[1])
          : undefined,
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
    this.#painter.take(state, way);
    this.#originals.painted = this.#painter.share;
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
    this.#painting.clear();
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
      ...this.#painter.state(),
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
        ...this.#painter.state(),
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

  /** Whether pictures themselves are shown, with or without painting on them. */
  get #showsOriginals(): boolean {
    return this.#painter.painter !== 'soda';
  }

  /** Whether they are brought together all at once. */
  get #showsTogether(): boolean {
    return this.#showsOriginals && (this.#isSquare || this.#isAverage);
  }

  /** How much of each picture the stage shows, where they are brought together all at once. */
  get #weights(): readonly number[] {
    return this.#isAverage ? this.#average.weights : sharesInSquare(this.#square.point);
  }

  /** Brings the originals together and fills the film with them; most need no model. */
  async #bringTogether(signal: AbortSignal): Promise<void> {
    const picks = this.#places.picks.filter((pick) => pick !== undefined);
    if (picks.length < Math.max(2, this.#places.picks.length)) return;
    try {
      if (this.#showsTogether) {
        this.#originals.clear();
        await this.#bringAllTogether(picks, signal);
      } else {
        this.#together.clear();
        await this.#bringLegsTogether(picks, signal);
      }
    } catch (thrown) {
      const error = asSodaError(thrown);
      if (signal.aborted || error.code === 'aborted' || error.code === 'disposed') return;
      this.#places.complain(error.message);
      this.#app.report.announce(common.stopped);
    }
  }

  async #bringAllTogether(picks: readonly Pick[], signal: AbortSignal): Promise<void> {
    if (this.#isAverage) this.#average.picks = picks;
    await this.#together.solve(picks, signal);
    await this.#together.show(this.#weights);
    if (signal.aborted || !this.#together.solved) return;
    this.#actions.enabled = true;
    if (this.#isAverage) {
      this.#stage.label = say.averageOf(picks.length);
      this.#app.report.announce(say.averageOf(picks.length));
      return;
    }
    this.#stage.label = this.#square.description;
    const whole = await fillSquare(
      this.#together,
      { film: this.#film, square: this.#square, side: this.#frames },
      signal,
    );
    if (!whole) return;
    this.#app.report.announce(say.squareDone(this.#frames ** 2));
    this.#saver.enabled = this.#film.complete;
  }

  async #bringLegsTogether(picks: readonly Pick[], signal: AbortSignal): Promise<void> {
    const { report, engine, pictures } = this.#app;
    const { pins } = this.#motion;
    if (this.#painter.painter === 'mixed' && engine.soda)
      await engine.work(signal, (soda) =>
        this.#originals.solve(
          picks,
          pins,
          {
            soda,
            age: pictures.age,
            onProgress: (progress) => {
              report.progress(common.progress(progress), progress);
            },
          },
          signal,
        ),
      );
    else await this.#originals.solve(picks, pins, undefined, signal);
    if (signal.aborted || !this.#originals.solved) return;
    this.#solved();
    // Said before a person can do anything with it: what they are told then must stay.
    report.announce(say.done(this.#names[0] ?? '', this.#names.at(-1) ?? ''));
    for (let i = 0; i < this.#film.length; i++) {
      const frame = await this.#originals.frame(i / (this.#frames - 1));
      signal.throwIfAborted();
      this.#film.put(i, frame);
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
    if (this.#showsTogether && this.#together.solved)
      return this.#together.fullSize(this.#weights, this.#run.signal);
    const place = this.#film.position / (this.#frames - 1);
    if (this.#showsOriginals && this.#originals.solved)
      return this.#originals.fullSize(place, this.#run.signal);
    return this.#stage.pixels;
  }

  #compare(on: boolean): void {
    this.#comparing = on;
    this.#film.pause();
    if (!on) {
      if (this.#showsTogether) void this.#together.show(this.#weights);
      else this.#film.refresh();
    } else if (this.#showsTogether)
      void this.#together.faded(this.#weights).then((frame) => {
        if (frame && this.#comparing) this.#stage.fit(onCanvas(frame));
      });
    else this.#showFade();
  }

  /** The plain cross-fade of the two pictures, or of two painted frames, at the present place. */
  #showFade(): void {
    const place = this.#film.position / (this.#frames - 1);
    if (this.#showsOriginals && this.#originals.solved) {
      void this.#originals.crossFade(place).then((frame) => {
        if (this.#comparing) this.#stage.fit(frame);
      });
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

  async #begin(): Promise<void> {
    this.#run.abort();
    this.#run = new AbortController();
    const { signal } = this.#run;
    this.#painting.clear();
    this.#makeRoom();
    if (this.#showsOriginals) {
      await this.#bringTogether(signal);
      return;
    }
    this.#originals.clear();
    this.#together.clear();
    const [square, frames] = [this.#isSquare, this.#frames];
    const { exact } = this.#painter;
    const wish = { picks: this.#places.picks, frames, square, exact };
    if (!(await this.#painting.run(wish, signal))) return;
    this.#app.report.announce(
      square
        ? say.squareDone(frames ** 2)
        : say.done(this.#names[0] ?? '', this.#names.at(-1) ?? ''),
    );
    this.#saver.enabled = this.#film.complete;
    this.#actions.enabled = this.#film.complete;
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
    this.#root.dataset['painter'] = this.#painter.painter;
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

  #filmMoved(position: number, frame: ImageData | undefined, cause: Cause): void {
    if (this.#isAverage) return; // The stage shows all pictures in one.
    if (this.#isSquare) {
      if (cause === 'paint') return; // The stage shows what is under the ring.
      this.#square.point = onEdge(position / (this.#frames - 1));
    }
    const place = position / (this.#frames - 1);
    this.#stage.label = stageCaption(this.#names, place);
    if (this.#comparing) {
      this.#showFade();
      return;
    }
    if (this.#showsTogether && this.#together.solved) {
      void this.#together.show(this.#weights);
      return;
    }
    if (this.#showsOriginals && this.#originals.solved) {
      this.#originals.show(place, cause === 'play', (canvas) => {
        if (!this.#comparing) this.#stage.fit(canvas);
      });
      return;
    }
    if (this.#opening) {
      const ahead = this.#opening.frames[Math.round(place * (this.#opening.frames.length - 1))];
      if (ahead) this.#stage.draw(ahead);
      return;
    }
    const whole = this.#film.frame(position);
    if (whole || cause !== 'hand') this.#showFrame(whole ?? frame);
    else this.#painting.followFilm(position, frame);
  }

  #squareMoved(): void {
    const { picture, exact } = this.#square.cell;
    this.#stage.label = this.#square.description;
    if (this.#showsTogether && this.#together.solved) void this.#together.show(this.#weights);
    else if (picture && exact) this.#showFrame(picture);
    else this.#painting.followSquare(this.#square.point, picture);
  }

  #showFrame(frame: ImageData | undefined): void {
    this.#painting.rest();
    if (frame) this.#stage.draw(frame);
  }

  get #legs(): number {
    return this.#isSquare ? 4 : Math.max(1, this.#places.picks.length - 1);
  }

  /** Of the stops, in the order of the film. */
  get #names(): string[] {
    return stopNames(this.#places.picks, this.#isSquare);
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
    const { tempo } = this.#settings;
    if (this.#showsTogether) return reelOfSquare(this.#together, this.#frames, tempo, wish, signal);
    if (this.#showsOriginals)
      return reelOfOriginals(this.#originals, this.#legs, tempo, wish, signal);
    const sheet = this.#isSquare && wish.format === 'png';
    const painted = sheet ? this.#square.painted : this.#film.painted;
    return {
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

/**
 * The opening's pair first, where the model is of its world, then other pictures of the gallery.
 */
function firstPicks({ pictures: { gallery } }: App, opening: Opening | undefined): Pick[] {
  if (!gallery) return [];
  const pair = opening && gallery.world === 'emoji' ? [opening.from, opening.to] : [];
  const others = gallery.entries.filter((entry) => !pair.includes(entry));
  return [...pair, ...others].slice(0, 4).map((entry) => gallery.pick(entry));
}
