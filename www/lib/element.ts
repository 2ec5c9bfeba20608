import { SodaMorph } from './element/soda-morph.js';

export { SodaMorph };
export type { SodaMorphEventMap } from './element/events.js';
export { words } from './element/words.js';

// On a server there are no elements to define.
if (typeof customElements !== 'undefined' && !customElements.get('soda-morph'))
  customElements.define('soda-morph', SodaMorph);

declare global {
  interface HTMLElementTagNameMap {
    'soda-morph': SodaMorph;
  }
}
