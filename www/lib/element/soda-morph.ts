import { type Backend, type Picture, type Progress, type Soda, SodaError } from '../index.js';
import { type Face, buildFace, labelPlay } from './face.js';
import { type Lease, lease } from './pool.js';
import { words } from './words.js';

/** A pass from one end to the other, and how long each end stays. */
const PASS_MS = 1100;
const HOLD_MS = 600;
const FRAMES = 9;
const ATTRIBUTES = ['model', 'from', 'to', 'frames', 'steps', 'seed', 'backend', 'label'] as const;

/** What the element tells; all of them bubble and leave shadow trees. */
export interface SodaMorphEventMap {
  /** The model loads, or a morph is painted. */
  'soda-progress': CustomEvent<Progress>;
  /** The model is there. */
  'soda-ready': CustomEvent<{ backend: Backend; fallback: string | undefined }>;
  /** A frame has been painted. */
  'soda-frame': CustomEvent<{ index: number; frame: ImageData }>;
  /** All frames have been painted. */
  'soda-complete': CustomEvent<{ frames: readonly ImageData[] }>;
  /** The slider has moved, by hand, by `play` or by `value`; 0 is `from`, 1 is `to`. */
  'soda-change': CustomEvent<{ value: number }>;
  'soda-error': CustomEvent<SodaError>;
}

/** On a server the class can be named, not made. */
const Base = (typeof HTMLElement === 'undefined' ? Object : HTMLElement) as typeof HTMLElement;

/**
 * `<soda-morph model="models/emoji64/" from="a.png" to="b.png">`: one picture becomes another, with a slider. The model is
 * loaded when the element comes into sight, once for all elements of a page that name the same one.
 *
 * Attributes and properties: `model`, `from`, `to` (URLs; the properties also take pictures), `frames` (at least 2, default 9), `steps`,
 * `seed`, `backend`, `label` (what the pictures show, for screen readers), `autoplay`, `eager` (load at once), `controls="none"`.
 */
export class SodaMorph extends Base {
  static get observedAttributes(): string[] {
    return [...ATTRIBUTES];
  }

  #face: Face | undefined;
  #lease: Lease | undefined;
  #leased = '';
  #run = new AbortController();
  #seen: IntersectionObserver | undefined;
  #waiting = false;
  readonly #given: { from?: Picture; to?: Picture } = {};
  #frames: (ImageData | undefined)[] = [];
  #value = 0;
  #playing = false;
  #direction: 1 | -1 = 1;
  #last = 0;
  #hold = 0;

  connectedCallback(): void {
    this.#build();
    this.#placeholder();
    if (this.hasAttribute('eager')) this.#begin();
    else {
      this.#seen = new IntersectionObserver((entries) => { if (entries.some(({ isIntersecting }) => isIntersecting)) this.#begin(); }, { rootMargin: '200px' });
      this.#seen.observe(this);
    }
  }

  disconnectedCallback(): void {
    this.#seen?.disconnect();
    this.#seen = undefined;
    this.#run.abort();
    this.pause();
    this.#release();
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (before === after) return;
    if (name === 'from') delete this.#given.from;
    if (name === 'to') delete this.#given.to;
    if (!this.isConnected || !this.#face) return;
    if (name === 'label') this.#describe();
    else {
      this.#placeholder();
      if (!this.#seen) this.#again();
    }
  }

  /** The folder with the model's config.json and model.safetensors. */
  get model(): string { return this.getAttribute('model') ?? ''; }
  set model(url: string) { this.setAttribute('model', url); }

  /** The picture at 0. */
  get from(): Picture { return this.#given.from ?? this.getAttribute('from') ?? ''; }
  set from(picture: Picture) { this.#give('from', picture); }

  /** The picture at 1. */
  get to(): Picture { return this.#given.to ?? this.getAttribute('to') ?? ''; }
  set to(picture: Picture) { this.#give('to', picture); }

  /** Frames that are painted, both ends included. */
  get frames(): number { return this.#number('frames') ?? FRAMES; }
  set frames(count: number) { this.setAttribute('frames', String(count)); }

  /** Where the slider stands, 0 to 1. */
  get value(): number { return this.#value; }
  set value(value: number) {
    this.#value = Math.min(1, Math.max(0, Number.isFinite(value) ? value : 0));
    this.#draw();
    this.#tell('soda-change', { value: this.#value });
  }

  /** Frames painted so far. */
  get painted(): readonly ImageData[] {
    return this.#frames.filter((frame) => frame !== undefined);
  }

  get playing(): boolean { return this.#playing; }

  /** Goes to and fro between the two pictures until `pause`, or until a person takes the slider. */
  play(): void {
    if (this.#playing) return;
    this.#playing = true;
    this.#last = performance.now();
    if (this.#face) labelPlay(this.#face.play, true);
    requestAnimationFrame(this.#tick);
  }

  pause(): void {
    this.#playing = false;
    if (this.#face) labelPlay(this.#face.play, false);
  }

  #build(): void {
    if (this.#face) return;
    const face = buildFace(this.attachShadow({ mode: 'open' }));
    this.#face = face;
    labelPlay(face.play, false);
    face.play.addEventListener('click', () => { if (this.#playing) this.pause(); else this.play(); });
    face.slider.addEventListener('input', () => {
      this.pause();
      this.value = Number(face.slider.value);
    });
    face.slider.addEventListener('keydown', (event) => {
      const frames = Math.max(2, this.#frames.length || this.frames);
      const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
      if (step === undefined) return;
      // One key, one frame: the slider itself knows no steps.
      event.preventDefault();
      this.pause();
      this.value = Math.round(this.#value * (frames - 1) + step) / (frames - 1);
    });
    face.slider.addEventListener('pointerdown', () => { this.pause(); });
    if (this.getAttribute('controls') === 'none') face.play.parentElement?.setAttribute('hidden', '');
    this.#describe();
  }

  #give(side: 'from' | 'to', picture: Picture): void {
    if (typeof picture === 'string') {
      this.setAttribute(side, picture);
      return;
    }
    this.#given[side] = picture;
    this.#placeholder();
    if (this.isConnected && !this.#seen) this.#again();
  }

  /** Until the first frame is painted the first picture stands on the stage. */
  #placeholder(): void {
    const { from } = this;
    if (typeof from === 'string' && from !== '' && this.#face) this.#face.image.src = from;
    else this.#face?.image.removeAttribute('src');
  }

  #begin(): void {
    this.#seen?.disconnect();
    this.#seen = undefined;
    if (this.hasAttribute('autoplay') && !matchMedia('(prefers-reduced-motion: reduce)').matches) this.play();
    this.#again();
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

  async #morph(): Promise<void> {
    this.#run.abort();
    this.#run = new AbortController();
    const { signal } = this.#run;
    try {
      const soda = await this.#engine();
      if (signal.aborted) return;
      const { from, to } = this;
      if (from === '' || to === '') throw new SodaError('input', `<soda-morph> has no ${from === '' ? 'from' : 'to'}; give it the URL of a picture`);
      await this.#paint(soda, from, to, signal);
    } catch (thrown) {
      if (!signal.aborted) this.#fail(SodaError.from(thrown));
    }
  }

  async #paint(soda: Soda, from: Picture, to: Picture, signal: AbortSignal): Promise<void> {
    const onProgress = (progress: Progress): void => { if (!signal.aborted) this.#progress(progress); };
    const [a, b] = await soda.encode([from, to], { signal, onProgress });
    if (!a || !b) throw new SodaError('internal', 'no latents came back');
    const [steps, seed, frames] = [this.#number('steps'), this.#number('seed'), this.frames];
    const options = { frames, signal, onProgress, ...(steps !== undefined && { steps }), ...(seed !== undefined && { seed }) };
    this.#frames = Array.from({ length: frames }, () => undefined);
    let index = 0;
    for await (const frame of soda.interpolate(a, b, options)) {
      if (signal.aborted) return;
      this.#frames[index] = frame;
      this.#tell('soda-frame', { index: index++, frame });
      this.#draw();
    }
    this.#say(words.ready);
    this.#tell('soda-complete', { frames: this.painted });
  }

  async #engine(): Promise<Soda> {
    const { model } = this;
    if (model === '') throw new SodaError('input', '<soda-morph> has no model; give it the URL of a folder with config.json and model.safetensors');
    const url = new URL(model, document.baseURI).href;
    const backend = (this.getAttribute('backend') ?? 'auto') as 'auto' | Backend;
    const key = `${backend} ${url}`;
    if (this.#lease && this.#leased === key) return this.#lease.soda;
    this.#release();
    this.#say(words.loading);
    this.#leased = key;
    const own = (this.#lease = lease(url, backend, (progress) => { this.#progress(progress); }));
    const soda = await own.soda;
    if (own === this.#lease) this.#tell('soda-ready', { backend: soda.backend, fallback: soda.fallback });
    return soda;
  }

  #release(broken = false): void {
    this.#lease?.release(broken);
    this.#lease = undefined;
    this.#leased = '';
  }

  #fail(error: SodaError): void {
    // The engine is beyond use where its device or its worker is; the next attempt loads another.
    if (['device-lost', 'disposed', 'internal', 'out-of-memory'].includes(error.code)) this.#release(true);
    this.#say(words.failed(error.message), true);
    this.#tell('soda-error', error);
  }

  #progress(progress: Progress): void {
    const { meter } = this.#face ?? {};
    if (meter) {
      meter.hidden = false;
      meter.style.setProperty('--share', String(progress.total > 0 ? progress.done / progress.total : 0));
    }
    this.#tell('soda-progress', progress);
  }

  #say(line: string, trouble = false): void {
    if (!this.#face) return;
    this.#face.meter.hidden = true;
    this.#face.status.textContent = line;
    this.#face.status.classList.toggle('trouble', trouble);
  }

  readonly #tick = (now: number): void => {
    if (!this.#playing || !this.isConnected) return;
    const passed = Math.min(now - this.#last, 100);
    this.#last = now;
    if (now >= this.#hold && this.painted.length > 1) {
      const next = this.#value + (this.#direction * passed) / PASS_MS;
      if (next >= 1 || next <= 0) {
        this.#direction = next >= 1 ? -1 : 1;
        this.#hold = now + HOLD_MS;
      }
      this.value = next;
    }
    requestAnimationFrame(this.#tick);
  };

  /** Shows the frame nearest to the slider, of those that are painted. */
  #draw(): void {
    const face = this.#face;
    if (!face) return;
    if (face.slider.value !== String(this.#value)) face.slider.value = String(this.#value);
    face.slider.setAttribute('aria-valuetext', words.position(Math.round(100 * this.#value)));
    const at = Math.round(this.#value * (this.#frames.length - 1));
    const frame = this.#frames.slice(0, at + 1).reverse().find((each) => each !== undefined) ?? this.#frames.find((each) => each !== undefined);
    if (!frame) return;
    Object.assign(face.canvas, { width: frame.width, height: frame.height });
    face.canvas.dataset['painted'] = '';
    face.canvas.getContext('2d')?.putImageData(frame, 0, 0);
  }

  #describe(): void {
    if (this.#face) this.#face.canvas.ariaLabel = this.getAttribute('label') ?? words.stage;
  }

  #number(name: string): number | undefined {
    const text = this.getAttribute(name);
    return text === null ? undefined : Number(text);
  }

  #tell<K extends keyof SodaMorphEventMap>(type: K, detail: SodaMorphEventMap[K]['detail']): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}
