import type { Easing, Repeat } from './timeline.js';
import type { Preset } from './curves.js';
import type { Format } from './export/formats.js';
import type { Painter } from './painter.js';
import { capital } from '../../parts/strings/common.js';

/** The words of the panel that morphs. */
export const say = {
  way: 'What to morph',
  ways: { two: 'Two pictures', chain: 'Sequence', square: 'Four corners', average: 'Average' },
  side: { from: 'From', to: 'To' },
  corners: ['Top left', 'Top right', 'Bottom left', 'Bottom right'],

  play: 'Play',
  pause: 'Pause',
  title: (from: string, to: string) => `${from} to ${to}`,
  savePicture: 'Save picture',
  copy: 'Copy',
  copied: 'The picture was copied',
  share: 'Share…',
  editIt: 'Edit this',
  asStart: 'Use as start',
  asEnd: 'Use as end',
  link: 'Link and embed',
  compare: 'Hold to compare',
  compareHint: 'While you hold it, the stage shows a plain cross-fade of the two pictures.',
  snippet: (from: string, to: string) =>
    '<script type="module" ' +
    'src="https://cdn.jsdelivr.net/npm/soda-morph/dist/element.js"></script>\n' +
    `<soda-morph from="${from}" to="${to}" autoplay></soda-morph>`,

  painter: 'Made of',
  painters: {
    original: 'The pictures themselves',
    mixed: 'Pictures and painting',
    soda: 'The model’s painting alone',
  } satisfies Record<Painter, string>,
  painterHints: {
    original: 'Your pictures are shown at full size, and matching parts move together.',
    mixed: 'The model paints what it sees on the way, with your pictures’ detail on it.',
    soda: 'The model paints every step from its 256 numbers, without your pictures.',
  } satisfies Record<Painter, string>,
  painted: 'Painted',
  paintedShare: (share: number) =>
    share === 0
      ? 'the pictures'
      : share === 1
        ? 'the painting'
        : `${String(Math.round(100 * share))} %`,
  exact: 'Match the originals',
  exactHint: 'First and last painted frame look exactly like your pictures. Slower.',
  path: 'Path',
  paths: { straight: 'Straight', spiral: 'Turning' } as const,

  curves: 'Shape and colour',
  presets: {
    together: 'Together',
    'shape-first': 'Shape first',
    'colour-first': 'Colour first',
    'quick-colour': 'Quick colour',
    own: 'By hand',
  } satisfies Record<Preset | 'own', string>,
  curvesOwn: 'By hand',
  curveEnds: {
    shape: ['Shape begins', 'Shape ends'],
    colour: ['Colour begins', 'Colour ends'],
  } as const,
  percent: (share: number) => `${String(Math.round(100 * share))} %`,

  pins: 'Match points',
  pinsHint:
    'Mark up to three pairs of points that belong together, an eye and an eye for instance. The ' +
    'morph follows at once.',
  pinsUnsure:
    'These two pictures are hard to match. Mark up to three pairs of points that belong ' +
    'together, an eye and an eye for instance.',
  pinAdd: 'Add a pair of points',
  pinRemove: (index: number) => `Remove point ${String(index + 1)}`,
  pinAt: (index: number, name: string, right: number, down: number) =>
    `Point ${String(index + 1)} in ${name}: ${String(right)} % from the left, ${String(down)} % ` +
    `from the top`,
  pinKeys: 'Arrow keys move it, with Shift in small steps. Delete removes the pair.',

  stage: (from: string, to: string, percent: number) =>
    percent === 0
      ? from
      : percent === 100
        ? to
        : `${String(percent)} % of the way from ${from} to ${to}`,
  frame: (index: number, frames: number, percent: number) =>
    `Frame ${String(index + 1)} of ${String(frames)}, ${String(percent)} %`,
  between: (percent: number) => `${String(percent)} %, between two frames`,
  swap: {
    two: 'Swap the two pictures',
    chain: 'Reverse the order',
    square: 'Swap left and right',
    average: 'Reverse the order',
  },

  shares: 'Share of each picture',
  parts: (share: number) => (share === 0 ? 'left out' : `${String(share)} parts`),
  averageOf: (pictures: number) => `The average of ${String(pictures)} pictures`,

  chain: 'Pictures of the sequence, in order',
  add: 'Add a picture',
  stop: (index: number, count: number, name: string) =>
    `${String(index + 1)} of ${String(count)}: ${name}`,
  stopKeys: 'Go to this picture. Shift with the arrow keys moves it, Delete removes it.',
  chainHint: 'Drag to reorder, or press Shift with the arrow keys. Press Delete to remove one.',
  remove: (name: string) => `Remove ${name}`,
  movedTo: (name: string, index: number, count: number) =>
    `${name} is now number ${String(index + 1)} of ${String(count)}`,
  removed: (name: string) => `${name} was removed`,
  chainFull: (most: number) => `A sequence holds up to ${String(most)} pictures. Remove one first.`,
  chainShort: 'A sequence needs at least two pictures. Add another before you remove this one.',

  pad: 'Place between the four pictures',
  padKind: 'two-dimensional slider',
  padAt: (across: number, down: number) => `${String(across)} % across, ${String(down)} % down`,
  padHint: 'Drag the ring, or move it with the arrow keys. The film runs round the edge.',

  settings: 'Playback',
  repeat: 'Repeat',
  repeats: { pingpong: 'Back and forth', loop: 'Loop', once: 'Once' } satisfies Record<
    Repeat,
    string
  >,
  easing: 'Easing',
  easings: {
    linear: 'Linear',
    'in-out': 'Ease in and out',
    in: 'Ease in',
    out: 'Ease out',
  } satisfies Record<Easing, string>,
  seconds: 'Seconds',
  frames: 'Frames',

  format: 'Save as',
  formats: {
    mp4: 'MP4 video',
    webm: 'WebM video',
    gif: 'GIF',
    apng: 'APNG',
    frames: 'Pictures (zip of PNGs)',
    png: 'Strip (PNG)',
  } satisfies Record<Format, string>,
  size: 'Size (px)',
  rate: 'Frames a second',
  save: 'Save film',
  saveCancel: 'Cancel',
  preparing: 'Getting the film ready',
  noVideo: 'This browser cannot encode video. GIF and APNG work everywhere.',
  saving: (done: number, total: number) => `Saving: ${String(done)} of ${String(total)}`,
  saved: (file: string, bytes: number) =>
    `Saved ${file}, ` +
    (bytes < 1e6 ? `${String(Math.ceil(bytes / 1000))} kB` : `${(bytes / 1e6).toFixed(1)} MB`),
  notSaved: (message: string) => `The file could not be written: ${message}`,
  noRoom:
    'There is no room for this file. Choose a smaller size or fewer seconds, or delete ' +
    'something first.',

  painting: (done: number, frames: number) =>
    `Painting frame ${String(Math.min(done + 1, frames))} of ${String(frames)}`,
  done: (from: string, to: string) => `${capital(from)} becomes ${to}`,
  squareDone: (pictures: number) => `${String(pictures)} pictures ready`,
  follows: (ms: number) => `repaint ${ms < 10 ? ms.toFixed(1) : String(Math.round(ms))} ms`,
} as const;
