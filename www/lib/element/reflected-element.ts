import type { Backend } from '../index.js';
import { numberIn, reflectText } from './attributes.js';

/** Frames of a morph where the element does not say. */
const FRAMES = 9;

/** On a server the class can be named, not made. */
const Base = (typeof HTMLElement === 'undefined' ? Object : HTMLElement) as typeof HTMLElement;

/** The properties of `<soda-morph>` that do no more than reflect an attribute. */
export class ReflectedElement extends Base {
  /** The name of a published model, or the folder with its config.json and model.safetensors. */
  get model(): string {
    return this.getAttribute('model') ?? '';
  }
  set model(model: string | null | undefined) {
    reflectText(this, 'model', model);
  }

  /**
   * 'original' shows the pictures themselves, 'soda' what the model paints. Default: 'soda' where a
   * model is named.
   */
  get painter(): 'original' | 'soda' {
    const painter = this.getAttribute('painter');
    return painter === 'original' || painter === 'soda'
      ? painter
      : this.model === ''
        ? 'original'
        : 'soda';
  }
  set painter(painter: 'original' | 'soda' | null | undefined) {
    reflectText(this, 'painter', painter);
  }

  /** Frames that are painted, both ends included. */
  get frames(): number {
    return numberIn(this, 'frames') ?? FRAMES;
  }
  set frames(count: number | null | undefined) {
    reflectText(this, 'frames', count);
  }

  /** Side of painted frames in pixels; undefined for the largest that the model paints at. */
  get size(): number | undefined {
    return numberIn(this, 'size');
  }
  set size(size: number | null | undefined) {
    reflectText(this, 'size', size);
  }

  /** Denoising steps of a frame; undefined for the model's own number. */
  get steps(): number | undefined {
    return numberIn(this, 'steps');
  }
  set steps(steps: number | null | undefined) {
    reflectText(this, 'steps', steps);
  }

  /** Seeds the noise that frames begin from. */
  get seed(): number | undefined {
    return numberIn(this, 'seed');
  }
  set seed(seed: number | null | undefined) {
    reflectText(this, 'seed', seed);
  }

  /** The view to paint, one of the model's `config.views`; '' for none. */
  get view(): string {
    return this.getAttribute('view') ?? '';
  }
  set view(view: string | null | undefined) {
    reflectText(this, 'view', view);
  }

  /** 'auto', 'webgpu' or 'cpu'. */
  get backend(): 'auto' | Backend {
    return (this.getAttribute('backend') ?? 'auto') as 'auto' | Backend;
  }
  set backend(backend: 'auto' | Backend | null | undefined) {
    reflectText(this, 'backend', backend);
  }

  /** The folder of the engines; '' for where the bundler or `configure` has it. */
  get wasmUrl(): string {
    return this.getAttribute('wasm-url') ?? '';
  }
  set wasmUrl(url: string | null | undefined) {
    reflectText(this, 'wasm-url', url);
  }

  /** The worker script; '' for where the bundler or `configure` has it. */
  get workerUrl(): string {
    return this.getAttribute('worker-url') ?? '';
  }
  set workerUrl(url: string | null | undefined) {
    reflectText(this, 'worker-url', url);
  }

  /** What the pictures show, for screen readers. */
  get label(): string {
    return this.getAttribute('label') ?? '';
  }
  set label(label: string | null | undefined) {
    reflectText(this, 'label', label);
  }

  /** Plays by itself once it is painted, but not for who asks for less motion. */
  get autoplay(): boolean {
    return this.hasAttribute('autoplay');
  }
  set autoplay(autoplay: boolean) {
    this.toggleAttribute('autoplay', autoplay);
  }

  /** Loads at once, in sight or not. */
  get eager(): boolean {
    return this.hasAttribute('eager');
  }
  set eager(eager: boolean) {
    this.toggleAttribute('eager', eager);
  }

  /** 'none' hides button and slider. */
  get controls(): string {
    return this.getAttribute('controls') ?? '';
  }
  set controls(controls: string | null | undefined) {
    reflectText(this, 'controls', controls);
  }
}
