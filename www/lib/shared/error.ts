/** What went wrong, for a program to act on. */
export type SodaErrorCode =
  | 'unsupported'
  | 'network'
  | 'weights'
  | 'input'
  | 'aborted'
  | 'device-lost'
  | 'out-of-memory'
  | 'disposed'
  | 'internal';

const CODES: readonly string[] = [
  'unsupported',
  'network',
  'weights',
  'input',
  'aborted',
  'device-lost',
  'out-of-memory',
  'disposed',
  'internal',
] satisfies SodaErrorCode[];

/**
 * Every error this library throws. The message names the thing at fault and what would be right.
 */
export class SodaError extends Error {
  readonly code: SodaErrorCode;

  constructor(code: SodaErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SodaError';
    this.code = code;
  }

  /**
   * Makes a SodaError of whatever was thrown: a `{ code, message }` of the engine, a DOMException,
   * a trap of the wasm.
   */
  static from(thrown: unknown): SodaError {
    if (thrown instanceof SodaError) return thrown;
    const message = messageOf(thrown);
    if (isFailure(thrown)) return new SodaError(thrown.code, message);
    if (thrown instanceof Error && thrown.name === 'AbortError') return aborted();
    const code = /out of memory|allocation failed|cannot allocate/i.test(message)
      ? 'out-of-memory'
      : 'internal';
    return new SodaError(code, message, { cause: thrown });
  }
}

/** The error of an aborted call. */
export function aborted(): SodaError {
  return new SodaError('aborted', 'the call was aborted');
}

/**
 * True for the `{ code, message }` objects that the engine throws on purpose. Anything else it
 * throws is a trap.
 */
export function isFailure(thrown: unknown): thrown is { code: SodaErrorCode; message: string } {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return false;
  return typeof thrown.code === 'string' && CODES.includes(thrown.code);
}

function messageOf(thrown: unknown): string {
  if (typeof thrown === 'object' && thrown !== null && 'message' in thrown)
    return String(thrown.message);
  return String(thrown);
}
