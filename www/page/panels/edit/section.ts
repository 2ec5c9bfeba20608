import type { DecodeOptions, Latent, ModelConfig } from 'soda-morph';
import { make } from '../../parts/dom.js';
import type { Slider } from '../../parts/slider.js';
import type { Edits, Patch } from './edits.js';

/** Changes some edits; `resting` once the hand lets go, which is a step that can be undone. */
export type Change = (patch: Patch, resting: boolean) => void;

/** A small picture that shows what something would do. */
export interface Thumb {
  /** What it depends on: painted anew when that changes. */
  key: string;
  canvas: HTMLCanvasElement;
  latent: () => Latent;
  options: DecodeOptions;
  painted?: (picture: ImageData) => void;
}

/** What small pictures are painted from. */
export interface Scene {
  config: ModelConfig;
  /** The picture as it was encoded, and what tells it from others. */
  base: Latent;
  baseKey: string;
  edits: Edits;
  /** The latent with these edits instead. */
  composed: (patch: Patch) => Latent;
  /** The sampler's settings with them. */
  options: (patch: Patch) => DecodeOptions;
}

/** One kind of edit. */
export interface Section {
  readonly root: HTMLDetailsElement;
  /** Shows these edits. */
  take: (edits: Edits, config: ModelConfig | undefined) => void;
  /** Small pictures that are wanted now; asked for only where the section is open. */
  thumbs?: (scene: Scene) => Thumb[];
}

/** A part of the panel that opens and closes. */
export function foldable(
  title: string,
  hint: string,
  ...children: (Node | string)[]
): HTMLDetailsElement {
  return make(
    'details',
    { className: 'section' },
    make('summary', { textContent: title }),
    make('p', { className: 'hint', textContent: hint }),
    ...children,
  );
}

/** A slider between small pictures of its ends. */
export function betweenEnds(slider: Slider): {
  root: HTMLElement;
  ends: [HTMLCanvasElement, HTMLCanvasElement];
} {
  const end = (): HTMLCanvasElement => {
    const canvas = make('canvas', { className: 'end', width: 1, height: 1 });
    canvas.ariaHidden = 'true';
    return canvas;
  };
  const ends: [HTMLCanvasElement, HTMLCanvasElement] = [end(), end()];
  return { root: make('div', { className: 'direction' }, ends[0], slider.root, ends[1]), ends };
}
