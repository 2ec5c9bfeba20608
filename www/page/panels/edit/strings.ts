import type { Aspect } from './look.js';
import { capital } from '../../parts/strings/common.js';

/** The words of the panel that edits. */
export const say = {
  title: 'Edit a picture',
  lede:
    'Move a slider to change the picture. Every change can be undone, and the link ' +
    'remembers it.',
  before: 'Hold to see the original',
  picture: 'Picture',
  stage: (name: string) => `${name}, edited`,
  reset: 'Reset',
  exact: 'Match the original',
  exactHint: 'Looks exactly like your picture at first. Slower.',
  edited: (name: string) => `${name} edited`,
  follows: (ms: number) => `repaint ${ms < 10 ? ms.toFixed(1) : String(Math.round(ms))} ms`,
  done: (name: string) => `${capital(name)} ready`,

  named: 'Features',
  namedHint:
    'What this model can change by name. The small pictures show a step back and a step on.',

  directions: 'Adjust',
  directionsHint: 'The main ways in which these pictures differ. Thumbnails show both ends.',
  more: 'More sliders',
  fewer: 'Fewer sliders',
  finding: (done: number, total: number) =>
    `Looking for what differs: picture ${String(done)} of ${String(total)}`,
  noDirections: 'There are no pictures to find differences in.',
  // Models with blobs have three groups, each with a meaning; those of the paper's form one more
  // than the U-Net has levels.
  level: (index: number, count: number, blobs: boolean) =>
    blobs
      ? (['Layout', 'Appearance', 'Overall'][index] ?? '')
      : index === 0
        ? 'Level 1, coarsest'
        : index === count - 1
          ? `Level ${String(index + 1)}, finest`
          : `Level ${String(index + 1)}`,
  direction: (rank: number, aspect: Aspect | undefined) =>
    `${aspect ? aspects[aspect] : 'Direction'} ${String(rank + 1)}`,
  deviations: (amount: number) =>
    amount === 0 ? '0' : `${amount > 0 ? '+' : '−'}${Math.abs(amount).toFixed(1)}`,

  learn: 'Make your own slider',
  learnHint: 'Mark examples of what you want more of, and of what you want less of.',
  mark: { none: 'not marked', these: 'more', others: 'less' },
  marking: (name: string, mark: string) => `${name}: ${mark}`,
  marks: 'Pictures to mark: each press switches between more, less and not marked',
  counts: (these: number, others: number) => `${String(these)} more, ${String(others)} less`,
  name: 'Name',
  namePlaceholder: 'e.g. Happier',
  unnamed: (number: number) => `My slider ${String(number)}`,
  learnIt: 'Make a slider',
  forget: (name: string) => `Remove ${name}`,
  change: (name: string) => `Change the marks of ${name}`,
  times: (amount: number) =>
    amount === 0 ? '0' : `${amount > 0 ? '+' : '−'}${Math.abs(amount).toFixed(2)} ×`,

  arithmetic: 'Arithmetic',
  arithmeticHint: 'This picture − the second + the third.',
  minus: 'Minus',
  plus: 'Plus',
  clear: 'Clear',

  mix: 'Mix two pictures',
  mixHint: 'Layout from this picture, the finer parts from another.',
  other: 'Other picture',
  split: 'Taken from this picture',
  splitAt: (split: number, groups: number) =>
    split === 0
      ? 'nothing'
      : split === groups
        ? 'everything'
        : `the coarser ${String(split)} of ${String(groups)} levels`,

  views: 'Restyle',
  viewsHint: 'The same picture in each style the model knows.',
  asItIs: 'Original',

  vary: 'Variations',
  varyHint: 'Small random changes.',
  step: 'Strength',
  stepIs: (amount: number) => (amount === 0 ? 'noise only' : `${amount.toFixed(2)} σ`),
  roll: 'Show others',
  variation: (index: number) => `Variation ${String(index + 1)}`,

  advanced: 'Advanced',
  guidance: 'Guidance',
  levelGuidance: (index: number) => `Guidance of level ${String(index + 1)}`,
  steps: 'Steps',
  sampler: 'Sampler',
  samplers: { auto: 'Default', ddim: 'DDIM', 'dpm++2m': 'DPM-Solver++' },
  own: (value: number) => `Default (${String(value)})`,
  seed: 'Seed of the noise',
} as const;

const aspects: Readonly<Record<Aspect, string>> = {
  layout: 'Layout',
  detail: 'Detail',
  colour: 'Colour',
};
