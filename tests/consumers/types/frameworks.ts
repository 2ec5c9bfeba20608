// The element's types in three frameworks, and its listeners without one.
import type { JSX } from 'react';
import type { SvelteHTMLElements } from 'svelte/elements';
import type { GlobalComponents } from 'vue';
import 'soda-morph/react';
import 'soda-morph/svelte';
import 'soda-morph/vue';

export const react: JSX.IntrinsicElements['soda-morph'] = { model: 'emoji64', frames: 5, 'onsoda-change': ({ detail }) => { detail.value.toFixed(); } };
export const svelte: SvelteHTMLElements['soda-morph'] = { model: 'emoji64', from: new Blob(), 'on:soda-error': ({ detail }) => { console.log(detail.code); } };
export const vue: GlobalComponents['soda-morph'] | undefined = undefined;
// @ts-expect-error -- frames are not a list
export const wrong: JSX.IntrinsicElements['soda-morph'] = { frames: [5] };

const element = document.createElement('soda-morph');
element.addEventListener('soda-frame', ({ detail }) => { console.log(detail.index, detail.frame.width); });
element.addEventListener('click', ({ clientX }) => { console.log(clientX); });
