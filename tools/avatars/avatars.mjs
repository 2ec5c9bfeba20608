// Avatars whose every attribute is known, drawn by the style Personas of DiceBear.
// Design: Personas by Draftbit (https://personas.draftbit.com), CC BY 4.0; code: MIT.

import { createAvatar } from '@dicebear/core';
import * as personas from '@dicebear/personas';
import sharp from 'sharp';

sharp.concurrency(1);
sharp.cache(false);

/** Attributes and their values, names of our own where the style has colours: few enough that each is seen often. */
export const ATTRIBUTES = {
  hair: {
    long: 'long',
    bob: 'bobCut',
    curly: 'curly',
    buzzcut: 'buzzcut',
    mohawk: 'mohawk',
    beanie: 'beanie',
  },
  hair_colour: { black: '362c47', red: 'e15c66', orange: 'f29c65', white: 'dee1f5' },
  skin: { light: 'eeb4a4', medium: 'd78774', brown: '92594b', dark: '623d36' },
  eyes: { open: 'open', closed: 'sleep', glasses: 'glasses', sunglasses: 'sunglasses' },
  mouth: { smile: 'smile', frown: 'frown', surprise: 'surprise', grin: 'bigSmile' },
  beard: { none: null, full: 'beardMustache', moustache: 'walrus' },
  clothes: { squared: 'squared', rounded: 'rounded', checkered: 'checkered' },
  clothes_colour: { blue: '456dff', green: '6dbb58', red: 'e24553', yellow: 'f3b63a' },
};

const OPTIONS = {
  hair: 'hair',
  hair_colour: 'hairColor',
  skin: 'skinColor',
  eyes: 'eyes',
  mouth: 'mouth',
  beard: 'facialHair',
  clothes: 'body',
  clothes_colour: 'clothingColor',
};

/** The avatar with these attributes, { hair: 'long', … }, as SVG. */
export function svg(attributes) {
  const options = {
    nose: ['mediumRound'],
    facialHairProbability: attributes.beard === 'none' ? 0 : 100,
  };
  for (const [name, values] of Object.entries(ATTRIBUTES)) {
    if (!(attributes[name] in values))
      throw new Error(
        `avatars: ${name} is ${attributes[name]}, not one of ${Object.keys(values).join(', ')}`,
      );
    const value = values[attributes[name]];
    if (value !== null) options[OPTIONS[name]] = [value];
  }
  return createAvatar(personas, { seed: 'soda', ...options }).toString();
}

/** The same as a PNG of `side` by `side` pixels, with a transparent ground. */
export function png(attributes, side) {
  return rasterise(svg(attributes), side);
}

/** A drawing in SVG as a PNG of `side` by `side` pixels, with a transparent ground. */
export function rasterise(drawing, side) {
  // Drawn at twice the side and halved.
  return sharp(
    Buffer.from(drawing.replace('<svg', `<svg width="${2 * side}" height="${2 * side}"`)),
  )
    .resize(side, side, { kernel: 'lanczos3' })
    .png({ compressionLevel: 9 })
    .toBuffer();
}

/** A generator of numbers below `n` from a seed: splitmix32. */
export function drawing(seed) {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) % n;
  };
}

/** A person: one value of each attribute. */
export function person(draw) {
  const value = (values) => Object.keys(values)[draw(Object.keys(values).length)];
  return Object.fromEntries(
    Object.entries(ATTRIBUTES).map(([name, values]) => [name, value(values)]),
  );
}

/** The person, and for each attribute the person with another value of it. */
export function variants(own, draw) {
  const changed = Object.entries(ATTRIBUTES).map(([name, values]) => {
    const others = Object.keys(values).filter((value) => value !== own[name]);
    return { ...own, [name]: others[draw(others.length)] };
  });
  return [own, ...changed];
}
