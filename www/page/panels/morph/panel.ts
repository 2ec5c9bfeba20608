import { Segments } from '../../parts/choice.js';
import { byId, icon } from '../../parts/dom.js';
import type { Pick } from '../../parts/pictures.js';
import { Stage } from '../../parts/stage.js';
import { say as common } from '../../parts/strings/common.js';
import { asSodaError } from '../../shell/engine.js';
import type { App, Panel } from '../../shell/panel.js';
import type { State } from '../../shell/router.js';
import { AverageView } from './average-view.js';
import { bringAllTogether, bringLegsTogether } from './bringing-together.js';
import { sliderCaption, snippetOf } from './captions.js';
import { Film } from './film.js';
import { FrameActions } from './frame-actions.js';
import { Motion } from './motion.js';
import './morph.css';
import { type Opening, loadOpening } from './opening.js';
import { Originals } from './originals.js';
import { PainterChoice } from './painter-choice.js';
import { Painting } from './painting.js';
import { Places, WAYS, type Way } from './places.js';
import { type Reel, type Wish, reelOfOriginals, reelOfPainted, reelOfSquare } from './reel.js';
import { Saver } from './saver.js';
import { Scene } from './scene.js';
import { Settings } from './settings.js';
import { Square } from './square.js';
import { StageView } from './stage-view.js';
import { say } from './strings.js';
import { placeAt } from './timeline.js';
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
  readonly #scene: Scene;
  readonly #view: StageView;
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
          this.#view.filmMoved(position, frame, cause);
        },
        describe: (position) => sliderCaption(position, this.#film.length),
      },
    );
    const bench = byId('bench', HTMLElement);
    this.#square = new Square(
      () => {
        this.#film.pause();
        this.#view.squareMoved();
      },
      () => {
        this.#commit(true);
      },
    );
    this.#together = new Together((frame) => {
      this.#view.drawn(frame);
    });
    this.#painting = new Painting(app, this.#film, this.#square, {
      show: (picture) => {
        this.#stage.draw(picture);
      },
      ready: () => {
        if (this.#scene.isSquare) this.#view.squareMoved();
        if (this.#scene.isAverage) this.#view.averageMoved();
      },
      refused: (message, place) => {
        this.#places.complain(message, place);
      },
    });
    this.#average = new AverageView({
      moved: () => {
        this.#view.averageMoved();
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
        this.#film.go(stop * (this.#scene.frames - 1));
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
      title: () => {
        const { isSquare, names, title } = this.#scene;
        return `soda ${isSquare ? names.slice(0, 4).join(' ') : title}`;
      },
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
    this.#scene = new Scene({
      ways: this.#ways,
      painter: this.#painter,
      places: this.#places,
      settings: this.#settings,
      average: this.#average,
      square: this.#square,
    });
    this.#view = new StageView(
      this.#stage,
      this.#scene,
      {
        film: this.#film,
        square: this.#square,
        originals: this.#originals,
        together: this.#together,
        painting: this.#painting,
      },
      opening,
    );
    byId('tools', HTMLElement).append(
      this.#painter.root,
      this.#settings.root,
      this.#motion.root,
      this.#saver.root,
    );
    const stage = byId('stage', HTMLCanvasElement);
    this.#actions = new FrameActions(byId('frame-actions', HTMLElement), app, {
      name: () => stage.ariaLabel ?? '',
      picture: () => this.#view.fullSize(this.#run.signal),
      stage,
      title: () => this.#scene.title,
      compare: (on) => {
        this.#view.compare(on);
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

    this.#film.reset(this.#scene.frames);
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

  /** Goes to another way of morphing, with the pictures there are. */
  #enter(way: Way): void {
    const kept: Record<string, string> = {
      ...this.#settings.state(this.#scene.isSquare),
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
    this.#motion.picturesChanged(this.#scene.pictures);
    this.#commit();
    void this.#begin();
  }

  #commit(replace = false, run = ''): void {
    const { x, y } = this.#square.point;
    const { isSquare, isAverage } = this.#scene;
    this.#app.router.commit(
      {
        ...this.#places.state(),
        ...this.#settings.state(isSquare),
        ...this.#painter.state(),
        ...this.#motion.state(this.#ways.value === 'two'),
        ...(isAverage && this.#average.state()),
        ...(isSquare &&
          (x !== 0.5 || y !== 0.5) && {
            at: `${String(Math.round(100 * x))}-${String(Math.round(100 * y))}`,
          }),
      },
      replace,
      run,
    );
  }

  /** Brings the originals together and fills the film with them; most need no model. */
  async #bringTogether(signal: AbortSignal): Promise<void> {
    const picks = this.#places.picks.filter((pick) => pick !== undefined);
    if (picks.length < Math.max(2, this.#places.picks.length)) return;
    const solved = (): void => {
      this.#actions.enabled = true;
      if (this.#scene.showsTogether) return;
      this.#view.endOpening();
      this.#motion.solved(this.#scene.pictures);
      this.#film.refresh();
    };
    const into = {
      film: this.#film,
      square: this.#square,
      originals: this.#originals,
      together: this.#together,
      stage: this.#stage,
      average: this.#average,
    };
    try {
      let whole: boolean;
      if (this.#scene.showsTogether) {
        this.#originals.clear();
        whole = await bringAllTogether(this.#app, this.#scene, into, picks, solved, signal);
      } else {
        this.#together.clear();
        const legs = {
          picks,
          pins: this.#motion.pins,
          mixed: this.#painter.painter === 'mixed',
        };
        whole = await bringLegsTogether(this.#app, this.#scene, into, legs, solved, signal);
      }
      if (whole) this.#saver.enabled = true;
    } catch (thrown) {
      const error = asSodaError(thrown);
      if (signal.aborted || error.code === 'aborted' || error.code === 'disposed') return;
      this.#places.complain(error.message);
      this.#app.report.announce(common.stopped);
    }
  }

  async #begin(): Promise<void> {
    this.#run.abort();
    this.#run = new AbortController();
    const { signal } = this.#run;
    this.#painting.clear();
    this.#makeRoom();
    if (this.#scene.showsOriginals) {
      await this.#bringTogether(signal);
      return;
    }
    this.#originals.clear();
    this.#together.clear();
    const { isSquare: square, isAverage: average, frames, ends } = this.#scene;
    const exact = this.#painter.exact && !average;
    const { picks } = this.#places;
    if (average) this.#average.picks = picks.filter((pick) => pick !== undefined);
    const wish = { picks, frames, square, average, exact };
    if (!(await this.#painting.run(wish, signal))) return;
    if (average) {
      this.#stage.label = say.averageOf(picks.length);
      this.#app.report.announce(say.averageOf(picks.length));
      this.#actions.enabled = true;
      this.#actions.comparable = false;
      return;
    }
    this.#app.report.announce(square ? say.squareDone(frames ** 2) : say.done(...ends));
    this.#saver.enabled = this.#film.complete;
    this.#actions.enabled = this.#film.complete;
  }

  /** Empties film and square, unless they show these very pictures in this many frames. */
  #makeRoom(): void {
    const { pictures, showsOriginals, isSquare, frames, length, ends } = this.#scene;
    const shown = `${this.#ways.value} ${pictures}${showsOriginals ? ' themselves' : ''}`;
    const same = this.#shown === shown;
    this.#shown = shown;
    this.#film.reset(length, same);
    if (isSquare) this.#square.reset(frames, same);
    if (!same) this.#actions.enabled = false;
    this.#root.dataset['painter'] = this.#painter.painter;
    this.#motion.names = ends;
    this.#setRhythm();
    this.#view.showOpening();
    this.#film.describe();
    this.#saver.enabled = false;
  }

  #setRhythm(): void {
    const { tempo } = this.#settings;
    const { legs, showsOriginals } = this.#scene;
    const { length } = this.#film;
    this.#film.rhythm(
      this.#scene.beats(length),
      tempo.repeat !== 'once',
      showsOriginals ? (ms) => placeAt(ms, length, legs, tempo) : undefined,
    );
  }

  /** The film as a file wants it. */
  async #reel(wish: Wish, signal: AbortSignal): Promise<Reel> {
    const { tempo } = this.#settings;
    const { showsTogether, showsOriginals, isSquare, frames, legs } = this.#scene;
    if (showsTogether) return reelOfSquare(this.#together, frames, tempo, wish, signal);
    if (showsOriginals) return reelOfOriginals(this.#originals, legs, tempo, wish, signal);
    const beats = this.#scene.beats(this.#film.length);
    return isSquare && wish.format === 'png'
      ? reelOfPainted(this.#square.painted, beats, tempo, frames)
      : reelOfPainted(this.#film.painted, beats, tempo);
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
