/** gifenc has no types of its own; these are the parts used here. */
declare module 'gifenc' {
  type Palette = number[][];
  interface FrameOptions {
    /** Whether what a file has once is to stand before it. */
    first: boolean;
    palette: Palette;
    /** Milliseconds. */
    delay: number;
    /** 0 is for ever. */
    repeat: number;
  }
  interface Encoder {
    writeHeader(): void;
    writeFrame(index: Uint8Array, width: number, height: number, options: FrameOptions): void;
    finish(): void;
    /** A copy of what was written since the last reset. */
    bytes(): Uint8Array<ArrayBuffer>;
    reset(): void;
  }
  export function GIFEncoder(options: { auto: false }): Encoder;
  export function quantize(rgba: Uint8ClampedArray, colours: number): Palette;
  export function applyPalette(rgba: Uint8ClampedArray, palette: Palette): Uint8Array;
}
