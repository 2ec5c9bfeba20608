export {
  NOTES,
  RATE,
  SAMPLES,
  SIDE,
  excerpt,
  note,
  sound,
  spectrogram,
  wav,
} from './client/sound/sounds.js';
export type { Note, SoundOptions } from './client/sound/sounds.js';
export { SodaError } from './shared/error.js';
export type { SodaErrorCode } from './shared/error.js';
