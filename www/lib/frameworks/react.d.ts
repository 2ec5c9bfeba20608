// JSX types of <soda-morph> for React 18 and 19: `import 'soda-morph/react'` also defines the
// element.
import type { DetailedHTMLProps, HTMLAttributes } from 'react';
import type { SodaMorph, SodaMorphEventMap } from '../element.js';
import type { SodaMorphAttributes } from './attributes.js';
import '../element.js';

/**
 * React 19 listens to events of custom elements by `on` and their name; React 18 needs a ref and
 * addEventListener.
 */
type Listeners = {
  [K in keyof SodaMorphEventMap as `on${K}`]?: (event: SodaMorphEventMap[K]) => void;
};

/** React's `class` is `className` up to 18, and either in 19. */
export type SodaMorphProps = Omit<
  DetailedHTMLProps<HTMLAttributes<SodaMorph>, SodaMorph>,
  keyof SodaMorphAttributes
> &
  SodaMorphAttributes &
  Listeners & { class?: string };

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'soda-morph': SodaMorphProps;
    }
  }
}

declare global {
  namespace JSX {
    interface IntrinsicElements {
      'soda-morph': SodaMorphProps;
    }
  }
}
