/** What is said of links to what is on show. */
export const say = {
  title: 'Share a link',
  link: 'Link',
  byName:
    'The link names the gallery pictures and all settings. Whoever opens it sees what you see.',
  asCodes:
    'Your own pictures are not uploaded. The link carries them as 256 numbers each, from which ' +
    'the model on the other ' +
    'side paints them again: recognisable, but not exact. Names and gallery pictures go along ' +
    'as they are.',
  notCarried:
    'This link works in this browser only: your own pictures are not in it, because there is no ' +
    'room for them or the ' +
    'model has not loaded. Save a film or a picture and send that instead.',
  ownModel:
    'The model you use was trained or opened here and does not travel with the link. Choose one ' +
    'that comes with the page.',
  carried: (index: number) => `picture ${String(index + 1)} of the link`,
  otherModel:
    'The pictures of this link were made with another model. Choose the model it was made with, ' +
    'or ask for a new link.',
  copy: 'Copy link',
  copied: 'The link was copied',
  copyByHand: 'The browser does not let the page copy. Select the text and copy it yourself.',
  share: 'Share…',
  snippet: 'For a page of your own',
  snippetHint:
    'The element of the package soda-morph shows this morph without a model. Own pictures have ' +
    'to lie beside the page.',
  copySnippet: 'Copy the code',
  snippetCopied: 'The code was copied',
} as const;
