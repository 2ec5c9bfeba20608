/** The element with this id, of this class. The page cannot work without the ones it asks for. */
export function byId<T extends Element>(id: string, kind: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`index.html has no ${kind.name} #${id}`);
  return element;
}

/** Makes an element. Properties are set as such; children are appended. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

const PATHS = {
  play: 'M8 5.5v13l10.5-6.5z',
  pause: 'M7 5.5h3.5v13H7zM13.5 5.5H17v13h-3.5z',
  swap: 'M7 3 2 8l5 5V9.2h13V6.8H7zM17 11v3.8H4v2.4h13V21l5-5z',
  close:
    'M6.4 5 5 6.4l5.6 5.6L5 17.6 6.4 19l5.6-5.6 5.6 5.6 1.4-1.4-5.6-5.6L19 6.4 17.6 5 12 10.6z',
  undo: 'M8.5 4 3 9.5 8.5 15v-4H14a4 4 0 0 1 0 8H8v2.4h6a6.4 6.4 0 0 0 0-12.8H8.5z',
  redo: 'M15.5 4 21 9.5 15.5 15v-4H10a4 4 0 0 0 0 8h6v2.4h-6a6.4 6.4 0 0 1 0-12.8h5.5z',
  theme: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm0 2.2v13.6a6.8 6.8 0 0 1 0-13.6z',
  plus: 'M10.8 5h2.4v5.8H19v2.4h-5.8V19h-2.4v-5.8H5v-2.4h5.8z',
  minus: 'M5 10.8h14v2.4H5z',
  whole:
    'M4 4h6v2.3H6.3V10H4zM14 4h6v6h-2.3V6.3H14zM4 14h2.3v3.7H10V20H4zM17.7 14H20v6h-6v-2.3h3.7z',
  yours:
    'M4 6.5A2.5 2.5 0 0 1 6.5 4h4l2 2.2h5A2.5 2.5 0 0 1 20 8.7v8.8a2.5 2.5 0 0 1-2.5 ' +
    '2.5h-11A2.5 2.5 0 0 1 4 17.5zM6.3 8.4v9.3h11.4V8.4z',
  line:
    'M5.5 21a3.5 3.5 0 1 1 2.9-5.5l1.9-1.9 1.6 1.6-2 2A3.5 3.5 0 0 1 5.5 21zM18.5 3a3.5 3.5 0 1 ' +
    '1-2.9 5.5l-1.9 1.9-1.6-1.6 2-2A3.5 3.5 0 0 1 18.5 3z',
} as const;

/** One of the page's few icons; decoration, so screen readers pass over it. */
export function icon(name: keyof typeof PATHS): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}
