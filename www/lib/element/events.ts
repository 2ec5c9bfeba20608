import type { Backend, Progress, SodaError } from '../index.js';

/** What the element tells; all of them bubble and leave shadow trees. */
export interface SodaMorphEventMap {
  /** The model loads, or a morph is painted. */
  'soda-progress': CustomEvent<Progress>;
  /**
   * The model is there, or the two originals are brought together; without a model there is no
   * backend.
   */
  'soda-ready': CustomEvent<{ backend: Backend | undefined; fallback: string | undefined }>;
  /** A frame has been painted. */
  'soda-frame': CustomEvent<{ index: number; frame: ImageData }>;
  /** All frames have been painted. */
  'soda-complete': CustomEvent<{ frames: readonly ImageData[] }>;
  /**
   * A person or `play` has moved the slider; 0 is `from`, 1 is `to`. Setting `value` does not tell.
   */
  'soda-change': CustomEvent<{ value: number }>;
  'soda-error': CustomEvent<SodaError>;
}
