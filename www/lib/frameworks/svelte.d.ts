// Template types of <soda-morph> for Svelte 4 and 5: `import 'soda-morph/svelte'` also defines the
// element.
import type { HTMLAttributes } from 'svelte/elements';
import type { SodaMorph, SodaMorphEventMap } from '../element.js';
import type { SodaMorphAttributes } from './attributes.js';
import '../element.js';

/** Svelte 5 by `on` and the name, Svelte 4 by `on:` and the name. */
type Listeners = {
  [K in keyof SodaMorphEventMap as `on${K}`]?: (event: SodaMorphEventMap[K]) => void;
} & { [K in keyof SodaMorphEventMap as `on:${K}`]?: (event: SodaMorphEventMap[K]) => void };

declare module 'svelte/elements' {
  interface SvelteHTMLElements {
    'soda-morph': Omit<HTMLAttributes<SodaMorph>, keyof SodaMorphAttributes> &
      SodaMorphAttributes &
      Listeners;
  }
}
