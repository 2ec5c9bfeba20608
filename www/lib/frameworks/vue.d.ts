// Template types of <soda-morph> for Vue 3: `import 'soda-morph/vue'` also defines the element.
// Tell the compiler that it is a custom element: `compilerOptions: { isCustomElement: (tag) => tag
// === 'soda-morph' }`.
import type { DefineComponent } from 'vue';
import type { SodaMorphEventMap } from '../element.js';
import type { SodaMorphAttributes } from './attributes.js';
import '../element.js';

type Capital<K extends string> = K extends `soda-${infer Name}`
  ? `onSoda${Capitalize<Name>}`
  : never;
type Listeners = {
  [K in keyof SodaMorphEventMap as Capital<K>]?: (event: SodaMorphEventMap[K]) => void;
};

declare module 'vue' {
  interface GlobalComponents {
    'soda-morph': DefineComponent<SodaMorphAttributes & Listeners>;
  }
}
