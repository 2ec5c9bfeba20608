/** What can be done with a picture that the model painted. */
export const say = {
  go: 'Go on with it',
  from: 'Morph from it',
  to: 'Morph to it',
  edit: 'Edit it',
  teach: 'Add to Teach',
  save: 'Save PNG',
  saved: (file: string) => `Saved ${file}`,
  full: 'Teach has as many pictures as it takes.',
} as const;
