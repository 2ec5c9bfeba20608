import type { Backend, Progress } from 'soda-morph';

/** What the page says wherever one is; each panel's own words are beside this file. */
export const text = {
  skip: 'Skip to the content',
  panels: 'What to do',
  undo: 'Undo',
  redo: 'Redo',
  model: 'Model',
  aboutModels: 'About the models',
  privacy: 'Nothing is uploaded',
  title: 'One picture becomes another',
  lede: 'Matching parts of two pictures move together, here in this tab. Or let a small model paint the way: it squeezes each picture into a short list of numbers and walks between them.',
  bench: 'Pictures',
  film: 'Frames of the morph',
  scrub: 'Position in the film',
  report: 'What is going on',
  meter: 'Progress',
  tools: 'Settings and saving',
  painted: 'Let the model paint the way',
  paintedHint: 'Otherwise the pictures themselves are shown, and matching parts move together.',
  exact: 'Keep my pictures exact',
  exactHint: 'Also finds the noise each picture is painted from. Takes longer.',
  about: 'Your pictures stay in this tab: they are read, encoded and painted here, and no picture is sent to any server.',
  search: 'Search by name',
  pictures: 'Pictures',
  close: 'Close',
} as const;

export const say = {
  themes: { auto: 'Theme: as the system', light: 'Theme: light', dark: 'Theme: dark' },
  panelNames: { morph: 'Morph', sample: 'Sample', edit: 'Edit', teach: 'Teach', recognise: 'Recognise', map: 'Map' } as Readonly<Record<string, string>>,

  choose: (title: string, name: string) => `${title}: ${name}. Choose from the gallery`,
  chooseFirst: (title: string) => `${title}: empty. Choose from the gallery`,
  gallery: 'Gallery',
  file: 'File',
  choosePictures: 'Choose pictures',
  paste: 'Paste',
  dropHere: 'Drop it here',
  galleryTitle: (title: string) => `${title}: choose a picture`,
  nothingFound: (query: string) => `No picture is called “${query}”.`,
  pastedName: 'pasted picture',
  credits: (lines: string[]) => `Gallery pictures: ${lines.join('. ')}.`,

  progress: ({ stage, done, total }: Progress) => {
    switch (stage) {
      case 'download': return `Loading the model: ${megabytes(done)}${total > 0 ? ` of ${megabytes(total)}` : ''} MB`;
      case 'compile': return 'Starting the engine';
      case 'warm-up': return 'Compiling shaders';
      case 'encode': return 'Reading the pictures';
      default: return 'Painting';
    }
  },
  offline: 'Ready to work without a network.',
  starting: 'Starting',
  modelReady: (model: string) => `${model}: the model is ready`,
  stopped: 'Stopped',

  engine: (backend: Backend, fallback: string | undefined, speed: Speed | undefined) => {
    const where = backend === 'webgpu' ? 'Running on WebGPU' : 'Running on the CPU';
    const why = fallback === undefined ? '' : `, because ${lower(fallback)}`;
    const fast = speed === undefined ? '' : ` · ${milliseconds(speed.msPerStep)} a step · ${seconds(speed.seconds)} for ${String(speed.frames)} frames`;
    return `${where}${why}${fast}`;
  },

  trouble: {
    empty: (name: string) => `${name} is empty (0 bytes). Choose a picture file.`,
    noPicture: (name: string) => `${name} is not a picture this browser can read. Use PNG, JPEG, WebP, GIF or SVG.`,
    noFile: 'There was no picture in that. Drop a picture file, or copy a picture and paste it.',
    noPictures: (names: readonly string[]) =>
      `${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${String(names.length - 3)} more` : ''} ${names.length === 1 ? 'is no picture' : 'are no pictures'} this browser can read. Use PNG, JPEG, WebP, GIF or SVG.`,
    clipboard: 'The clipboard holds no picture, or the browser does not let the page read it. Copy a picture and try again.',
    gallery: 'The gallery could not be loaded. You can still choose a file, drop or paste a picture.',
    load: (message: string) => `The model could not be started: ${message}.`,
    lost: 'The graphics device was lost. Starting again.',
    startedAgain: 'The graphics device was lost. The model has been started again.',
    lostAgain: 'The graphics device was lost again. Going on with the CPU.',
    work: (message: string) => `That did not work: ${message}.`,
    panel: (message: string) => `This part of the page could not be loaded: ${message}. Check the connection and try again.`,
    again: 'Try again',
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
  return ms < 10 ? `${ms.toFixed(1)} ms` : ms < 10_000 ? `${String(Math.round(ms))} ms` : `${(ms / 1000).toFixed(0)} s`;
}
function seconds(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} s`;
}
/** For going on in mid-sentence; names such as WebGPU keep their capital. */
function lower(phrase: string): string {
  return /^[A-Z][a-z]/.test(phrase) && !phrase.startsWith('Web') ? phrase.charAt(0).toLowerCase() + phrase.slice(1) : phrase;
}
/** For beginning a sentence. */
export function capital(phrase: string): string {
  return phrase.charAt(0).toUpperCase() + phrase.slice(1);
}
