/** The words of the Teach panel. */
export const say = {
  title: 'Train it on your pictures',
  lede:
    'Two pictures or two hundred: a pet, a logo, a sketchbook. The model trains on them in this ' +
    'browser until it can paint them, while you use the rest of the page.',
  pictures: 'Pictures to learn',
  empty: 'Drop pictures here',
  emptyHint: '2 to 200 of one kind work best. They stay on this computer.',
  choose: 'Choose pictures',
  fromGallery: 'From the gallery',
  galleryTitle: 'Add a picture to learn',
  clear: 'Remove all',
  remove: (name: string) => `Remove ${name}`,
  count: (count: number) => (count === 1 ? '1 picture' : `${String(count)} pictures`),
  oneMore: 'Add at least one more (2–200).',
  tooMany: (left: number) =>
    `Training takes up to 200 pictures; ` +
    `${left === 1 ? 'one was' : `${String(left)} were`} left out.`,
  name: 'Name',
  nameOf: (model: string) =>
    / \(trained.*\)$/.test(model)
      ? model.replace(/\(trained.*\)$/, '(trained more)')
      : `${model} (trained)`,
  length: 'Training',
  lengths: { 60: 'Quick', 150: 'Good', 1000: 'Best' } as Readonly<Record<number, string>>,
  lengthWithTime: (name: string, seconds: number) => `${name}, ${duration(seconds)}`,
  start: 'Start training',
  waiting: 'The model is still loading.',
  goesOnFrom: (model: string) => `Starts from ${model}, which stays unchanged.`,

  lesson: 'Training',
  preparing: 'Painting them as the model does now',
  ready: 'Getting ready',
  step: (step: number, steps: number) => `Step ${String(step)} of ${String(steps)}`,
  left: (seconds: number) => `${duration(seconds)} left`,
  paused: 'Paused',
  pause: 'Pause',
  goOn: 'Resume',
  finish: 'Stop and keep',
  cancel: 'Cancel',
  cancelled: 'Cancelled. Nothing has changed.',
  comparing: 'Painting them again, to compare',
  keeping: 'Saving the model',
  short: (atOnce: number) =>
    `Memory is short: it takes ${atOnce === 1 ? 'one picture' : `${String(atOnce)} pictures`} ` +
    'at a time, which only takes longer.',
  lost: (step: number) => `The graphics card stopped responding. ${goesOn(step)}.`,
  less: (step: number, batch: number) =>
    `Training stopped, probably out of memory. ${goesOn(step)}, with ` +
    `${batch === 1 ? 'one picture' : `${String(batch)} pictures`} a step.`,
  slower: (step: number) =>
    `The graphics card cannot hold this. ${goesOn(step)} on the CPU, which takes longer.`,
  failed: (message: string, kept?: number) =>
    `Training had to stop: ${message}. Nothing has changed.` +
    (kept === undefined
      ? ''
      : ` What the model had learned by step ${String(kept)} is kept below.`),
  draftNotKept: (reason: string) =>
    `This browser would not keep the lesson so far (${reason}). It is lost if the tab is closed.`,
  unfinished: 'Not finished yet',
  draft: (done: number, steps: number, pictures: number, when: Date) =>
    `Step ${String(done)} of ${String(steps)}, ${String(pictures)} pictures, ` +
    when.toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' }),
  goOnWith: (name: string) => `Resume ${name}`,
  discard: 'Discard',
  discardIt: (name: string) => `Discard ${name}`,
  discarded: (name: string) => `${name} was discarded`,
  lostDraft: (name: string) => `${name} can’t be resumed: its data is gone from this browser.`,
  curve: (from: number, to: number, steps: number) =>
    steps === 0
      ? 'Error over the steps: nothing yet'
      : `Error over ${String(steps)} steps: from ${from.toPrecision(2)} to ${to.toPrecision(2)}`,
  curveTitle: 'Error',
  curveHint: 'Lower is better. Dots are single steps.',
  previews: 'How it paints them now',
  yours: 'Yours',
  now: 'Now',
  previewOf: (name: string, step: number) => `${name}, painted after ${String(step)} steps`,

  result: 'What has changed',
  done: (name: string) => `Done: ${name} is kept in this browser`,
  notKept: (message: string) =>
    `The model is trained, but this browser would not keep it: ${message}. Download it, or it ` +
    `is gone when the tab is closed.`,
  gain: (before: number, after: number, pictures: number) => {
    const gone = goneOf(before, after);
    const yours = pictures === 1 ? 'your picture' : `your ${String(pictures)} pictures`;
    return gone === 0
      ? { much: 'No closer', of: `to ${yours} than before; a longer training may help.` }
      : { much: `${String(gone)} %`, of: `of what set it apart from ${yours} is gone.` };
  },
  numbers: 'In numbers',
  gainHint: (before: number, after: number, pictures: number, steps: number) =>
    'PSNR to ' +
    (pictures === 1 ? 'your picture' : `your ${String(pictures)} pictures`) +
    `, higher is closer: ${before.toFixed(1)} dB before and ${after.toFixed(1)} dB after ` +
    `${String(steps)} steps.`,
  legend: ['Yours', 'Before', 'After'] as const,
  compared: (name: string, before: number, after: number) =>
    `${name}: ${closer(goneOf(before, after))}`,
  closer: (before: number, after: number) => closer(goneOf(before, after)),
  decibels: (before: number, after: number) =>
    `${before.toFixed(1)} dB before, ${after.toFixed(1)} dB after`,
  paintedBefore: (name: string) => `${name}, painted before`,
  paintedAfter: (name: string) => `${name}, painted after`,
  more: (left: number) => `Show ${String(left)} more`,
  morph: 'Use in Morph',
} as const;

/** How much of the mean squared error is gone, in per cent; 0 where none is. */
function goneOf(before: number, after: number): number {
  return Math.max(0, Math.round(100 * (1 - 10 ** ((before - after) / 10))));
}

function closer(gone: number): string {
  return gone === 0 ? 'no closer' : `${String(gone)} % closer`;
}

function goesOn(step: number): string {
  return step === 0 ? 'It starts over' : `It continues from step ${String(step)}`;
}

/** A time for people: the less is left, the finer. */
export function duration(seconds: number): string {
  if (seconds < 2) return 'a moment';
  if (seconds < 10) return `about ${String(Math.round(seconds))} s`;
  if (seconds < 57) return `about ${String(5 * Math.round(seconds / 5))} s`;
  if (seconds < 100) return `about ${String(10 * Math.round(seconds / 10))} s`;
  if (seconds < 55 * 60) return `about ${String(Math.round(seconds / 60))} minutes`;
  const hours = seconds / 3600;
  return hours < 1.25
    ? 'about an hour'
    : `about ${hours < 5 ? String(Math.round(2 * hours) / 2) : String(Math.round(hours))} hours`;
}
