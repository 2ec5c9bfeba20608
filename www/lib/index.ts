export { clearCache, configure } from './client/configuration.js';
export type { Configuration } from './client/configuration.js';
export { Soda } from './client/soda.js';
export type { Picture } from './client/picture.js';
export { average, morph } from './morph.js';
export type { Average, FrameOptions, Morph, MorphOptions, Pin } from './morph.js';
export { SodaError } from './shared/error.js';
export type { SodaErrorCode } from './shared/error.js';
export { namedDirection } from './shared/directions.js';
export { analogy, interpolate, lerp, mix, similarity, slerp } from './shared/latent.js';
export type {
  Backend,
  CallOptions,
  DecodeOptions,
  DrawOptions,
  EncodeOptions,
  Interpolation,
  Latent,
  LoadOptions,
  ModelConfig,
  NamedDirections,
  ModelFiles,
  Progress,
  Sample,
  SampleOptions,
  SavedModel,
  SaveOptions,
  TrainEvent,
  TrainOptions,
} from './shared/api.js';
