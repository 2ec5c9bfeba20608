export { describe } from './morph.js';
export type { DescribeOptions } from './morph.js';
export { NearestMean } from './recognition/nearest-mean.js';
export type { Example, Guess, LeftOut, NearestMeanData } from './recognition/nearest-mean.js';
export { StandardScaler, joined } from './recognition/standard-scaler.js';
export type { StandardScalerData } from './recognition/standard-scaler.js';
export { unfamiliarity } from './recognition/unfamiliarity.js';
