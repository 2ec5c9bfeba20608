/** What the map says. */
export const say = {
  title: 'A map of pictures',
  lede:
    'Pictures that the model finds alike lie near each other. Choose one to see it painted, or ' +
    'draw a line to see what lies between.',
  source: 'Pictures on the map',
  gallery: 'Gallery',
  /** Of pictures that a person opened. */
  own: (folder: string) => (folder === '' ? 'Your pictures' : folder),
  count: (name: string, count: number) =>
    `${name} · ${number(count)} ${count === 1 ? 'picture' : 'pictures'}`,
  openFiles: 'Open pictures',
  openFolder: 'Open a folder',
  tools: 'Pictures and search',
  search: 'Search by name',
  byPicture: 'Search by picture',
  exampleFile: 'From a file',
  exampleGallery: 'From the gallery',
  chooseExample: 'Choose a picture to search by',
  compareBy: 'Compare by',
  comparisons: { both: 'Kinds of things and looks', latent: 'Looks alone' },
  found: (count: number, all: number) =>
    count === 0 ? 'None is called so' : `${number(count)} of ${number(all)}`,

  map: (count: number) =>
    `Map of ${number(count)} ${count === 1 ? 'picture' : 'pictures'}. Arrow keys go to ` +
    `neighbours, plus and minus zoom.`,
  zoomIn: 'Closer',
  zoomOut: 'Farther',
  whole: 'Show all',
  draw: 'Draw a line',
  drawFrom: (name: string) => `Line from ${name}: choose the other end`,
  drawFirst: 'Choose where the line begins',

  reading: (done: number, total: number) =>
    `Reading picture ${number(Math.min(done + 1, total))} of ${number(total)}`,
  arranging: (share: number) => `Laying out the map: ${String(Math.round(100 * share))} %`,
  done: (count: number) =>
    `The map is ready: ${number(count)} ${count === 1 ? 'picture' : 'pictures'}`,
  cancel: 'Stop',
  stopped: 'Stopped',
  stoppedAt: (done: number, total: number) =>
    `Stopped after ${number(done)} of ${number(total)} pictures.`,
  goOn: 'Go on',
  settle: (done: number) => `Map these ${number(done)}`,
  waiting: 'The map is made as soon as the model is ready.',
  failed: (message: string) => `The map could not be made: ${message}.`,
  again: 'Try again',
  empty: 'There is nothing to make a map of. Open some pictures of yours, or a folder of them.',
  noneRead:
    'None of these files is a picture this browser can read. Open PNG, JPEG, WebP, GIF or SVG ' +
    'files.',
  refused: (names: readonly string[]) =>
    `${number(names.length)} ` +
    (names.length === 1
      ? 'file was left out: it is no picture '
      : 'files were left out: they are no pictures ') +
    `this browser can read (${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}).`,
  tooMany: (all: number, most: number) =>
    `Of ${number(all)} pictures, the first ${number(most)} are on the map.`,
  noPicture: (name: string) =>
    `${name} is not a picture this browser can read. Use PNG, JPEG, WebP, GIF or SVG.`,
  dropHere: 'Drop one picture to search by it, several or a folder to make a map of them',

  side: 'What is chosen',
  hints: [
    'Click a picture, or walk to it with the arrow keys: the model paints it from its numbers ' +
      'alone.',
    'Drag with Shift held, or use the line: a small film shows the way between two places.',
    'Drop one picture here to find its neighbours, a folder to map it. Nothing is uploaded.',
  ],
  picture: 'Picture',
  painted: 'Painted',
  paintedOf: (name: string) => `${name}, as the model paints it`,
  example: (name: string) => `Search by ${name}`,
  morphFrom: 'Morph from',
  morphTo: 'Morph to',
  edit: 'Edit',
  teach: 'Teach',
  actions: 'What to do with it',
  near: 'Most similar',
  similarity: '1.00 = identical',
  nearOne: (name: string, similarity: number) => `${name}, similarity ${similarity.toFixed(2)}`,
  between: 'a place between pictures',
  line: (from: string, to: string) => `From ${from} to ${to}`,
  frame: (at: number, count: number) => `Frame ${String(at + 1)} of ${String(count)}`,
  scrub: 'Position on the line',
  openInMorph: 'Open in Morph',
  close: 'Close',
  painting: (name: string) => `Painting ${name}`,
  shown: (name: string) => `${name} is painted`,
  lineDone: (from: string, to: string) => `The way from ${from} to ${to} is painted`,
} as const;

function number(value: number): string {
  return value.toLocaleString('en');
}
