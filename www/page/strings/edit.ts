import type { Aspect } from '../panels/edit/look.js';
import { capital } from './common.js';

/** The words of the panel that edits. */
export const say = {
  title: 'Edit a picture',
  lede: 'Each slider moves the picture’s code one way, and the model paints what is there. Every step can be undone, and the address keeps it.',
  picture: 'Picture',
  stage: (name: string) => `${name}, edited`,
  reset: 'Reset',
  exact: 'Keep my picture exact',
  exactHint: 'Also finds the noise it is painted from.',
  edited: (name: string) => `${name} edited`,
  follows: (ms: number) => `follows in ${ms < 10 ? ms.toFixed(1) : String(Math.round(ms))} ms`,
  done: (name: string) => `${capital(name)} is painted`,

  named: 'Features',
  namedHint: 'What this model can change by name. The small pictures show a step back and a step on.',

  directions: 'Directions',
  directionsHint: 'What differs most among the pictures this model knows, found by principal components, level by level. The small pictures show both ends.',
  directionsOf: { prior: 'of 300 new codes', gallery: 'of the gallery' },
  finding: (done: number, total: number) => `Looking for directions: picture ${String(done)} of ${String(total)}`,
  noDirections: 'There are no pictures to find directions in.',
  // Models with blobs have three levels, each with a meaning; those of the paper's form one more than the U-Net.
  level: (index: number, count: number) => (count === 3 ? ['Layout', 'Appearance', 'Overall'][index] ?? '' : index === 0 ? 'Level 1, coarsest' : index === count - 1 ? `Level ${String(index + 1)}, finest` : `Level ${String(index + 1)}`),
  direction: (rank: number, aspect: Aspect | undefined) => `${aspect ? aspects[aspect] : 'Direction'} ${String(rank + 1)}`,
  deviations: (amount: number) => (amount === 0 ? 'as it is' : `${amount > 0 ? '+' : '−'}${Math.abs(amount).toFixed(1)}`),

  learn: 'Your own directions',
  learnHint: 'Mark some pictures as these, and others as not these. The way from the ones to the others becomes a slider.',
  mark: { none: 'not marked', these: 'these', others: 'not these' },
  marking: (name: string, mark: string) => `${name}: ${mark}`,
  marks: 'Pictures to mark: each press goes on to these, not these, not marked',
  counts: (these: number, others: number) => `${String(these)} these, ${String(others)} not these`,
  name: 'Name',
  namePlaceholder: 'Happier, say',
  unnamed: (number: number) => `My direction ${String(number)}`,
  learnIt: 'Make a slider',
  forget: (name: string) => `Remove ${name}`,
  change: (name: string) => `Change the marks of ${name}`,
  times: (amount: number) => (amount === 0 ? 'as it is' : `${amount > 0 ? '+' : '−'}${Math.abs(amount).toFixed(2)} ×`),

  arithmetic: 'Arithmetic',
  arithmeticHint: 'The picture, less what the second shows, with what the third shows.',
  minus: 'Minus',
  plus: 'Plus',
  clear: 'Leave it out',

  mix: 'Mix levels',
  mixHint: 'Where things are from this picture, what they look like from another.',
  other: 'Other picture',
  split: 'Levels of this picture',
  splitAt: (split: number, groups: number) =>
    split === 0 ? 'all of the other' : split === groups ? 'all of this' : `${String(split)} of ${String(groups)}, the finer ${String(groups - split)} of the other`,

  views: 'Restyle',
  viewsHint: 'The same picture in the hand of each of these sets.',
  noViews: (model: string) => `${model} has learnt one style only.`,
  asItIs: 'As it is',

  vary: 'Variations',
  varyHint: 'Painted from other noise, and from codes a step away.',
  step: 'How far',
  stepIs: (amount: number) => (amount === 0 ? 'other noise only' : `${amount.toFixed(2)} σ`),
  roll: 'Others',
  variation: (index: number) => `Variation ${String(index + 1)}`,

  advanced: 'Advanced',
  guidance: 'Guidance',
  levelGuidance: (index: number) => `Guidance of level ${String(index + 1)}`,
  steps: 'Steps',
  sampler: 'Sampler',
  samplers: { 'auto': 'The model’s own', 'ddim': 'DDIM', 'dpm++2m': 'DPM-Solver++' },
  own: (value: number) => `The model’s own (${String(value)})`,
  seed: 'Seed of the noise',
} as const;

const aspects: Readonly<Record<Aspect, string>> = { layout: 'Layout', detail: 'Detail', colour: 'Colour' };
