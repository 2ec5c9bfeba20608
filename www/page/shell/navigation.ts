import { byId, icon, make } from '../parts/dom.js';
import type { Pictures } from '../parts/pictures.js';
import { say } from '../parts/strings/common.js';
import { type Router, toHash } from './router.js';
import { typesText } from './typing.js';

/** The links to the panels, each with what was on show there. */
export function navigation(names: readonly string[], router: Router): void {
  const nav = byId('nav', HTMLElement);
  const links = new Map(
    names.map((name) => [
      name,
      make('a', { href: `#${name}`, textContent: say.panelNames[name] ?? name }),
    ]),
  );
  nav.append(...links.values());
  for (const [name, link] of links) {
    link.addEventListener('click', (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      if (router.place.panel !== name) router.open(name);
    });
  }
  const mark = (): void => {
    for (const [name, link] of links) {
      if (name === router.place.panel) link.ariaCurrent = 'page';
      else link.ariaCurrent = null;
      link.href = toHash({ panel: name, state: router.left(name) });
    }
  };
  router.onChange(mark);
  mark();
}

/** Undo and redo: two buttons, and the keys that everybody knows. */
export function history(router: Router): void {
  const [undo, redo] = [byId('undo', HTMLButtonElement), byId('redo', HTMLButtonElement)];
  undo.append(icon('undo'));
  redo.append(icon('redo'));
  undo.addEventListener('click', () => {
    router.undo();
  });
  redo.addEventListener('click', () => {
    router.redo();
  });
  addEventListener('keydown', (event) => {
    const key = event.key.toLowerCase();
    if (!(event.ctrlKey || event.metaKey) || !['z', 'y'].includes(key) || typesText(event.target))
      return;
    event.preventDefault();
    if (key === 'y' || event.shiftKey) router.redo();
    else router.undo();
  });
  const enable = (): void => {
    undo.disabled = !router.canUndo;
    redo.disabled = !router.canRedo;
  };
  router.onChange(enable);
  enable();
}

/** The title tells the steps of the browser's history apart. */
export function titles(router: Router, pictures: Pictures): void {
  const tell = (): void => {
    const { panel, state } = router.place;
    const [from, to, picture] = ['from', 'to', 'picture'].map(
      (key) => pictures.find(state[key])?.name,
    );
    const what = from !== undefined && to !== undefined ? say.becomes(from, to) : (picture ?? '');
    document.title = say.title(say.panelNames[panel] ?? panel, what);
  };
  router.onChange(tell);
  // Without a state the title of index.html says what the page is.
  if (location.hash !== '') tell();
}

/** Past the bar, for who goes by keys. */
export function skipLink(): void {
  byId('skip', HTMLAnchorElement).addEventListener('click', (event) => {
    event.preventDefault(); // The address is the state's.
    byId('panels', HTMLElement).focus();
  });
}
