/** Every Cache Storage of this library, of any version, begins with this. */
export const CACHE_PREFIX = 'soda-morph-';

/** Where models are kept. The number rises when what is kept under which address changes. */
export const MODEL_CACHE = 'soda-morph-models-2';
