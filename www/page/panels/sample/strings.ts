/** The words of the panel that draws new pictures. */
export const say = {
  title: 'New pictures',
  lede: 'Pictures that nobody has drawn or photographed. Choose one to morph, edit or save it.',
  prior: 'Each picture starts from random noise.',
  noPrior: (model: string) =>
    `${model} blends gallery pictures: each of these lies between a few of them.`,
  switchTo: (model: string) => `Switch to ${model} for pictures from nothing`,
  settings: 'What to draw',
  count: 'Pictures',
  variety: 'Variety',
  varieties: { '0.7': 'Low', '1': 'Normal', '1.3': 'High' },
  seed: 'Seed',
  roll: 'New set',
  link: 'Copy link',
  linkCopied: 'The address of these pictures was copied',
  linkFailed: 'The browser does not let the page copy. The address above has the seed.',
  grid: 'New pictures',
  tile: (index: number, count: number) => `New picture ${String(index + 1)} of ${String(count)}`,
  name: (seed: number, index: number) => `new picture ${String(seed)}-${String(index + 1)}`,
  between: (names: string[]) =>
    `Between ${names.slice(0, -1).join(' and ')}, with the colours of ${names.at(-1) ?? ''}`,
  fromNoise: (seed: number, index: number) => `Seed ${String(seed)}, number ${String(index + 1)}`,
  chosen: 'The chosen picture',
  waiting: 'The pictures appear here as soon as the model is loaded.',
  painting: (done: number, count: number) =>
    `Painting picture ${String(Math.min(done + 1, count))} of ${String(count)}`,
  done: (count: number, seed: number) => `${String(count)} new pictures of seed ${String(seed)}`,
  noGallery: 'Without a prior, new pictures come from the gallery, and that could not be loaded.',
} as const;
