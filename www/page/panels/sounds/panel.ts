import type { Soda } from 'soda-morph';
import { type Note, wav } from 'soda-morph/sound';
import { Segments } from '../../parts/choice.js';
import { icon, make } from '../../parts/dom.js';
import { download, fileName } from '../../parts/download.js';
import { anySeed } from '../../parts/random.js';
import { Stage } from '../../parts/stage.js';
import { Engine, type LoadableModel } from '../../shell/engine.js';
import { asked } from '../../shell/models.js';
import type { App, Panel } from '../../shell/panel.js';
import { type State, toHash } from '../../shell/router.js';
import { chooseSound } from './choose-sound.js';
import { recordSound } from './microphone.js';
import { Player } from './player.js';
import { Refusal, readSound } from './read-sound.js';
import { Shelf, type Sound, freshId, isMine, noteId, seedOf } from './shelf.js';
import './sounds.css';
import { say } from './strings.js';
import { tinted } from './tint.js';
import { Track } from './track.js';
import { type Kind, LAST_PLACE, PLACES, STEP, Way, joined } from './way.js';
import { SoundWell } from './well.js';

const SIDES = ['from', 'to'] as const;
type Side = (typeof SIDES)[number];
/** What a state without any sounds means. */
const FIRST: Readonly<Record<Side, string>> = { from: noteId('kick'), to: noteId('bell') };

/** One sound becomes another, and is heard. */
export function makeSounds(root: HTMLElement, app: App): Panel {
  return new Sounds(root, app);
}

class Sounds implements Panel {
  readonly #app: App;
  readonly #engine: Engine<LoadableModel>;
  readonly #shelf = new Shelf();
  readonly #player = new Player();
  readonly #wells: Readonly<Record<Side, SoundWell>>;
  readonly #frame: HTMLElement;
  readonly #stage: Stage;
  readonly #track: Track;
  readonly #caption = make('p', { className: 'caption' });
  readonly #kinds: Segments<Kind>;
  readonly #kindHint = make('p', { className: 'hint' });
  readonly #play = make('button', { type: 'button', className: 'play' });
  readonly #playWay = make('button', { type: 'button', textContent: say.playWay });
  readonly #input = make('input', {
    type: 'file',
    accept: 'audio/*,video/*,.flac,.ogg,.opus,.m4a',
    hidden: true,
    tabIndex: -1,
  });
  readonly #ids: Record<Side, string> = { ...FIRST };
  /** The well that a file, a paste or a recording is for. */
  #target: Side = 'to';
  /** Counts what was given to each well, so that a slow file does not replace a later sound. */
  readonly #turns: Record<Side, number> = { from: 0, to: 0 };
  #way: Way | undefined;
  #place = LAST_PLACE / 2;
  #run = new AbortController();
  /** What is being played, or made to be played. */
  #playing: AbortController | undefined;
  #isFollowing = false;

  constructor(root: HTMLElement, app: App) {
    this.#app = app;
    this.#engine = new Engine(app.models.sounds, asked().backend, app.report, () => {
      void this.#begin();
    });
    const well = (side: Side): SoundWell =>
      new SoundWell(side, {
        play: (sound) => void this.#playOne(side, sound),
        choose: () => {
          this.#choose(side);
        },
        dropped: (files) => {
          this.#dropped(files, side);
        },
      });
    this.#wells = { from: well('from'), to: well('to') };
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
    this.#input.ariaLabel = say.file;
    this.#input.addEventListener('change', () => {
      const file = this.#input.files?.[0];
      this.#input.value = ''; // So that the same file can be chosen again.
      if (file) void this.#offer(this.#target, file, file.name);
    });
    root.append(...this.#layOut());
    this.#describe();
    this.#labelPlay();
  }

  show(state: State): void {
    for (const side of SIDES) this.#ids[side] = state[side] ?? FIRST[side];
    this.#kinds.value = state['heard'] === 'mix' ? 'mix' : 'morph';
    const percent = Number(state['t'] ?? 50);
    const share = Number.isFinite(percent) ? Math.min(100, Math.max(0, percent)) / 100 : 0.5;
    this.#place = Math.round(share * LAST_PLACE);
    void this.#begin();
    void this.#engine.resume();
  }

  hide(): void {
    this.#run.abort();
    this.#stop();
    this.#player.close();
    this.#engine.stop();
  }

  /** That is the model of pictures. */
  ready(): void {
    /* Sounds have a model of their own. */
  }

  paste(file: File, name: string): void {
    void this.#offer(this.#target, file, name);
  }

  drop(files: readonly File[]): void {
    this.#dropped(files, this.#target);
  }

  complain(): void {
    this.#wells[this.#target].complain(say.trouble.noFile);
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
      [this.#ids.from, this.#ids.to] = [this.#ids.to, this.#ids.from];
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
        this.#wells.from.root,
        this.#frame,
        this.#wells.to.root,
        this.#input,
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
    this.#stop();
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
    const [from, to] = await Promise.all(SIDES.map((side) => this.#find(side, signal, soda)));
    if (signal.aborted) return;
    for (const [side, sound] of [
      ['from', from],
      ['to', to],
    ] as const)
      if (this.#wells[side].sound !== sound) this.#wells[side].show(sound);
    if (!from || !to) this.#way = undefined;
    else if (this.#way?.from !== from || this.#way.to !== to) this.#way = new Way(from, to);
    this.#track.clear();
    this.#describe();
  }

  async #find(side: Side, signal: AbortSignal, soda?: Soda): Promise<Sound | undefined> {
    const id = this.#ids[side];
    const found =
      seedOf(id) === undefined
        ? await this.#shelf.find(id)
        : await this.#newSound(id, signal, soda);
    if (found || signal.aborted || (seedOf(id) !== undefined && !soda)) return found;
    this.#app.report.trouble(seedOf(id) === undefined ? say.trouble.gone : say.trouble.noPrior);
    this.#ids[side] = FIRST[side];
    return this.#shelf.find(FIRST[side]);
  }

  #newSound(id: string, signal: AbortSignal, soda?: Soda): Promise<Sound | undefined> {
    return soda ? this.#shelf.draw(soda, id, signal) : Promise.resolve(undefined);
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
    this.#stop();
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

  #playOne(side: Side, sound: Sound): Promise<void> {
    return this.#perform(this.#wells[side].button, async () => {
      await this.#heard(this.#wells[side].button, sound.samples);
    });
  }

  #playHere(): Promise<void> {
    return this.#perform(this.#play, async (signal) => {
      const sound = await this.#sound(this.#place, signal);
      if (sound) await this.#heard(this.#frame, sound);
    });
  }

  /** Every step of the way in a row; the next is made while one plays. */
  #playAll(): Promise<void> {
    return this.#perform(this.#playWay, async (signal) => {
      let next = this.#sound(0, signal);
      for (const [index, place] of PLACES.entries()) {
        const sound = await next;
        if (!sound) return;
        const after = PLACES[index + 1];
        if (after !== undefined) next = this.#sound(after, signal);
        this.#go(place);
        if (!(await this.#heard(this.#frame, sound))) return;
      }
      this.#commit(true);
    });
  }

  #sound(place: number, signal: AbortSignal): Promise<Float32Array<ArrayBuffer> | undefined> {
    const [way, kind] = [this.#way, this.#kind];
    return this.#with((soda) => way?.sound(kind, place, soda, signal), signal);
  }

  /** Plays, unless this button is what is playing: then that ends. */
  async #perform(
    button: HTMLButtonElement,
    act: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const wasOn = button.hasAttribute('data-on');
    this.#stop();
    if (wasOn) return;
    const run = new AbortController();
    this.#playing = run;
    // While the press is fresh: what is heard may take a while to be made.
    this.#player.wake();
    button.toggleAttribute('data-on', true);
    this.#labelPlay();
    try {
      await act(run.signal);
    } finally {
      button.toggleAttribute('data-on', false);
      if (this.#playing === run) this.#playing = undefined;
      this.#labelPlay();
    }
  }

  /** Plays samples with a line over their picture; whether they came to their end. */
  async #heard(place: HTMLElement, samples: Float32Array<ArrayBuffer>): Promise<boolean> {
    if (this.#playing?.signal.aborted !== false) return false;
    place.toggleAttribute('data-playing', true);
    try {
      return await this.#player.play(samples);
    } catch {
      this.#app.report.trouble(say.trouble.refused);
      return false;
    } finally {
      place.toggleAttribute('data-playing', false);
    }
  }

  #stop(): void {
    this.#playing?.abort();
    this.#playing = undefined;
    this.#player.stop();
  }

  #choose(side: Side): void {
    this.#target = side;
    const seconds = 'mediaDevices' in navigator && 'MediaRecorder' in window;
    chooseSound(say.side[side], this.#shelf, {
      note: (kind: Note) => {
        this.#take(side, noteId(kind));
      },
      file: () => {
        this.#input.click();
      },
      // Only pages that are served safely may ask for a microphone.
      microphone: seconds ? () => void this.#recordFor(side) : undefined,
      fresh: this.#engine.soda?.config.prior
        ? () => {
            this.#take(side, freshId(anySeed()));
          }
        : undefined,
    });
  }

  /** Another sound in a well. */
  #take(side: Side, id: string): void {
    this.#turns[side]++;
    this.#target = side;
    this.#ids[side] = id;
    this.#wells[side].complain('');
    this.#commit();
    void this.#begin();
  }

  async #recordFor(side: Side): Promise<void> {
    const samples = await recordSound();
    if (samples) this.#take(side, (await this.#shelf.add(say.take, samples)).id);
  }

  #dropped(files: readonly File[], side: Side): void {
    const [first, second] = files;
    if (!first) this.#wells[side].complain(say.trouble.noFile);
    else if (!second) void this.#offer(side, first, first.name);
    else {
      void this.#offer('from', first, first.name);
      void this.#offer('to', second, second.name);
    }
  }

  async #offer(side: Side, file: Blob, name: string): Promise<void> {
    const turn = ++this.#turns[side];
    try {
      const { id } = await this.#shelf.add(name, await readSound(file, name));
      if (turn === this.#turns[side]) this.#take(side, id);
    } catch (thrown) {
      if (turn !== this.#turns[side]) return; // Something else was chosen while this was read.
      const why = thrown instanceof Refusal ? thrown.message : say.trouble.made(String(thrown));
      this.#wells[side].complain(why);
    }
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
    const hasOwn = SIDES.some((side) => isMine(this.#ids[side]));
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
    const { from, to } = this.#ids;
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
    const [from, to] = SIDES.map((side) => this.#wells[side].sound?.name ?? say.wait);
    return (this.#kind === 'mix' ? say.mixedPlace : say.place)(
      share,
      from ?? say.wait,
      to ?? say.wait,
    );
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
