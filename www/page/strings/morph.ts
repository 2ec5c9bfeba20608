import type { Easing, Repeat } from '../panels/morph/timeline.js';
import type { Format } from '../panels/morph/export/formats.js';
import { capital } from './common.js';

/** The words of the panel that morphs. */
export const say = {
  way: 'What to morph',
  ways: { two: 'Two pictures', chain: 'A chain', square: 'A square' },
  side: { from: 'From', to: 'To' },
  corners: ['Top left', 'Top right', 'Bottom left', 'Bottom right'],

  play: 'Play',
  pause: 'Pause',
  stage: (from: string, to: string, percent: number) =>
    percent === 0 ? from : percent === 100 ? to : `${String(percent)} % of the way from ${from} to ${to}`,
  frame: (index: number, frames: number, percent: number) => `Frame ${String(index + 1)} of ${String(frames)}, ${String(percent)} %`,
  between: (percent: number) => `${String(percent)} %, between two frames`,
  swap: { two: 'Swap the two pictures', chain: 'Turn the chain round', square: 'Mirror the square' },

  chain: 'Pictures of the chain, in order',
  add: 'Add a picture',
  stop: (index: number, count: number, name: string) => `${String(index + 1)} of ${String(count)}: ${name}`,
  stopKeys: 'Go to this picture. Shift with the arrow keys moves it, Delete takes it out.',
  chainHint: 'Drag to reorder, or press Shift with the arrow keys. Delete takes a picture out.',
  remove: (name: string) => `Take ${name} out`,
  movedTo: (name: string, index: number, count: number) => `${name} is now number ${String(index + 1)} of ${String(count)}`,
  removed: (name: string) => `${name} was taken out`,
  chainFull: (most: number) => `A chain holds ${String(most)} pictures at most. Take one out first.`,
  chainShort: 'A chain needs two pictures at least. Add one before taking this out.',

  pad: 'Place between the four pictures',
  padKind: 'two-dimensional slider',
  padAt: (across: number, down: number) => `${String(across)} % across, ${String(down)} % down`,
  padHint: 'Drag the ring, or move it with the arrow keys. The film runs round the edge.',

  settings: 'Playing',
  repeat: 'Repeat',
  repeats: { pingpong: 'There and back', loop: 'Round and round', once: 'Once' } satisfies Record<Repeat, string>,
  easing: 'Pace',
  easings: { 'linear': 'Steady', 'in-out': 'Soft ends', 'in': 'Slow start', 'out': 'Slow end' } satisfies Record<Easing, string>,
  seconds: 'Seconds',
  frames: 'Frames',

  format: 'Save as',
  formats: { png: 'Strip (PNG)', gif: 'GIF', apng: 'APNG', mp4: 'MP4 video', webm: 'WebM video' } satisfies Record<Format, string>,
  size: 'Pixels',
  save: 'Save',
  saveCancel: 'Cancel',
  noVideo: 'This browser cannot encode video. GIF and APNG work everywhere.',
  saving: (done: number, total: number) => `Saving: ${String(done)} of ${String(total)}`,
  saved: (file: string, bytes: number) => `Saved ${file}, ${bytes < 1e6 ? `${String(Math.ceil(bytes / 1000))} kB` : `${(bytes / 1e6).toFixed(1)} MB`}`,
  notSaved: (message: string) => `The file could not be written: ${message}`,

  opening: 'This morph was painted by the same model ahead of time; yours follows once it is loaded.',
  painting: (done: number, frames: number) => `Painting frame ${String(Math.min(done + 1, frames))} of ${String(frames)}`,
  done: (from: string, to: string, frames: number) => `${capital(from)} becomes ${to} in ${String(frames)} frames`,
  squareDone: (pictures: number) => `Four pictures, and ${String(pictures - 4)} between them`,
  follows: (ms: number) => `follows in ${ms < 10 ? ms.toFixed(1) : String(Math.round(ms))} ms`,
} as const;
