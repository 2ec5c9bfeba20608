import { words } from './words.js';

/** What is inside the element: a stage, and under it a button and a slider. */
export interface Face {
  readonly stage: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly image: HTMLImageElement;
  readonly play: HTMLButtonElement;
  readonly slider: HTMLInputElement;
  readonly meter: HTMLElement;
  readonly status: HTMLElement;
  readonly retry: HTMLButtonElement;
}

const STYLE = `
  :host {
    --accent: var(--soda-accent, light-dark(#0a7845, #5adf99));
    --ink: var(--soda-ink, light-dark(#131a15, #e8efe9));
    --line: var(--soda-line, light-dark(#d8dfd9, #2b352e));
    --paper: var(--soda-paper, #fff);
    --radius: var(--soda-radius, 1rem);
    display: inline-grid; gap: 0.5rem; width: 16rem; max-width: 100%; color: var(--ink);
    font: inherit;
  }
  @supports not (color: light-dark(#000, #fff)) {
    :host {
      --accent: var(--soda-accent, #0a7845); --ink: var(--soda-ink, inherit);
      --line: var(--soda-line, #8a958c);
    }
  }
  :host([hidden]) { display: none; }
  .stage {
    position: relative; aspect-ratio: 1; background: var(--paper); border-radius: var(--radius);
    overflow: hidden;
  }
  .stage > * { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: cover; }
  .stage canvas:not([data-painted]) { visibility: hidden; }
  .stage canvas[data-painted] + img, img:not([src]) { display: none; }
  .meter {
    inset: auto 0 0; height: 3px; background: var(--accent); transform-origin: 0 0;
    transform: scaleX(var(--share, 0));
  }
  .meter[hidden] { display: none; }
  .controls:not([hidden]) { display: flex; align-items: center; gap: 0.5rem; }
  button {
    display: grid; place-items: center; flex: none; width: 2.75rem; height: 2.75rem;
    padding: 0; border: 1px solid var(--line);
    border-radius: 50%; background: none; color: inherit; cursor: pointer;
  }
  button svg { width: 1.25rem; height: 1.25rem; fill: currentcolor; }
  button:hover { border-color: var(--accent); }
  input {
    flex: 1; min-width: 0; height: 2.75rem; margin: 0; accent-color: var(--accent);
    cursor: ew-resize; touch-action: pan-y;
  }
  :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
  .status { margin: 0; font-size: 0.8125em; overflow-wrap: anywhere; }
  .retry {
    width: auto; height: auto; padding: 0.4em 0.9em; border-radius: 2em; justify-self: start;
    font: inherit;
  }
  .retry[hidden] { display: none; }
  .status:not(.trouble) {
    position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
    white-space: nowrap;
  }
`;

const PATHS = { play: 'M8 5.5v13l10.5-6.5z', pause: 'M7 5.5h3.5v13H7zM13.5 5.5H17v13h-3.5z' };

/** One sheet for all elements of a document; that of another document cannot be worn. */
const sheets = new WeakMap<Document, CSSStyleSheet>();

/**
 * Gives it its style: a sheet, not a style element, so that a strict content security policy has
 * nothing against it.
 */
export function dress(root: ShadowRoot): void {
  const { ownerDocument } = root;
  let sheet = sheets.get(ownerDocument);
  if (!sheet) {
    const { CSSStyleSheet: Sheet } = ownerDocument.defaultView ?? globalThis;
    sheet = new Sheet();
    sheet.replaceSync(STYLE);
    sheets.set(ownerDocument, sheet);
  }
  root.adoptedStyleSheets = [sheet];
}

/** Builds it. */
export function buildFace(root: ShadowRoot): Face {
  dress(root);
  const make = <K extends keyof HTMLElementTagNameMap>(
    tag: K,
    part: string,
    properties: Partial<HTMLElementTagNameMap[K]> = {},
  ): HTMLElementTagNameMap[K] => {
    const element = Object.assign(document.createElement(tag), properties);
    element.setAttribute('part', part);
    return element;
  };
  const canvas = make('canvas', 'picture', { width: 1, height: 1 });
  canvas.setAttribute('aria-hidden', 'true');
  // Asked for with CORS, as the model asks for it: an answer without would be kept, and fail there.
  const image = make('img', 'picture', { alt: '', crossOrigin: 'anonymous' });
  const meter = make('div', 'meter', { className: 'meter', hidden: true });
  const stage = make('div', 'stage', { className: 'stage' });
  // The stage has the label, so that it is read before anything is painted, too.
  stage.setAttribute('role', 'img');
  stage.append(canvas, image, meter);
  const play = make('button', 'play', { type: 'button' });
  const slider = make('input', 'slider', {
    type: 'range',
    min: '0',
    max: '1',
    step: 'any',
    value: '0',
  });
  slider.ariaLabel = words.slider;
  const controls = make('div', 'controls', { className: 'controls' });
  controls.append(play, slider);
  const status = make('p', 'status', { className: 'status' });
  status.setAttribute('role', 'status');
  const retry = make('button', 'retry', {
    type: 'button',
    className: 'retry',
    hidden: true,
    textContent: words.retry,
  });
  root.append(stage, controls, status, retry);
  return { stage, canvas, image, play, slider, meter, status, retry };
}

/** Shows whether the button plays or pauses. */
export function labelPlay(button: HTMLButtonElement, playing: boolean): void {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', PATHS[playing ? 'pause' : 'play']);
  svg.append(path);
  button.replaceChildren(svg);
  button.ariaLabel = playing ? words.pause : words.play;
}
