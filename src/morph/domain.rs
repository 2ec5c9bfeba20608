//! The grid that a morph is solved on.

use super::planes::{Outside, Planes};

/// Cells of a square frame without padding, across. Any frame has about as many in all.
const CELLS: f32 = 32.0;
/// What is added on each side, in parts of the frame, where pictures have outlines of their own:
/// an outline may pass the frame's border on its way.
const PADDING: f32 = 0.125;

/// A grid of square cells over the frame, or over the frame and a margin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Domain {
    /// Cells from left to right; even.
    pub width: usize,
    /// Cells from top to bottom; even.
    pub height: usize,
    /// The margin on each side, in parts of the frame.
    pub padding: f32,
}

impl Domain {
    /// For a frame of this shape; `padded` where both pictures are transparent somewhere.
    pub fn new((width, height): (usize, usize), padded: bool) -> Self {
        let padding = if padded { PADDING } else { 0.0 };
        let cells = CELLS * (1.0 + 2.0 * padding);
        let root = (width as f32 / height as f32).sqrt();
        let even = |cells: f32| 2 * ((0.5 * cells).round() as usize).max(4);
        Self {
            width: even(cells * root),
            height: even(cells / root),
            padding,
        }
    }

    /// The same with `factor` times as many cells each way.
    pub fn times(self, factor: f32) -> Self {
        let scaled = |cells: usize| ((cells as f32 * factor).round() as usize).max(2);
        Self {
            width: scaled(self.width),
            height: scaled(self.height),
            ..self
        }
    }

    /// The frame's width and height, in cells.
    pub fn frame(&self) -> (f32, f32) {
        let whole = 1.0 + 2.0 * self.padding;
        (self.width as f32 / whole, self.height as f32 / whole)
    }

    /// A point of the frame, 0 to 1 from the left and the top, in cells.
    #[inline(always)]
    pub fn cell(&self, u: f32, v: f32) -> (f32, f32) {
        let (w, h) = self.frame();
        ((u + self.padding) * w - 0.5, (v + self.padding) * h - 0.5)
    }

    /// A point in cells, in parts of the frame.
    #[inline(always)]
    pub fn point(&self, x: f32, y: f32) -> (f32, f32) {
        let (w, h) = self.frame();
        ((x + 0.5) / w - self.padding, (y + 0.5) / h - self.padding)
    }

    /// `planes`, which fill the frame, with `detail` cells to one of the grid each way.
    pub fn view(&self, planes: &Planes, detail: usize, outside: Outside) -> Planes {
        let (w, h) = (planes.width as f32, planes.height as f32);
        let (left, top) = (self.padding * w, self.padding * h);
        let window = [-left, -top, w + left, h + top];
        planes.window(window, detail * self.width, detail * self.height, outside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_frame_has_about_as_many_cells() {
        let square = Domain::new((512, 512), false);
        assert_eq!((square.width, square.height), (32, 32));
        let padded = Domain::new((512, 512), true);
        assert_eq!((padded.width, padded.height), (40, 40));
        let wide = Domain::new((512, 256), false);
        assert_eq!((wide.width, wide.height), (46, 22));
    }

    #[test]
    fn points_and_cells_are_inverse() {
        let domain = Domain::new((300, 200), true);
        let (x, y) = domain.cell(0.3, 0.9);
        let (u, v) = domain.point(x, y);
        assert!((u - 0.3).abs() < 1e-5 && (v - 0.9).abs() < 1e-5);
        assert_eq!(domain.point(-0.5, -0.5), (-0.125, -0.125));
    }
}
