import type { Soda } from 'soda-morph';
import { wav } from 'soda-morph/sound';
import { Segments } from '../../parts/choice.js';
import { icon, make } from '../../parts/dom.js';
import { download, fileName } from '../../parts/download.js';
import { Stage } from '../../parts/stage.js';
import { Engine, type LoadableModel } from '../../shell/engine.js';
import { asked } from '../../shell/models.js';
import type { App, Panel } from '../../shell/panel.js';
import { type State, toHash } from '../../shell/router.js';
import { Ends, SIDES } from './ends.js';
import { Listening } from './listening.js';
import { isMine } from './shelf.js';
import './sounds.css';
import { say } from './strings.js';
import { tinted } from './tint.js';
import { Track } from './track.js';
import { type Kind, LAST_PLACE, PLACES, STEP, Way, joined } from './way.js';

/** One sound becomes another, and is heard. */
export function makeSounds(root: HTMLElement, app: App): Panel {
  return new Sounds(root, app);
}

class Sounds implements Panel {
  readonly #app: App;
  readonly #engine: Engine<LoadableModel>;
  readonly #ends: Ends;
  readonly #listening: Listening;
  readonly #frame: HTMLElement;
  readonly #stage: Stage;
  readonly #track: Track;
  readonly #caption = make('p', { className: 'caption' });
  readonly #kinds: Segments<Kind>;
  readonly #kindHint = make('p', { className: 'hint' });
  readonly #play = make('button', { type: 'button', className: 'play' });
  readonly #playWay = make('button', { type: 'button', textContent: say.playWay });
  #way: Way | undefined;
  #place = LAST_PLACE / 2;
  #run = new AbortController();
  #isFollowing = false;

  constructor(root: HTMLElement, app: App) {
    this.#app = app;
    this.#engine = new Engine(app.models.sounds, asked().backend, app.report, () => {
      void this.#begin();
    });
    this.#ends = new Ends({
      changed: () => {
        this.#commit();
        void this.#begin();
      },
      play: (sound, button) =>
        void this.#listening.perform(button, async () => {
          await this.#listening.hear(button, sound.samples);
        }),
      hasPrior: () => this.#engine.soda?.config.prior ?? false,
      trouble: (message) => {
        app.report.trouble(message);
      },
    });
    this.#listening = new Listening(
      () => {
        this.#labelPlay();
      },
      () => {
        app.report.trouble(say.trouble.refused);
      },
    );
    const canvas = make('canvas', { width: 512, height: 512 });
    this.#stage = new Stage(canvas);
    this.#frame = make('div', { className: 'stage' }, canvas, make('i', { className: 'head' }));
    this.#track = new Track((place, resting) => {
      this.#moveTo(place, resting);
    });
    this.#kinds = new Segments<Kind>(
      say.kind,
      [
        ['morph', say.kinds.morph],
        ['mix', say.kinds.mix],
      ],
      'morph',
      () => {
        this.#commit();
        void this.#begin();
      },
    );
    root.append(...this.#layOut());
    this.#describe();
    this.#labelPlay();
  }

  show(state: State): void {
    this.#ends.set(state['from'], state['to']);
    this.#kinds.value = state['heard'] === 'mix' ? 'mix' : 'morph';
    const percent = Number(state['t'] ?? 50);
    const share = Number.isFinite(percent) ? Math.min(100, Math.max(0, percent)) / 100 : 0.5;
    this.#place = Math.round(share * LAST_PLACE);
    void this.#begin();
    void this.#engine.resume();
  }

  hide(): void {
    this.#run.abort();
    this.#listening.close();
    this.#engine.stop();
  }

  /** That is the model of pictures. */
  ready(): void {
    /* Sounds have a model of their own. */
  }

  paste(file: File, name: string): void {
    void this.#ends.offer(file, name);
  }

  drop(files: readonly File[]): void {
    this.#ends.drop(files);
  }

  complain(): void {
    this.#ends.complain(say.trouble.noFile);
  }

  #layOut(): HTMLElement[] {
    const button = (label: string, act: () => void): HTMLButtonElement => {
      const made = make('button', { type: 'button', textContent: label });
      made.addEventListener('click', act);
      return made;
    };
    this.#play.addEventListener('click', () => void this.#playHere());
    this.#playWay.addEventListener('click', () => void this.#playAll());
    const swap = make('button', { type: 'button', className: 'quiet icon', title: say.swap });
    swap.append(icon('swap'));
    swap.ariaLabel = say.swap;
    swap.addEventListener('click', () => {
      this.#ends.swap();
      this.#place = LAST_PLACE - this.#place;
      this.#commit();
      void this.#begin();
    });
    const link = button(say.link, () => void this.#copyLink());
    link.className = 'plain';
    const between = make('section', { className: 'film' }, this.#play, this.#track.root, swap);
    between.ariaLabel = say.between;
    return [
      make(
        'div',
        { className: 'intro' },
        make('h1', { textContent: say.title }),
        make('p', { textContent: say.lede }),
        make('div', { className: 'way' }, this.#kinds.root),
      ),
      make(
        'div',
        { className: 'bench' },
        this.#ends.wells.from.root,
        this.#frame,
        this.#ends.wells.to.root,
        this.#ends.input,
      ),
      between,
      make(
        'div',
        { className: 'hearing' },
        make('div', { className: 'here' }, this.#caption, this.#kindHint),
        make(
          'div',
          { className: 'save' },
          this.#playWay,
          button(say.save, () => void this.#save([this.#place])),
          button(say.saveWay, () => void this.#save(PLACES)),
          link,
        ),
      ),
    ];
  }

  /** Shows the sounds of the state, then paints the way as soon as there is a model. */
  async #begin(): Promise<void> {
    this.#run.abort();
    this.#run = new AbortController();
    this.#listening.stop();
    const { signal } = this.#run;
    this.#describe();
    if (this.#engine.soda) {
      await this.#engine.work(signal, async (soda) => {
        await this.#fill(signal, soda);
        await this.#paint(signal);
      });
      return;
    }
    try {
      await this.#fill(signal);
      if (this.#kind === 'mix') await this.#paint(signal);
    } catch (thrown) {
      if (!signal.aborted) this.#fail(thrown);
    }
  }

  /** Puts the sounds into their wells. A new one waits for the model. */
  async #fill(signal: AbortSignal, soda?: Soda): Promise<void> {
    await this.#ends.fill(signal, soda);
    if (signal.aborted) return;
    const [from, to] = this.#ends.sounds;
    if (!from || !to) this.#way = undefined;
    else if (this.#way?.from !== from || this.#way.to !== to) this.#way = new Way(from, to);
    this.#track.clear();
    this.#describe();
  }

  /** Makes the pictures of the way, that on the stage first. */
  async #paint(signal: AbortSignal): Promise<void> {
    const way = this.#way;
    if (!way) return;
    const places = [this.#place, ...PLACES];
    for (const [done, place] of places.entries()) {
      if (!way.known(this.#kind, place))
        this.#app.report.progress(say.painting(done, places.length), {
          stage: 'decode',
          done,
          total: places.length,
        });
      const picture = await way.picture(this.#kind, place, this.#engine.soda, signal);
      if (signal.aborted) return;
      this.#put(place, picture);
    }
    this.#app.report.announce(say.done(way.from.name, way.to.name));
    this.#prepare();
  }

  /** Has the sound at the slider's place made, so that it is there when play is pressed. */
  #prepare(): void {
    const [way, kind, place] = [this.#way, this.#kind, this.#place];
    if (!way?.known(kind, place)) return;
    way.sound(kind, place, undefined, this.#run.signal).catch(() => undefined); // Said when played.
  }

  #put(place: number, picture: ImageData): void {
    if (place % STEP === 0) this.#track.put(place / STEP, picture);
    if (place === this.#place) this.#stage.draw(tinted(picture));
  }

  get #kind(): Kind {
    return this.#kinds.value;
  }

  /** The slider stands here now. */
  #moveTo(place: number, resting: boolean): void {
    this.#listening.stop();
    this.#go(place);
    this.#commit(!resting, 'place');
    if (resting) this.#prepare();
  }

  #go(place: number): void {
    this.#place = place;
    this.#describe();
    const known = this.#way?.known(this.#kind, place);
    if (known) this.#put(place, known);
    else void this.#follow();
  }

  /** Paints what the slider points at; only the newest place counts. */
  async #follow(): Promise<void> {
    if (this.#isFollowing) return;
    this.#isFollowing = true;
    try {
      for (;;) {
        const [way, kind, place] = [this.#way, this.#kind, this.#place];
        const picture = await this.#with((soda, signal) => way?.picture(kind, place, soda, signal));
        if (!picture) return;
        if (place === this.#place) {
          if (way === this.#way && kind === this.#kind) this.#put(place, picture);
          return;
        }
      }
    } finally {
      this.#isFollowing = false;
    }
  }

  /**
   * Does what needs the model where the morph is heard; undefined where there is none yet, where
   * `signal` ended it, and where it failed, which has been said.
   */
  async #with<T>(
    job: (soda: Soda | undefined, signal: AbortSignal) => Promise<T> | undefined,
    signal = this.#run.signal,
  ): Promise<T | undefined> {
    if (this.#kind === 'morph')
      return this.#engine.work(signal, (soda) => Promise.resolve<T | undefined>(job(soda, signal)));
    try {
      return await job(undefined, signal);
    } catch (thrown) {
      if (!signal.aborted) this.#fail(thrown);
      return undefined;
    }
  }

  #playHere(): Promise<void> {
    return this.#listening.perform(this.#play, async (signal) => {
      const sound = await this.#sound(this.#place, signal);
      if (sound) await this.#listening.hear(this.#frame, sound);
    });
  }

  /** Every step of the way in a row; the next is made while one plays. */
  #playAll(): Promise<void> {
    return this.#listening.perform(this.#playWay, async (signal) => {
      let next = this.#sound(0, signal);
      for (const [index, place] of PLACES.entries()) {
        const sound = await next;
        if (!sound) return;
        const after = PLACES[index + 1];
        if (after !== undefined) next = this.#sound(after, signal);
        this.#go(place);
        if (!(await this.#listening.hear(this.#frame, sound))) return;
      }
      this.#commit(true);
    });
  }

  #sound(place: number, signal: AbortSignal): Promise<Float32Array<ArrayBuffer> | undefined> {
    const [way, kind] = [this.#way, this.#kind];
    return this.#with((soda) => way?.sound(kind, place, soda, signal), signal);
  }

  /** Saves the sounds of some places, one after another, as one file. */
  async #save(places: readonly number[]): Promise<void> {
    const way = this.#way;
    if (!way) return;
    const { signal } = this.#run;
    const { report } = this.#app;
    const sounds: Float32Array[] = [];
    for (const [done, place] of places.entries()) {
      report.progress(say.making, { stage: 'decode', done, total: places.length });
      const sound = await this.#sound(place, signal);
      if (!sound) return;
      sounds.push(sound);
    }
    const [from, to] = [way.from.name, way.to.name];
    const name = fileName(
      places.length > 1
        ? say.wayName(from, to)
        : say.saveName((places[0] ?? 0) / LAST_PLACE, from, to),
      'wav',
    );
    try {
      download(await wav(joined(sounds), { signal }), name);
      report.announce(say.saved(name));
    } catch (thrown) {
      if (!signal.aborted) report.trouble(say.trouble.saved(messageOf(thrown)));
    } finally {
      report.done();
    }
  }

  async #copyLink(): Promise<void> {
    const { report, router } = this.#app;
    const state = Object.fromEntries(
      Object.entries(router.place.state).filter(([, value]) => !isMine(value)),
    );
    const hasOwn = SIDES.some((side) => isMine(this.#ends.ids[side]));
    const address = location.href.replace(/#.*$/, '') + toHash({ panel: 'sounds', state });
    await navigator.clipboard.writeText(address).then(
      () => {
        report.announce(hasOwn ? say.linkWithout : say.linkCopied);
      },
      () => {
        report.announce(say.linkFailed);
      },
    );
  }

  #commit(replace = false, run = ''): void {
    const { from, to } = this.#ends.ids;
    this.#app.router.commit(
      {
        from,
        to,
        ...(this.#place !== LAST_PLACE / 2 && { t: String((100 * this.#place) / LAST_PLACE) }),
        ...(this.#kind === 'mix' && { heard: 'mix' }),
      },
      replace,
      run,
    );
  }

  /** What stands at the place of the slider, in words. */
  get #words(): string {
    const share = this.#place / LAST_PLACE;
    const [from = say.wait, to = say.wait] = this.#ends.sounds.map((sound) => sound?.name);
    return (this.#kind === 'mix' ? say.mixedPlace : say.place)(share, from, to);
  }

  #describe(): void {
    const words = this.#words;
    this.#caption.textContent = words;
    this.#kindHint.textContent = say.kindHints[this.#kind];
    this.#stage.label = say.stage(words);
    this.#track.show(this.#place, words);
  }

  #labelPlay(): void {
    const isOn = this.#play.hasAttribute('data-on');
    this.#play.replaceChildren(icon(isOn ? 'pause' : 'play'));
    this.#play.ariaLabel = isOn ? say.stop : say.playHere;
    this.#play.title = this.#play.ariaLabel;
    this.#playWay.textContent = this.#playWay.hasAttribute('data-on') ? say.stop : say.playWay;
  }

  #fail(thrown: unknown): void {
    this.#app.report.trouble(say.trouble.made(messageOf(thrown)), () => void this.#begin());
  }
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
