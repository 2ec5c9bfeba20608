/**
 * A module of one function, which returns an f32x4.relaxed_madd. Only engines with relaxed SIMD
 * find it valid.
 */
const FUSED_MULTIPLY_ADD = new Uint8Array([
  0x00,
  0x61,
  0x73,
  0x6d,
  0x01,
  0x00,
  0x00,
  0x00, // magic, version 1
  0x01,
  0x05,
  0x01,
  0x60,
  0x00,
  0x01,
  0x7b, // one type: () → v128
  0x03,
  0x02,
  0x01,
  0x00, // one function of that type
  0x0a,
  0x13,
  0x01,
  0x11,
  0x00, // its body, without locals
  0x41,
  0x00,
  0xfd,
  0x11,
  0x41,
  0x00,
  0xfd,
  0x11,
  0x41,
  0x00,
  0xfd,
  0x11, // three times i32.const 0, i32x4.splat
  0xfd,
  0x85,
  0x02,
  0x0b, // f32x4.relaxed_madd, end
]);

/** Whether this engine can multiply and add in one instruction. */
export function hasRelaxedSimd(): boolean {
  return WebAssembly.validate(FUSED_MULTIPLY_ADD);
}
