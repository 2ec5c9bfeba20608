//! What decoding one picture may cost.

use super::picture::MAX_SIDE;
use image::{ImageFormat, Limits};

/// Most memory that one decoded picture may take.
pub(super) const MAX_BYTES: u64 = 512 << 20;

/// Most bytes that a PNG may have besides its pixels. They are compressed: a profile of half a
/// gigabyte is a file of half a megabyte.
const MOST_BESIDE: u64 = 32 << 20;

/// Limits for the decoder of a format.
pub(super) fn limits(format: ImageFormat) -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE as u32);
    limits.max_image_height = Some(MAX_SIDE as u32);
    // The pixels of a PNG do not count among these, and are checked before they are decoded.
    limits.max_alloc = Some(match format {
        ImageFormat::Png => MOST_BESIDE,
        _ => MAX_BYTES,
    });
    limits
}
