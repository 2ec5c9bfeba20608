/** What can be done with a picture that the model painted. */
export const say = {
  go: 'Use this picture',
  from: 'Use as start',
  to: 'Use as end',
  edit: 'Edit',
  teach: 'Add to training',
  save: 'Save PNG',
  saved: (file: string) => `Saved ${file}`,
  full: 'The training set is full (200).',
} as const;
