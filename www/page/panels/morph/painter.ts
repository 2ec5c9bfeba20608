/** What frames are made of: the pictures themselves, those and a model's painting, or it alone. */
export const PAINTERS = ['original', 'mixed', 'soda'] as const;
export type Painter = (typeof PAINTERS)[number];

/**
 * What the morph shows unless the address says otherwise: the model's painting with
 * `?painter=soda`.
 */
export const DEFAULT_PAINTER: Painter =
  new URLSearchParams(location.search).get('painter') === 'soda' ? 'soda' : 'original';
