import type { LeftOut } from 'soda-morph/recognition';

/** The words of the Recognise panel. */
export const say = {
  title: 'Sort pictures by example',
  lede:
    'Name some classes and show a few pictures of each. The rest sort themselves by similarity. ' +
    'Correct any, and the others follow.',
  pictures: 'Pictures to sort',
  empty: 'Drop pictures here',
  emptyHint: 'As many as you like; they stay on this computer.',
  choose: 'Choose pictures',
  gallery: 'Take the gallery',
  clear: 'Remove all',
  count: (count: number) => (count === 1 ? '1 picture' : `${String(count)} pictures`),
  reading: (done: number, total: number) =>
    `Reading picture ${String(Math.min(done + 1, total))} of ${String(total)}`,
  unreadable: (name: string, message: string) => `${name} was left out: ${message}.`,

  classNumber: (number: number) => `Class ${String(number)}`,
  nameOf: (number: number) => `Name of class ${String(number)}`,
  addClass: 'Add a class',
  removeClass: (name: string) => `Remove the class ${name}`,
  classCount: (marked: number, sorted: number) =>
    `${String(marked)} shown${sorted === 0 ? '' : `, ${String(sorted)} sorted`}`,
  showSome: 'Drag a picture here, or select some and press the class’s number.',
  unsorted: 'Not sorted yet',
  unsortedHint:
    'Select pictures by click, Space or Shift with the arrows, then press 1 to 9; or drag them. ' +
    'Sorting begins when two classes have an example.',

  marked: (name: string, className: string) => `${name}, example of ${className}`,
  guessed: (name: string, className: string, percent: number) =>
    `${name}, sorted as ${className}, ${String(percent)} % sure`,
  unknown: (name: string) => `${name}, not sorted`,
  percent: (percent: number) => `${String(percent)} %`,

  selected: (count: number) =>
    `${count === 1 ? '1 picture' : `${String(count)} pictures`} selected`,
  markAs: 'Mark as',
  unmark: 'No example',
  remove: 'Remove',
  deselect: 'Deselect',
  nowMarked: (count: number, className: string) =>
    `${count === 1 ? '1 picture' : `${String(count)} pictures`} marked as ${className}`,

  compareBy: 'Compare by',
  comparisons: { both: 'Kinds of things and looks', latent: 'Looks alone (the model’s numbers)' },
  noMatcher:
    'Compared by looks alone: the network that knows kinds of things could not be loaded. ' +
    'Choose it again to try again.',

  order: 'Order',
  orders: { sure: 'Surest first', unsure: 'Least sure first' },
  leftOut: ({ right, of }: LeftOut) =>
    of === 0
      ? 'Two examples of a class, and it can be said how well it sorts.'
      : `Left out one by one, ${String(right)} of ${String(of)} examples are recognised by the ` +
        `others (${String(Math.round((100 * right) / of))} %).`,
  sorted: (sorted: number, classes: number) =>
    `${sorted === 1 ? '1 picture' : `${String(sorted)} pictures`} ` +
    `sorted into ${String(classes)} classes`,
  project: 'Name',
  projectName: (when: Date) =>
    `Sorted on ${when.toLocaleDateString('en', { dateStyle: 'medium' })}`,
  another: 'Start another',
  kept: 'Go on with',
  openProject: (name: string, pictures: number) =>
    `${name}, ${pictures === 1 ? '1 picture' : `${String(pictures)} pictures`}`,
  projectGone: 'That is no longer kept in this browser.',
  notKept: (reason: string) =>
    `This browser would not keep what you sort (${reason}). It is lost if the tab is closed.`,

  live: 'Live camera',
  liveTitle: 'What the camera sees',
  liveHint: 'Press a class to make what is seen an example of it.',
  liveFirst:
    'Hold something before the camera and press a class to show an example of it. Once two ' +
    'classes have one, it is told what is seen.',
  liveExample: (name: string) => `What is seen is an example of ${name}`,
  livePicture: (name: string) => `${name}, from the camera`,

  classifier: 'Take the classifier along',
  classifierHint: 'A JSON file that the library soda-morph reads: docs/embedding.md.',
  export: 'Save as CSV',
  saved: (file: string) => `Saved ${file}`,
  columns: ['picture', 'class', 'example', 'confidence'],
  probability: (className: string) => `p(${className})`,
} as const;
