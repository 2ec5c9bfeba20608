/** The words of the Teach panel. */
export const say = {
  title: 'Teach it your pictures',
  lede: 'Two pictures or two hundred: a pet, a logo, a sketchbook. The model practises on them in this tab until it can paint them, and what it has learnt is kept in this browser.',
  pictures: 'Pictures to learn',
  empty: 'Drop pictures here',
  emptyHint: '2 to 200 of one kind work best. They stay on this computer.',
  choose: 'Choose pictures',
  fromGallery: 'From the gallery',
  galleryTitle: 'Add a picture to learn',
  clear: 'Remove all',
  remove: (name: string) => `Remove ${name}`,
  count: (count: number) => (count === 1 ? '1 picture' : `${String(count)} pictures`),
  oneMore: 'One more is needed: a lesson takes 2 to 200 pictures.',
  tooMany: (left: number) => `A lesson takes 200 pictures at most; ${left === 1 ? 'one was' : `${String(left)} were`} left out.`,
  name: 'Name',
  nameOf: (model: string) => (model.endsWith(', taught') ? `${model} more` : `${model}, taught`),
  length: 'Practice',
  lengths: { 60: 'Short, 60 steps', 150: 'Usual, 150 steps', 300: 'Long, 300 steps', 1000: 'Very long, 1000 steps' } as Readonly<Record<number, string>>,
  start: 'Start teaching',
  waiting: 'The model is still loading.',
  goesOnFrom: (model: string) => `It starts from ${model}, which stays as it is.`,

  lesson: 'The lesson',
  preparing: 'Painting them as it can now',
  ready: 'Getting ready to learn',
  step: (step: number, steps: number) => `Step ${String(step)} of ${String(steps)}`,
  left: (seconds: number) => `${duration(seconds)} left`,
  paused: 'Paused',
  pause: 'Pause',
  goOn: 'Go on',
  finish: 'Keep it as it is',
  cancel: 'Cancel',
  cancelled: 'Cancelled. The model is what it was.',
  comparing: 'Painting them again, to compare',
  keeping: 'Keeping the model',
  short: (atOnce: number) => `Memory is short here: it takes ${atOnce === 1 ? 'one picture' : `${String(atOnce)} pictures`} at a time, which only takes longer.`,
  lost: (step: number) => `The graphics device was lost. ${goesOn(step)}.`,
  less: (step: number, batch: number) => `The lesson broke off, perhaps for want of memory. ${goesOn(step)}, with ${batch === 1 ? 'one picture' : `${String(batch)} pictures`} a step.`,
  slower: (step: number) => `The graphics device cannot hold this lesson. ${goesOn(step)} on the CPU, which takes longer.`,
  failed: (message: string, kept?: number) =>
    `The lesson had to end: ${message}. The model is what it was.${kept === undefined ? '' : ` What it had learnt by step ${String(kept)} is kept below.`}`,
  unfinished: 'Not finished yet',
  draft: (done: number, steps: number, pictures: number, when: Date) =>
    `Step ${String(done)} of ${String(steps)}, ${String(pictures)} pictures, ${when.toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' })}`,
  goOnWith: (name: string) => `Go on with ${name}`,
  discard: 'Discard',
  discardIt: (name: string) => `Discard ${name}`,
  discarded: (name: string) => `${name} is discarded`,
  lostDraft: (name: string) => `${name} cannot be gone on with: this browser does not keep it any more.`,
  curve: (from: number, to: number, steps: number) =>
    steps === 0 ? 'Error over the steps: nothing yet' : `Error over ${String(steps)} steps: from ${from.toPrecision(2)} to ${to.toPrecision(2)}`,
  curveTitle: 'Error',
  curveHint: 'Lower is better. Dots are single steps.',
  previews: 'How it paints them now',
  yours: 'Yours',
  now: 'Now',
  previewOf: (name: string, step: number) => `${name}, painted after ${String(step)} steps`,

  result: 'What it has learnt',
  done: (name: string) => `Done: ${name} is kept in this browser`,
  notKept: (message: string) => `The model has learnt, but this browser would not keep it: ${message}. Download it, or it is gone when the tab is closed.`,
  gain: (before: number, after: number) => ({ before: `${before.toFixed(1)} dB`, after: `${after.toFixed(1)} dB`, more: `${after >= before ? '+' : '−'}${Math.abs(after - before).toFixed(1)} dB` }),
  gainHint: (pictures: number, steps: number) => `Mean closeness (PSNR) of what it paints from a short list of numbers to ${pictures === 1 ? 'your picture' : `your ${String(pictures)} pictures`}, before and after ${String(steps)} steps.`,
  legend: ['Yours', 'Before', 'After'] as const,
  compared: (name: string, before: number, after: number) => `${name}: ${before.toFixed(1)} dB before, ${after.toFixed(1)} dB after`,
  decibels: (before: number, after: number) => `${before.toFixed(1)} → ${after.toFixed(1)} dB`,
  paintedBefore: (name: string) => `${name}, painted before`,
  paintedAfter: (name: string) => `${name}, painted after`,
  more: (left: number) => `Show ${String(left)} more`,
  morph: 'Morph with it',
} as const;

function goesOn(step: number): string {
  return step === 0 ? 'It begins anew' : `It goes on from step ${String(step)}`;
}

/** A time for people: the less is left, the finer. */
export function duration(seconds: number): string {
  if (seconds < 2) return 'a moment';
  if (seconds < 10) return `about ${String(Math.round(seconds))} s`;
  if (seconds < 57) return `about ${String(5 * Math.round(seconds / 5))} s`;
  if (seconds < 100) return `about ${String(10 * Math.round(seconds / 10))} s`;
  if (seconds < 55 * 60) return `about ${String(Math.round(seconds / 60))} minutes`;
  const hours = seconds / 3600;
  return hours < 1.25 ? 'about an hour' : `about ${hours < 5 ? String(Math.round(2 * hours) / 2) : String(Math.round(hours))} hours`;
}
