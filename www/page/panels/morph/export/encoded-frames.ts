/** Bytes of frames that are kept, whatever their size and number. */
const MOST_KEPT = 64 * 2 ** 20;

/**
 * Frames that have been encoded, for when the film passes them again; those used longest ago are
 * forgotten, and encoded again.
 */
export class EncodedFrames<T> {
  readonly #frames = new Map<number, { frame: T; bytes: number }>();
  #bytes = 0;

  /** The frame at an index, or one that is made now; `bytes` says how large it is. */
  async get(index: number, bytes: (frame: T) => number, make: () => Promise<T>): Promise<T> {
    const known = this.#frames.get(index);
    this.#frames.delete(index);
    const frame = known?.frame ?? (await make());
    const size = known?.bytes ?? bytes(frame);
    if (!known) this.#bytes += size;
    this.#frames.set(index, { frame, bytes: size });
    for (const [oldest, { bytes: freed }] of this.#frames) {
      if (this.#bytes <= MOST_KEPT) break;
      this.#frames.delete(oldest);
      this.#bytes -= freed;
    }
    return frame;
  }
}
