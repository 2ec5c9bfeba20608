import type { Backend, Progress } from 'soda-morph';

/**
 * What the page says wherever one is; index.html has what never changes, each panel's own words are
 * beside this file.
 */
export const say = {
  themes: { auto: 'Theme: as the system', light: 'Theme: light', dark: 'Theme: dark' },
  panelNames: {
    morph: 'Morph',
    sample: 'Sample',
    edit: 'Edit',
    teach: 'Teach',
    recognise: 'Recognise',
    map: 'Map',
    sounds: 'Sounds',
  } as Readonly<Record<string, string>>,

  close: 'Close',
  model: (name: string) => `Model: ${name}`,
  title: (panel: string, what: string) => `${what === '' ? panel : `${panel}: ${what}`} · Soda`,
  becomes: (from: string, to: string) => `${from} becomes ${to}`,

  choose: (title: string, name: string) => `${title}: ${name}. Choose another picture`,
  chooseFirst: (title: string) => `${title}: empty. Choose a picture`,
  chooseOne: 'Choose…',
  file: 'From a file',
  choosePictures: 'Choose pictures',
  paste: 'Paste',
  dropHere: 'Drop it here',
  galleryTitle: (title: string) => `${title}: choose a picture`,
  nothingFound: (query: string) => `No picture is called “${query}”.`,
  pastedName: 'pasted picture',
  credits: (lines: string[]) => `Gallery pictures: ${lines.join('. ')}.`,

  progress: ({ stage, done, total }: Progress) => {
    switch (stage) {
      case 'download':
        const all = total > 0 ? ` of ${megabytes(total)}` : '';
        return `Loading the model: ${megabytes(done)}${all} MB`;
      case 'compile':
        return 'Starting the engine';
      case 'warm-up':
        return 'Compiling shaders';
      case 'encode':
        return 'Reading the pictures';
      default:
        return 'Painting';
    }
  },
  offline: 'Works offline.',
  starting: 'Starting',
  update: 'A new version of this page is ready.',
  updateNow: 'Reload',
  modelReady: (model: string) => `${model} model ready`,
  stopped: 'Stopped',
  lessonChip: (done: number, steps: number) => `Learning: step ${String(done)} of ${String(steps)}`,

  engine: (backend: Backend, fallback: string | undefined, speed: Speed | undefined) => {
    const where = backend === 'webgpu' ? 'Running on WebGPU' : 'Running on the CPU';
    const why = fallback === undefined ? '' : `, because ${lower(fallback)}`;
    const fast =
      speed === undefined
        ? ''
        : ` · ${milliseconds(speed.msPerStep)} a step · ${seconds(speed.seconds)} for ` +
          `${String(speed.frames)} frames`;
    return `${where}${why}${fast}`;
  },

  trouble: {
    empty: (name: string) => `${name} is empty (0 bytes). Choose a picture file.`,
    noPicture: (name: string) =>
      `This browser can’t open ${name}. Use PNG, JPEG, WebP, AVIF, GIF or SVG.`,
    noFile: 'That didn’t contain a picture. Drop a picture file, or copy a picture and paste it.',
    noPictures: (names: readonly string[]) =>
      `This browser can’t open ${names.slice(0, 3).join(', ')}` +
      `${names.length > 3 ? ` and ${String(names.length - 3)} more` : ''}. ` +
      'Use PNG, JPEG, WebP, AVIF, GIF or SVG.',
    clipboard:
      'The clipboard holds no picture, or the browser does not let the page read it. Copy a ' +
      'picture and try again.',
    part: 'A part of the page could not be loaded. Check the connection and try again.',
    notKept: (name: string, reason: string) =>
      `This browser can’t keep ${name} (${reason}). It stays until the tab is closed; save what ` +
      `you want to keep.`,
    unexpected: (message: string) =>
      `Something unexpected went wrong: ${message}. If the page no longer responds, reload it.`,
    reload: 'Reload',
    otherVersion: (model: string) =>
      `The model ${model} is another version than this page was made with. Reload; until then ` +
      `what you kept of it may look different.`,
    missing: 'A picture of this link is not in this browser, so another one is shown in its place.',
    gallery:
      'The gallery could not be loaded. You can still choose a file, drop or paste a picture.',
    load: (message: string) => `The model could not be started: ${message}.`,
    lost: 'The graphics card stopped responding. Restarting…',
    startedAgain: 'The graphics card stopped responding. The model was restarted.',
    lostAgain: 'The graphics card stopped responding again. Continuing on the CPU.',
    work: (message: string) => `Something went wrong: ${message}.`,
    panel: (message: string) =>
      `This part of the page could not be loaded: ${message}. Check the connection and try again.`,
    again: 'Try again',
    dismiss: 'Dismiss',
  },
} as const;

/** How fast the last morph was. */
export interface Speed {
  msPerStep: number;
  seconds: number;
  frames: number;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
function milliseconds(ms: number): string {
  return ms < 10
    ? `${ms.toFixed(1)} ms`
    : ms < 10_000
      ? `${String(Math.round(ms))} ms`
      : `${(ms / 1000).toFixed(0)} s`;
}
function seconds(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} s`;
}
/** For going on in mid-sentence; names such as WebGPU keep their capital. */
function lower(phrase: string): string {
  return /^[A-Z][a-z]/.test(phrase) && !phrase.startsWith('Web')
    ? phrase.charAt(0).toLowerCase() + phrase.slice(1)
    : phrase;
}
/** For beginning a sentence. */
export function capital(phrase: string): string {
  return phrase.charAt(0).toUpperCase() + phrase.slice(1);
}
