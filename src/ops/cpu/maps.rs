//! Shapes of feature maps, and how their planes lie in memory with a padding of zeros.

use super::simd::LINE;

/// Shape of a batch of feature maps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Maps {
    /// Pictures.
    pub batch: usize,
    /// Rows of pixels.
    pub height: usize,
    /// Pixels a row.
    pub width: usize,
}

impl Maps {
    /// Pixels of a channel.
    pub fn pixels(self) -> usize {
        self.height * self.width
    }

    /// Floats from one padded row to the next.
    pub(super) fn row(self) -> usize {
        self.width + 1
    }

    /// Flat indices to compute, from the first pixel to the last.
    pub(super) fn span(self) -> usize {
        self.height * self.row() - 1
    }

    /// Where a padded plane's first pixel is.
    pub(super) fn origin(self) -> usize {
        (self.row() + 1).next_multiple_of(LINE)
    }

    /// Floats of one padded plane.
    pub(super) fn plane(self) -> usize {
        (self.origin() + (self.height + 1) * self.row() + LINE).next_multiple_of(LINE)
    }
}
