import type { Note } from 'soda-morph/sound';

/** The words of the panel where two sounds morph. */
export const say = {
  title: 'One sound becomes another',
  lede:
    'Choose two short sounds, move the slider and press play: what you hear between them is ' +
    'painted by a model, not mixed. Nothing is uploaded.',

  side: { from: 'From', to: 'To' },
  notes: {
    kick: 'Kick drum',
    tom: 'Tom',
    snare: 'Snare drum',
    hat: 'Hi-hat',
    bell: 'Bell',
    marimba: 'Marimba',
    string: 'Plucked string',
    flute: 'Flute',
    organ: 'Organ',
    brass: 'Brass',
  } satisfies Record<Note, string>,
  fresh: (seed: number) => `New sound ${String(seed)}`,
  take: 'Microphone',
  wait: '…',

  play: (title: string, name: string) => `${title}: ${name}. Play`,
  empty: (title: string) => `${title}: no sound yet`,
  choose: 'Choose…',
  chooseFor: (title: string) => `${title}: Choose…`,
  chooseTitle: (title: string) => `${title}: choose a sound`,
  notesHeading: 'Notes',
  drop: 'Drop it here',
  file: 'From a file',
  fileHint:
    'A file can be anything this browser plays, up to 8 MB. Its first second is taken, from the ' +
    'first sound on. Your own sounds stay in this tab and are gone when it is closed.',
  microphone: 'Microphone',
  newSound: 'New sound',

  between: 'Between the two sounds',
  stage: (what: string) => `Spectrogram, ${what}: low at the bottom, a second from left to right`,
  place: (place: number, from: string, to: string) =>
    place === 0
      ? `${from}, as the model paints it`
      : place === 1
        ? `${to}, as the model paints it`
        : `${percent(place)} of the way from ${from} to ${to}`,
  mixedPlace: (place: number, from: string, to: string) =>
    `${percent(1 - place)} ${from} and ${percent(place)} ${to}, mixed`,
  slider: 'Place between the two sounds',
  playHere: 'Play this sound',
  stop: 'Stop',
  playWay: 'Play the way',
  swap: 'Swap the two sounds',
  kind: 'What is heard',
  kinds: { morph: 'Morph', mix: 'Cross-fade' },
  kindHints: {
    morph:
      'The model squeezes each sound into 256 numbers, goes part of the way from one to the ' +
      'other and paints that spectrogram; its sound is found from there.',
    mix: 'Both sounds at once, one softer as the other gets louder: no model, to compare with.',
  },

  painting: (done: number, all: number) =>
    `Painting step ${String(Math.min(done + 1, all))} of ${String(all)}`,
  done: (from: string, to: string) => `From ${from} to ${to}: ready to play`,
  making: 'Making the sound',
  saved: (name: string) => `Saved as ${name}`,

  save: 'Save sound',
  saveWay: 'Save the way',
  saveName: (place: number, from: string, to: string) => `${percent(place)} ${from} to ${to}`,
  wayName: (from: string, to: string) => `${from} to ${to}`,
  link: 'Copy link',
  linkCopied: 'The address of these sounds was copied',
  linkWithout:
    'The address was copied. Your own sounds are not in it: whoever opens it hears notes of the ' +
    'gallery in their place.',
  linkFailed: 'The browser does not let the page copy. The address above says what is on show.',

  micTitle: 'Record a second',
  micHint:
    'The recording begins when you press the button and lasts a second. It stays in this tab; ' +
    'closing turns the microphone off.',
  record: 'Record',
  recording: 'Recording…',
  level: 'Level of the microphone',
  levelWords: (share: number) => `${String(Math.round(100 * share))} %`,
  again: 'Try again',
  micTrouble: (name: string, message: string) => {
    switch (name) {
      case 'NotAllowedError':
        return (
          'The browser does not let this page use the microphone. Allow it in the site settings ' +
          'beside the address, then try again.'
        );
      case 'NotFoundError':
      case 'OverconstrainedError':
        return 'No microphone was found. Connect one, or choose a file.';
      case 'NotReadableError':
      case 'AbortError':
        return 'Another app is using the microphone. Close it and try again.';
      default:
        return `The microphone could not be started: ${message}.`;
    }
  },
  micSilent: 'Nothing was heard. Make a sound while it records, or choose another microphone.',
  micGone: 'The microphone is gone: it was unplugged, or is no longer allowed.',

  trouble: {
    noFile: 'That didn’t contain a sound. Drop a sound file, or copy one and paste it.',
    empty: (name: string) => `${name} is empty (0 bytes). Choose a sound file.`,
    large: (name: string, bytes: number) =>
      `${name} is too large: ${(bytes / 1e6).toFixed(1)} MB, and 8 MB at most are read. A second ` +
      `is enough: cut it first.`,
    noSound: (name: string) =>
      `This browser can’t play ${name}. Use WAV, MP3, FLAC, AAC, Ogg or WebM.`,
    silent: (name: string) => `${name} is silent. Choose another file.`,
    gone:
      'A sound of this address was somebody’s own and is not in this tab, so a note is heard in ' +
      'its place.',
    noPrior: 'This model draws no new sounds.',
    made: (message: string) => `The sound could not be made: ${message}.`,
    saved: (message: string) => `The sound could not be saved: ${message}.`,
    refused:
      'The browser does not let the page play sounds. Check that the tab is not muted and press ' +
      'play again.',
  },
} as const;

function percent(place: number): string {
  return `${String(Math.round(100 * place))} %`;
}
