import { makeMorph } from './morph/panel.js';
import type { MakePanel } from '../shell/panel.js';

export { fetchOpening } from './morph/opening.js';

/**
 * The panels in the order of their links. All but the first, which the page opens with, are fetched
 * when they are first opened.
 */
export const PANELS = {
  morph: () => Promise.resolve(makeMorph),
  sample: () => import('./sample/panel.js').then(({ makeSample }) => makeSample),
  edit: () => import('./edit/panel.js').then(({ makeEdit }) => makeEdit),
  teach: () => import('./teach/panel.js').then(({ makeTeach }) => makeTeach),
  recognise: () => import('./recognise/panel.js').then(({ makeRecognise }) => makeRecognise),
  map: () => import('./map/panel.js').then(({ makeMap }) => makeMap),
  sounds: () => import('./sounds/panel.js').then(({ makeSounds }) => makeSounds),
} satisfies Record<string, () => Promise<MakePanel>>;

export type PanelName = keyof typeof PANELS;

/** Panels with a model of their own: that of pictures is not loaded for them. */
export const WITH_OWN_MODEL: ReadonlySet<string> = new Set<PanelName>(['sounds']);
