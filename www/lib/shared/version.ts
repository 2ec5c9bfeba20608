/**
 * Version of this library, and of the models that were published with it. The package's tests hold
 * it to package.json.
 */
export const VERSION = '0.1.0';
