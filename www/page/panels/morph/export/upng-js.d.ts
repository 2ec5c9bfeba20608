/** upng-js has no types of its own; these are the parts used here. */
declare module 'upng-js' {
  const UPNG: {
    /** RGBA frames → PNG or APNG. `colours` 0 keeps every pixel; delays in ms. */
    encode(frames: ArrayBuffer[], width: number, height: number, colours: number, delays?: number[]): ArrayBuffer;
    crc: { crc(bytes: Uint8Array, offset: number, length: number): number };
  };
  export default UPNG;
}
