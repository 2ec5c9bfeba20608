//! 3×3 convolution, stride 1, zero padding 1, by Winograd's minimal filtering `F(4×4, 3×3)`: 36
//! products a tile of 4×4 outputs where the direct way takes 144. NCHW.
//!
//! `Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A` for a kernel `g` and the 6×6 pixels `d` that a tile of outputs
//! needs; summed over input channels, each of the 36 places is a matrix product (Lavin and Gray,
//! *Fast Algorithms for Convolutional Neural Networks*, CVPR 2016, §4, whose matrices these are).
//! In single precision the result is off by some 10⁻⁶ of its size, about ten times what the
//! direct way is off by.
//!
//! Channels lie side by side in vectors, so that any resolution fills them:
//!
//! ```text
//!   strip of x ─ channels last ─► local ─ Bᵀ·B ─► v [36, tiles, C]
//!                                                  │ · u [36, C, K]
//!   strip of y ◄─ planes again ── local ◄ Aᵀ·A ── m [36, tiles, K]
//! ```
//!
//! The gradient by the weights is the same with the arrows turned: `Gᵀ[(Bᵀ d B) ⊙ (A ∂Y Aᵀ)]G`,
//! summed over tiles. That by `x` is a convolution with turned kernels.

mod forward;
mod gradient;
mod layout;
#[cfg(not(target_family = "wasm"))]
mod pairs;
mod sums;
mod transform;

pub use forward::forward;
pub use gradient::weight_gradient;
pub use transform::Kernels;

use super::maps::Maps;
use super::simd::LINE;

/// Outputs of a tile, along a side.
const OUT: usize = 4;
/// Pixels that a tile needs, along a side.
const SIDE: usize = 6;
/// Places of a transformed tile.
const PLACES: usize = SIDE * SIDE;
/// Tiles that are worked on together: their transforms stay in the cache.
const BLOCK: usize = 64;
/// Tiles whose products are kept in registers at once.
const ROWS: usize = 8;

/// Whether this is the faster way where kernels must be transformed first, which few tiles do not
/// pay for. Few channels leave vectors half empty.
pub fn pays(maps: Maps, channels: usize, outputs: usize) -> bool {
    maps.batch * tiles(maps) >= 16 && channels >= LINE && outputs >= LINE
}

/// Whether this is the faster way with kernels that have been transformed before.
pub fn pays_with_kernels(maps: Maps, channels: usize, outputs: usize) -> bool {
    // Natively the products of few tiles wait for the kernels, which are four times as large.
    let least = if cfg!(target_family = "wasm") { 4 } else { 8 };
    maps.batch * tiles(maps) >= least && channels >= LINE && outputs >= LINE
}

fn tiles(maps: Maps) -> usize {
    maps.height.div_ceil(OUT) * maps.width.div_ceil(OUT)
}

/// How pictures are cut: a strip is some rows of tiles of one picture, a block some strips.
#[derive(Debug, Clone, Copy)]
struct Strips {
    maps: Maps,
    /// Tiles side by side.
    across: usize,
    /// Rows of tiles in a strip, but for the last of a picture.
    rows: usize,
    per_image: usize,
    per_block: usize,
}

impl Strips {
    fn new(maps: Maps) -> Self {
        let across = maps.width.div_ceil(OUT);
        let down = maps.height.div_ceil(OUT);
        let rows = (BLOCK / across).clamp(1, down);
        Self {
            maps,
            across,
            rows,
            per_image: down.div_ceil(rows),
            per_block: (BLOCK / (rows * across)).max(1),
        }
    }

    /// Pixels of a local row, one at either side being padding.
    fn width(self) -> usize {
        self.across * OUT + 2
    }

    /// Most tiles of a block, up to whole register tiles.
    fn tiles(self) -> usize {
        (self.per_block * self.rows * self.across).next_multiple_of(ROWS)
    }

    /// Floats of a strip's pixels, of `v` and of `m`.
    fn scratch(self, channels: usize, stride: usize) -> [usize; 3] {
        let wide = channels.next_multiple_of(LINE);
        let pixels = (self.rows * OUT + 2) * self.width();
        let transformed = PLACES * self.tiles();
        [
            pixels * wide.max(stride),
            transformed * wide,
            transformed * stride,
        ]
    }

    /// Picture and place in it of a strip.
    fn place(self, strip: usize) -> (usize, usize) {
        (strip / self.per_image, strip % self.per_image)
    }

    /// Rows of tiles in strip `strip` of a picture.
    fn rows_of(self, strip: usize) -> usize {
        let down = self.maps.height.div_ceil(OUT);
        self.rows.min(down - strip * self.rows)
    }
}
