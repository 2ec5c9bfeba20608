export { paintedMorph } from './client/morph/painted.js';
