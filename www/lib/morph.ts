export { average } from './client/morph/average.js';
export { describe } from './client/morph/describing.js';
export type { DescribeOptions } from './client/morph/describing.js';
export { morph } from './client/morph/morphing.js';
export type { Picture } from './client/picture.js';
export { SodaError } from './shared/error.js';
export type { SodaErrorCode } from './shared/error.js';
export type { Average, FrameOptions, Morph, MorphOptions, Pin } from './client/morph/api.js';
export type { CallOptions, Progress } from './shared/api.js';
