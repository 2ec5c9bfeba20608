import type { App } from './panel.js';
import { type State, toHash } from './router.js';
import { say } from './strings/link.js';
import { openDialog } from '../parts/dialog.js';
import { make } from '../parts/dom.js';
import { toCode } from '../parts/latent-code.js';
import type { Pick } from '../parts/pictures.js';

/** Fields of a state that name pictures, one or several. */
const PICTURES = ['from', 'to', 'picture', 'minus', 'plus', 'other'] as const;
const LISTS = ['pictures'] as const;
/** Servers and messengers take addresses of this length. */
const LONGEST = 8000;

/** What a dialog about a link begins with. */
export interface LinkOptions {
  title: string;
  /** HTML for a page of one's own. */
  snippet?: string;
}

/**
 * The address of what is on show, so that another person's page shows it too, and what it can and
 * cannot carry.
 */
export async function openLink(app: App, { title, snippet }: LinkOptions): Promise<void> {
  const { engine } = app;
  const { place } = app.router;
  const own = ownPictures(app, place.state);
  const [link, coded] = own.length === 0 ? [location.href, false] : await codedLink(app, own);
  const ownModel = app.models.about(engine.model.id) !== undefined;
  const field = make('input', { type: 'text', readOnly: true, value: link });
  field.ariaLabel = say.link;
  field.addEventListener('focus', () => {
    field.select();
  });
  const copy = async (text: string, said: string): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      note.textContent = said;
    } catch {
      field.select();
      note.textContent = say.copyByHand;
    }
  };
  const button = (label: string, act: () => void): HTMLButtonElement => {
    const made = make('button', { type: 'button', textContent: label });
    made.addEventListener('click', act);
    return made;
  };
  const note = make('p', { className: 'hint' });
  note.setAttribute('role', 'status');
  const tooLong = link.length > LONGEST || (own.length > 0 && !coded);
  const acts = [button(say.copy, () => void copy(link, say.copied))];
  if ('share' in navigator)
    acts.push(
      button(say.share, () => {
        navigator.share({ url: link, title }).catch(() => undefined);
      }),
    );
  const code = make('textarea', {
    readOnly: true,
    value: snippet ?? '',
    rows: 4,
    spellcheck: false,
  });
  code.ariaLabel = say.snippet;
  openDialog(say.title, 'link', [
    make('p', {
      textContent: tooLong ? say.notCarried : own.length === 0 ? say.byName : say.asCodes,
    }),
    ...(ownModel ? [make('p', { className: 'trouble', textContent: say.ownModel })] : []),
    field,
    make('div', { className: 'acts' }, ...acts),
    note,
    ...(snippet === undefined
      ? []
      : [
          make('h3', { textContent: say.snippet }),
          make('p', { className: 'hint', textContent: say.snippetHint }),
          code,
          make(
            'div',
            { className: 'acts' },
            button(say.copySnippet, () => void copy(snippet, say.snippetCopied)),
          ),
        ]),
  ]);
  field.focus();
}

/** A person's own pictures that a state names. */
function ownPictures({ pictures }: App, state: State): Pick[] {
  const ids = [
    ...PICTURES.map((key) => state[key] ?? ''),
    ...LISTS.flatMap((key) => (state[key] ?? '').split('.')),
  ];
  return [...new Set(ids)].flatMap((id) =>
    id.startsWith('own-') ? (pictures.find(id) ?? []) : [],
  );
}

/**
 * The link with each own picture as its latent; the second is false where the model has not come,
 * so that it could not be made.
 */
async function codedLink(
  { engine, pictures, router }: App,
  own: readonly Pick[],
): Promise<[string, boolean]> {
  const codes = new Map<string, string>();
  await engine.work(new AbortController().signal, async (soda) => {
    for (const pick of own) codes.set(pick.id, toCode(await pictures.encode(soda, pick)));
  });
  if (codes.size < own.length) return [location.href, false];
  const swap = (id: string): string => codes.get(id) ?? id;
  const state: Record<string, string> = { ...router.place.state };
  for (const key of PICTURES) if (state[key] !== undefined) state[key] = swap(state[key]);
  for (const key of LISTS)
    if (state[key] !== undefined) state[key] = state[key].split('.').map(swap).join('.');
  // What the other page gets are codes: only the model can show them. Points are of the pictures
  // themselves.
  const { pins: _, ...carried } = state;
  const painted: State = router.place.panel === 'morph' ? { painted: 'yes' } : {};
  return [
    location.href.replace(/#.*$/, '') +
      toHash({ panel: router.place.panel, state: { ...carried, ...painted } }),
    true,
  ];
}
