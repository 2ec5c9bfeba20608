import { type Morph, type Picture, type Progress, type Soda, SodaError } from '../index.js';
import { ATTRIBUTES, upgradeProperties } from './attributes.js';
import { Ends, type Side } from './ends.js';
import type { SodaMorphEventMap } from './events.js';
import { type Face, buildFace, dress, labelPlay } from './face.js';
import { checkFrames, originals, paintedFrames } from './frames.js';
import { Placeholder } from './placeholder.js';
import { Player } from './player.js';
import { type Lease, lease } from './pool.js';
import { ReflectedElement } from './reflected-element.js';
import {
  nearestFrame,
  showFrame,
  showLine,
  showOriginals,
  showPlace,
  showProgress,
} from './showing.js';
import { words } from './words.js';

/** The engine is beyond use after these; another is loaded. */
const BROKEN: readonly string[] = ['device-lost', 'disposed', 'internal', 'out-of-memory'];
/**
 * After a network error the element tries by itself this long after, and then three times as long
 * after.
 */
const RETRY_MS = [2000, 6000] as const;

/**
 * `<soda-morph from="a.png" to="b.png">`: one picture becomes another, with a slider. The two
 * originals are brought together and shown themselves; with `model="emoji64"` that model paints the
 * way instead. It is loaded when the element comes into sight, once for all elements of a page that
 * name the same one, and let go when its frames are painted.
 *
 * Attributes, each with a property that reflects it: `model` (a name or a folder), `painter`
 * ('original' or 'soda'), `from`, `to` (URLs; the properties also take pictures), `frames` (at
 * least 2, default 9), `steps`, `seed`, `view`, `size` (of painted frames, in pixels; the largest
 * that the model paints at unless it is given), `backend`, `wasm-url`, `worker-url`, `label` (what
 * the pictures show, for screen readers), `autoplay`, `eager` (load at once), `controls="none"`.
 */
// What HTMLElement has, with exact types.
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging
export class SodaMorph extends ReflectedElement {
  static get observedAttributes(): string[] {
    return [...ATTRIBUTES];
  }

  #face: Face | undefined;
  #lease: Lease | undefined;
  #run = new AbortController();
  #seen: IntersectionObserver | undefined;
  /** It has been in sight, or is eager: from now on changes are painted. */
  #begun = false;
  #waiting = false;
  readonly #ends = new Ends(this);
  #frames: (ImageData | undefined)[] = [];
  /** The two originals brought together, where no model paints. */
  #originals: Morph | undefined;
  /** What the frames were painted from; the same again needs no painting. */
  #painted: string | undefined;
  #shown: ImageData | undefined;
  readonly #placeholder = new Placeholder();
  #failures = 0;
  #losses = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  readonly #player = new Player(
    () => {
      if (this.#draw()) this.#tellChange();
    },
    (playing) => {
      if (this.#face) labelPlay(this.#face.play, playing);
    },
  );

  connectedCallback(): void {
    upgradeProperties(this);
    this.#build();
    this.#showPlaceholder();
    this.#seen = new IntersectionObserver(
      (entries) => {
        this.#sight(entries.at(-1)?.isIntersecting === true);
      },
      { rootMargin: '200px' },
    );
    this.#seen.observe(this);
    globalThis.addEventListener('online', this.#online);
    if (this.eager || this.#begun) this.#begin();
  }

  disconnectedCallback(): void {
    this.#seen?.disconnect();
    this.#player.visible = false;
    globalThis.removeEventListener('online', this.#online);
    clearTimeout(this.#retry);
    // An element that is moved is back at once, and goes on.
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.#run.abort();
      this.#waiting = false;
      this.#release();
      if (this.#originals) this.#painted = undefined; // Solved again when it comes back.
      this.#letGo();
    });
  }

  /** Style sheets belong to a document. */
  adoptedCallback(): void {
    if (this.shadowRoot) dress(this.shadowRoot);
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (before === after) return;
    if (name === 'from' || name === 'to') this.#ends.forget(name);
    if (!this.#face) return;
    switch (name) {
      case 'label':
        this.#describe();
        break;
      case 'controls':
        this.#showControls();
        break;
      case 'autoplay':
        if (after !== null && this.#begun) this.#autoplay();
        break;
      case 'eager':
        if (after !== null && this.isConnected) this.#begin();
        break;
      default:
        if (name === 'from') this.#showPlaceholder();
        if (this.isConnected && this.#begun) this.#again();
    }
  }

  /** The picture at 0. */
  get from(): Picture {
    return this.#ends.get('from');
  }
  set from(picture: Picture | null | undefined) {
    this.#give('from', picture);
  }

  /** The picture at 1. */
  get to(): Picture {
    return this.#ends.get('to');
  }
  set to(picture: Picture | null | undefined) {
    this.#give('to', picture);
  }

  /** Where the slider stands, 0 to 1. Setting it tells nobody. */
  get value(): number {
    return this.#player.value;
  }
  set value(value: number) {
    this.#player.value = value;
    this.#draw();
  }

  /** Frames painted so far. */
  get painted(): readonly ImageData[] {
    return this.#frames.filter((frame) => frame !== undefined);
  }

  get playing(): boolean {
    return this.#player.playing;
  }

  /** Goes to and fro between the two pictures until `pause`, or until a person takes the slider. */
  play(): void {
    this.#player.playing = true;
  }

  pause(): void {
    this.#player.playing = false;
  }

  /** Loads and paints anew, as the button does that is shown after an error. */
  reload(): void {
    this.#painted = undefined;
    this.#failures = 0;
    this.#losses = 0;
    if (this.isConnected) this.#begin();
  }

  #build(): void {
    if (this.#face) return;
    const face = buildFace(this.attachShadow({ mode: 'open' }));
    this.#face = face;
    labelPlay(face.play, this.playing);
    face.play.addEventListener('click', () => {
      this.#player.playing = !this.playing;
    });
    face.retry.addEventListener('click', () => {
      this.reload();
    });
    face.slider.addEventListener('input', () => {
      this.#moveByHand(Number(face.slider.value));
    });
    face.slider.addEventListener('keydown', (event) => {
      const frames = Math.max(2, this.#frames.length || this.frames);
      // A slider runs the way the text runs.
      const onward = this.matches(':dir(rtl)') ? -1 : 1;
      const step = { ArrowRight: onward, ArrowUp: 1, ArrowLeft: -onward, ArrowDown: -1 }[event.key];
      if (step === undefined) return;
      // One key, one frame: the slider itself knows no steps.
      event.preventDefault();
      this.#moveByHand(Math.round(this.value * (frames - 1) + step) / (frames - 1));
    });
    face.slider.addEventListener('pointerdown', () => {
      this.pause();
    });
    this.#showControls();
    this.#describe();
  }

  #moveByHand(value: number): void {
    this.pause();
    const before = this.value;
    this.value = value;
    if (this.value !== before) this.#tellChange();
  }

  #give(side: Side, picture: Picture | null | undefined): void {
    this.#ends.give(side, picture);
    if (side === 'from') this.#showPlaceholder();
    if (this.isConnected && this.#begun) this.#again();
  }

  #showPlaceholder(): void {
    if (this.#face) this.#placeholder.show(this.#face.image, this.from);
  }

  #sight(visible: boolean): void {
    this.#player.visible = visible;
    if (visible && !this.#begun) this.#begin();
  }

  #begin(): void {
    if (!this.#begun) {
      this.#begun = true;
      if (this.autoplay) this.#autoplay();
    }
    this.#again();
  }

  #autoplay(): void {
    if (!matchMedia('(prefers-reduced-motion: reduce)').matches) this.play();
  }

  /** Several attributes set in a row begin one morph. */
  #again(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    queueMicrotask(() => {
      this.#waiting = false;
      if (this.isConnected) void this.#morph();
    });
  }

  /** All that the frames depend on. */
  get #wish(): string {
    const { model, painter, frames, steps, seed, view, size, backend, wasmUrl, workerUrl } = this;
    return JSON.stringify([
      model,
      painter,
      frames,
      steps,
      seed,
      view,
      size,
      backend,
      wasmUrl,
      workerUrl,
      ...this.#ends.key,
    ]);
  }

  async #morph(): Promise<void> {
    const wish = this.#wish;
    if (wish === this.#painted) return;
    clearTimeout(this.#retry);
    this.#painted = wish;
    this.#run.abort();
    this.#run = new AbortController();
    const { signal } = this.#run;
    // Broken off, it is to be painted when it is asked for again.
    signal.addEventListener('abort', () => {
      if (this.#painted === wish) this.#painted = undefined;
    });
    try {
      if (this.painter === 'original') {
        if (!(await this.#bringTogether(signal))) return;
      } else {
        const soda = await this.#engine();
        if (signal.aborted || !(await this.#paint(soda, signal))) return;
      }
      this.#run = new AbortController();
      this.#failures = 0;
      this.#losses = 0;
      this.#release();
      this.#say(words.ready);
      this.#tell('soda-complete', { frames: this.painted });
    } catch (thrown) {
      if (!signal.aborted) this.#fail(SodaError.from(thrown));
    }
  }

  /**
   * The originals' way; the same as #paint, but that the slider shows any place between two frames.
   */
  async #bringTogether(signal: AbortSignal): Promise<boolean> {
    const { frames } = this;
    this.#say(words.loading);
    checkFrames(frames);
    const onProgress = (progress: Progress): void => {
      if (!signal.aborted) this.#progress(progress);
    };
    const calls = { signal, onProgress };
    for await (const each of originals(this.#ends.both, !this.#originals, calls)) this.#show(each);
    const shown = this.#originals;
    if (!shown) return false;
    this.#tell('soda-ready', { backend: undefined, fallback: undefined });
    this.#frames = Array.from({ length: frames }, () => undefined);
    for (let index = 0; index < frames; index++) {
      const frame = await shown.frame(index / (frames - 1));
      if (signal.aborted) return false;
      this.#frames[index] = frame;
      this.#tell('soda-frame', { index, frame });
    }
    return true;
  }

  #show(originals: Morph): void {
    this.#letGo();
    this.#originals = originals;
    this.#player.ready = true;
    this.#draw();
  }

  #letGo(): void {
    this.#originals?.dispose();
    this.#originals = undefined;
  }

  /** True once all frames are painted, false where that was broken off. */
  async #paint(soda: Soda, signal: AbortSignal): Promise<boolean> {
    const { frames } = this;
    const onProgress = (progress: Progress): void => {
      if (!signal.aborted) this.#progress(progress);
    };
    const painting = paintedFrames(soda, this.#ends.both, this, { signal, onProgress });
    let index = 0;
    for await (const frame of painting) {
      if (signal.aborted) return false;
      if (index === 0) {
        this.#letGo();
        this.#frames = Array.from({ length: frames }, () => undefined);
      }
      this.#frames[index] = frame;
      this.#player.ready = index > 0;
      this.#tell('soda-frame', { index: index++, frame });
      this.#draw();
    }
    return !signal.aborted;
  }

  async #engine(): Promise<Soda> {
    const { model, wasmUrl, workerUrl } = this;
    if (model === '')
      throw new SodaError(
        'input',
        "<soda-morph> has no model to paint with; give it a name such as 'emoji64', or a " +
          "model's folder",
      );
    checkFrames(this.frames);
    this.#release();
    this.#say(words.loading);
    const backend = this.#losses > 1 ? 'cpu' : this.backend;
    const places = { wasmUrl: wasmUrl || undefined, workerUrl: workerUrl || undefined };
    const own = (this.#lease = lease({ model, backend, ...places }, (progress) => {
      this.#progress(progress);
    }));
    const soda = await own.soda;
    if (own === this.#lease)
      this.#tell('soda-ready', { backend: soda.backend, fallback: soda.fallback });
    return soda;
  }

  #release(broken = false): void {
    this.#lease?.release(broken);
    this.#lease = undefined;
  }

  /**
   * Tells of it, and tries again where that may help: a lost device twice, then on the CPU; a
   * network after a while, and when it is back.
   */
  #fail(error: SodaError): void {
    this.#painted = undefined;
    this.#release(BROKEN.includes(error.code));
    if (error.code === 'device-lost' && this.#losses++ < 2) {
      this.#again();
      return;
    }
    this.#say(
      words.failed(error.message),
      error.code !== 'input' && error.code !== 'unsupported' ? 'again' : 'trouble',
    );
    this.#tell('soda-error', error);
    const wait = error.code === 'network' ? RETRY_MS[this.#failures++] : undefined;
    if (wait !== undefined)
      this.#retry = setTimeout(() => {
        if (this.isConnected) this.#again();
      }, wait);
  }

  readonly #online = (): void => {
    if (this.#begun && this.#painted === undefined) this.#again();
  };

  #progress(progress: Progress): void {
    if (this.#face) showProgress(this.#face, progress);
    this.#tell('soda-progress', progress);
  }

  #say(line: string, trouble?: 'trouble' | 'again'): void {
    if (this.#face) showLine(this.#face, line, trouble);
  }

  /** Shows what the slider stands at. True where it is something else than before. */
  #draw(): boolean {
    const face = this.#face;
    if (!face) return false;
    const { value } = this;
    showPlace(face, value);
    if (this.#originals) {
      showOriginals(face, this.#originals, value);
      return true;
    }
    const frame = nearestFrame(this.#frames, value);
    if (!frame || frame === this.#shown) return false;
    this.#shown = frame;
    showFrame(face, frame);
    return true;
  }

  #showControls(): void {
    this.#face?.play.parentElement?.toggleAttribute('hidden', this.controls === 'none');
  }

  #describe(): void {
    if (this.#face) this.#face.stage.ariaLabel = this.label || words.stage;
  }

  #tellChange(): void {
    this.#tell('soda-change', { value: this.value });
  }

  #tell<K extends keyof SodaMorphEventMap>(type: K, detail: SodaMorphEventMap[K]['detail']): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}

/** Listeners know what they are told. */
// What HTMLElement has, with exact types.
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging
export interface SodaMorph {
  addEventListener<K extends keyof SodaMorphEventMap>(
    type: K,
    listener: (this: SodaMorph, event: SodaMorphEventMap[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener<K extends keyof HTMLElementEventMap>(
    type: K,
    listener: (this: SodaMorph, event: HTMLElementEventMap[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<K extends keyof SodaMorphEventMap>(
    type: K,
    listener: (this: SodaMorph, event: SodaMorphEventMap[K]) => void,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener<K extends keyof HTMLElementEventMap>(
    type: K,
    listener: (this: SodaMorph, event: HTMLElementEventMap[K]) => void,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | EventListenerOptions,
  ): void;
}
