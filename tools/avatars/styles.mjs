// Avatars in several styles of DiceBear, drawn from attributes that mean the same in each style.
// licences.mjs says who designed them and under which licence.

import { createAvatar } from '@dicebear/core';
import * as adventurer from '@dicebear/adventurer';
import * as bigSmile from '@dicebear/big-smile';
import * as micah from '@dicebear/micah';
import * as openPeeps from '@dicebear/open-peeps';
import * as personas from '@dicebear/personas';

const numbered = (...numbers) =>
  numbers.map((number) => `variant${String(number).padStart(2, '0')}`);

/**
 * For each style: `parts`, by attribute the options of DiceBear that draw each of its values, of which one is drawn; `free`, options that are no
 * attribute; `fixed`, what all its avatars share.
 */
export const STYLES = {
  personas: {
    style: personas,
    zoom: [1.25, 0, 4],
    parts: {
      skin: {
        light: { skinColor: ['eeb4a4', 'e5a07e'] },
        brown: { skinColor: ['d78774'] },
        dark: { skinColor: ['92594b'] },
      },
      hair: {
        short: { hair: ['shortCombover', 'fade', 'buzzcut'] },
        long: { hair: ['long', 'extraLong', 'bobCut'] },
        curly: { hair: ['curly', 'curlyBun'] },
        bald: { hair: ['bald'] },
      },
      hair_colour: {
        black: { hairColor: ['362c47'] },
        brown: { hairColor: ['6c4545'] },
        red: { hairColor: ['e15c66'] },
        blond: { hairColor: ['f29c65'] },
        white: { hairColor: ['dee1f5'] },
      },
      glasses: {
        none: { eyes: ['open', 'happy'] },
        glasses: { eyes: ['glasses'] },
        sunglasses: { eyes: ['sunglasses'] },
      },
      mouth: {
        smile: { mouth: ['smile', 'bigSmile'] },
        sad: { mouth: ['frown'] },
        open: { mouth: ['surprise'] },
      },
      beard: {
        none: { facialHairProbability: [0] },
        beard: { facialHairProbability: [100], facialHair: ['beardMustache'] },
      },
    },
    free: {
      clothingColor: ['456dff', '6dbb58', 'e24553', 'f3b63a', '7555ca'],
      body: ['squared', 'rounded'],
    },
    fixed: { nose: ['mediumRound'] },
  },
  micah: {
    style: micah,
    zoom: [1.05, 0, 2],
    parts: {
      skin: {
        light: { baseColor: ['f9c9b6'] },
        brown: { baseColor: ['ac6651'] },
        dark: { baseColor: ['77311d'] },
      },
      hair: {
        short: { hair: ['fonze', 'dannyPhantom'] },
        long: { hair: ['full', 'pixie'] },
        bald: { hairProbability: [0] },
      },
      hair_colour: {
        black: { hairColor: ['000000'] },
        brown: { hairColor: ['77311d'] },
        red: { hairColor: ['fc909f'] },
        blond: { hairColor: ['f4d150'] },
        white: { hairColor: ['ffffff'] },
      },
      glasses: {
        none: { glassesProbability: [0] },
        glasses: {
          glassesProbability: [100],
          glasses: ['round', 'square'],
          glassesColor: ['000000'],
        },
      },
      mouth: {
        smile: { mouth: ['smile', 'laughing'] },
        sad: { mouth: ['frown', 'sad'] },
        open: { mouth: ['surprised'] },
      },
      beard: {
        none: { facialHairProbability: [0] },
        beard: { facialHairProbability: [100], facialHair: ['beard'] },
      },
    },
    free: {
      shirtColor: ['9287ff', '6bd9e9', 'fc909f', 'f4d150', 'ffffff'],
      shirt: ['open', 'crew', 'collared'],
    },
    fixed: {
      nose: ['curve'],
      eyebrows: ['up'],
      eyes: ['eyes'],
      earringsProbability: 0,
      ears: ['attached'],
      facialHairColor: ['000000'],
    },
  },
  adventurer: {
    style: adventurer,
    zoom: [1.1, 0, 0],
    parts: {
      skin: {
        light: { skinColor: ['f2d3b1', 'ecad80'] },
        brown: { skinColor: ['9e5622'] },
        dark: { skinColor: ['763900'] },
      },
      hair: {
        short: { hair: ['short16', 'short04', 'short05', 'short02', 'short11'] },
        long: { hair: ['long01', 'long04', 'long13', 'long15', 'long20'] },
        curly: { hair: ['short19', 'long05'] },
        bald: { hairProbability: [0] },
      },
      hair_colour: {
        black: { hairColor: ['0e0e0e'] },
        brown: { hairColor: ['6a4e35'] },
        red: { hairColor: ['ab2a18'] },
        blond: { hairColor: ['e5d7a3'] },
        white: { hairColor: ['afafaf'] },
      },
      glasses: {
        none: { glassesProbability: [0] },
        glasses: { glassesProbability: [100], glasses: numbered(2, 4) },
        sunglasses: { glassesProbability: [100], glasses: numbered(1) },
      },
      mouth: {
        smile: { mouth: numbered(30, 28, 1, 23) },
        sad: { mouth: numbered(4, 10) },
        open: { mouth: numbered(3, 21) },
      },
      beard: {
        none: { featuresProbability: [0] },
        beard: { featuresProbability: [100], features: ['mustache'] },
      },
    },
    free: { eyes: numbered(26, 24, 23, 15, 12), eyebrows: numbered(10, 8) },
    fixed: { earringsProbability: 0 },
  },
  'big-smile': {
    style: bigSmile,
    zoom: [1.1, 0, 0],
    parts: {
      skin: {
        light: { skinColor: ['ffe4c0', 'efcc9f'] },
        brown: { skinColor: ['a47539'] },
        dark: { skinColor: ['643d19'] },
      },
      hair: {
        short: { hair: ['shortHair', 'bowlCutHair'] },
        long: { hair: ['straightHair', 'wavyBob', 'bangs'] },
        curly: { hair: ['froBun', 'curlyShortHair'] },
        bald: { hair: ['shavedHead'] },
      },
      hair_colour: {
        black: { hairColor: ['220f00'] },
        brown: { hairColor: ['71472d'] },
        red: { hairColor: ['d56c0c'] },
        blond: { hairColor: ['e9b729'] },
        white: { hairColor: ['e2ba87'] },
      },
      glasses: {
        none: { accessoriesProbability: [0] },
        glasses: { accessoriesProbability: [100], accessories: ['glasses'] },
        sunglasses: { accessoriesProbability: [100], accessories: ['sunglasses'] },
      },
      mouth: {
        smile: { mouth: ['openedSmile', 'teethSmile', 'kawaii'] },
        sad: { mouth: ['openSad', 'unimpressed'] },
      },
      beard: { none: {} },
    },
    free: { eyes: ['normal', 'cheery'] },
    fixed: {},
  },
  'open-peeps': {
    style: openPeeps,
    zoom: [1.1, 0, 0],
    parts: {
      skin: {
        light: { skinColor: ['ffdbb4', 'edb98a'] },
        brown: { skinColor: ['ae5d29'] },
        dark: { skinColor: ['694d3d'] },
      },
      hair: {
        short: { head: ['short1', 'short4', 'pomp'] },
        long: { head: ['long', 'longBangs', 'medium1', 'bun'] },
        curly: { head: ['afro', 'longCurly'] },
        bald: { head: ['noHair1', 'noHair2'] },
      },
      // Only what is worn in the hair takes another colour in this style.
      hair_colour: { black: { headContrastColor: ['e78276', '8fa7df'] } },
      glasses: {
        none: { accessoriesProbability: [0] },
        glasses: { accessoriesProbability: [100], accessories: ['glasses', 'glasses2'] },
        sunglasses: { accessoriesProbability: [100], accessories: ['sunglasses'] },
      },
      mouth: {
        smile: { face: ['smile', 'smileBig', 'lovingGrin1'] },
        sad: { face: ['serious', 'concerned'] },
        open: { face: ['awe'] },
      },
      beard: {
        none: { facialHairProbability: [0] },
        beard: { facialHairProbability: [100], facialHair: ['full', 'full2'] },
      },
    },
    free: { clothingColor: ['e78276', 'ffcf77', '78e185', '8fa7df', 'e279c7'] },
    fixed: { maskProbability: 0 },
  },
};

const one = (values, draw) => values[draw(values.length)];

/**
 * An avatar at random, `draw(n)` giving whole numbers below n: `attributes` { style, skin, hair, … } and DiceBear's `options`.
 * Whoever has a beard has short hair or none; one in three of them has one.
 */
export function avatar(draw) {
  const style = one(Object.keys(STYLES), draw);
  const { parts, free } = STYLES[style];
  const attributes = { style };
  for (const [name, values] of Object.entries(parts))
    attributes[name] = one(Object.keys(values), draw);
  if (attributes.beard !== 'none' && (draw(3) > 0 || !['short', 'bald'].includes(attributes.hair)))
    attributes.beard = 'none';
  if (attributes.glasses !== 'none' && draw(2) > 0) attributes.glasses = 'none';
  const options = {};
  for (const name of Object.keys(parts))
    Object.assign(options, drawn(style, name, attributes[name], draw));
  for (const [option, values] of Object.entries(free)) options[option] = one(values, draw);
  return { attributes, options };
}

/** The options that draw the value of an attribute in a style. */
function drawn(style, name, value, draw) {
  return Object.fromEntries(
    Object.entries(STYLES[style].parts[name][value]).map(([option, values]) => [
      option,
      one(values, draw),
    ]),
  );
}

/** The avatar, and for each attribute that its style can change the avatar with another value of it, all else the same. */
export function variants({ attributes, options }, draw) {
  const { style } = attributes;
  const changed = Object.entries(STYLES[style].parts).flatMap(([name, values]) => {
    const others = Object.keys(values).filter((value) => value !== attributes[name]);
    if (others.length === 0) return [];
    const value = one(others, draw);
    return [
      {
        attributes: { ...attributes, [name]: value },
        options: { ...options, ...drawn(style, name, value, draw) },
      },
    ];
  });
  return [{ attributes, options }, ...changed];
}

/** The avatar as SVG; nothing else about it is random. */
export function svg({ attributes: { style }, options }) {
  const { style: drawing, fixed, zoom } = STYLES[style];
  const given = Object.entries(options).map(([name, value]) => [
    name,
    name.endsWith('Probability') ? value : [value],
  ]);
  const [scale, translateX, translateY] = zoom;
  return createAvatar(drawing, {
    seed: 'soda',
    ...fixed,
    ...Object.fromEntries(given),
    scale: Math.round(100 * scale),
    translateX,
    translateY,
  }).toString();
}
