//! One square picture with transparency, and its way to and from the numbers a network sees.

use super::error::{DataError, Result};
use super::resample::{Axis, Interpolation, resample};

/// Largest side of a picture that is taken in, in pixels.
pub const MAX_SIDE: usize = 16_384;

/// A square picture: 8-bit sRGB premultiplied by alpha, four bytes a pixel, row by row.
///
/// Compact on purpose: a training set of 100,000 pictures at 64×64 is 1.6 GB. Premultiplied so that
/// averaging and composing are linear and colour hidden under alpha 0 is gone from the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rgba {
    size: usize,
    pixels: Box<[u8]>,
}

impl Rgba {
    /// Take in a picture of any shape: the central square is cropped out and resized to `size`.
    ///
    /// Shrinking averages areas exactly; enlarging is Catmull–Rom. A picture that already is
    /// `size`×`size` is kept as it is.
    ///
    /// # Shapes
    /// - `rgba`: `[height, width, 4]` bytes, alpha not premultiplied (what decoders and `ImageData`
    ///   give)
    ///
    /// # Errors
    /// A side of 0 or above [`MAX_SIDE`], or a buffer whose length is not `4 · width · height`.
    pub fn from_rgba8(rgba: &[u8], width: usize, height: usize, size: usize) -> Result<Self> {
        for (width, height) in [(width, height), (size, size)] {
            if !(1..=MAX_SIDE).contains(&width) || !(1..=MAX_SIDE).contains(&height) {
                return Err(DataError::Dimensions {
                    width,
                    height,
                    max: MAX_SIDE,
                });
            }
        }
        let wanted = 4 * width * height;
        if rgba.len() != wanted {
            return Err(DataError::Length {
                found: rgba.len(),
                wanted,
                width,
                height,
            });
        }
        let side = width.min(height);
        let (left, top) = ((width - side) / 2, (height - side) / 2);
        let pixels = resample(
            side,
            size,
            Axis::WHOLE,
            Axis::WHOLE,
            Interpolation::CatmullRom,
            |y, row| {
                let begin = 4 * ((top + y) * width + left);
                for (pixel, rgba) in row
                    .iter_mut()
                    .zip(rgba[begin..begin + 4 * side].as_chunks::<4>().0)
                {
                    let [r, g, b, a] = rgba.map(f32::from);
                    *pixel = [r * a / 255.0, g * a / 255.0, b * a / 255.0, a];
                }
            },
        );
        Ok(Self::from_premultiplied(size, &pixels))
    }

    /// Round premultiplied values in 0..=255 to a picture.
    pub(super) fn from_premultiplied(size: usize, pixels: &[[f32; 4]]) -> Self {
        // `as` saturates, and the values are at least 0: adding a half rounds.
        let pixels = pixels
            .iter()
            .flat_map(|pixel| pixel.map(|value| (value + 0.5) as u8))
            .collect();
        Self { size, pixels }
    }

    /// Side in pixels.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The premultiplied bytes, `[size, size, 4]`.
    pub fn premultiplied(&self) -> &[u8] {
        &self.pixels
    }

    /// The pixels of one row.
    pub(super) fn row(&self, y: usize) -> &[[u8; 4]] {
        let width = 4 * self.size;
        self.pixels[y * width..(y + 1) * width].as_chunks::<4>().0
    }

    /// Whether every pixel is opaque.
    pub fn is_opaque(&self) -> bool {
        self.pixels
            .iter()
            .skip(3)
            .step_by(4)
            .all(|&alpha| alpha == 255)
    }

    /// The picture at half its side: each pixel the average of 2×2. The last row and column of an
    /// odd side are dropped; a side of 1 stays.
    pub fn halved(&self) -> Self {
        if self.size == 1 {
            return self.clone();
        }
        let size = self.size / 2;
        let mut pixels = Vec::with_capacity(4 * size * size);
        for y in 0..size {
            let (above, below) = (self.row(2 * y), self.row(2 * y + 1));
            for x in 0..size {
                for c in 0..4 {
                    let sum: u16 = [
                        above[2 * x],
                        above[2 * x + 1],
                        below[2 * x],
                        below[2 * x + 1],
                    ]
                    .iter()
                    .map(|pixel| u16::from(pixel[c]))
                    .sum();
                    pixels.push(((sum + 2) / 4) as u8);
                }
            }
        }
        Self {
            size,
            pixels: pixels.into(),
        }
    }

    /// Put the picture over a plain background, as a network sees it.
    ///
    /// `x = 2·(c + (1 − a)·background) − 1` with `c` premultiplied by alpha `a`.
    ///
    /// # Shapes
    /// - `background`: red, green, blue in [0, 1]
    /// - output: `[3, size, size]`, channel by channel, in [-1, 1]
    pub fn compose(&self, background: [f32; 3]) -> Vec<f32> {
        let mut output = vec![0.0; 3 * self.size * self.size];
        self.compose_into(background, &mut output);
        output
    }

    /// [`compose`](Self::compose) into a part of a batch.
    ///
    /// # Panics
    /// If `output` is not `3 · size · size` long.
    pub fn compose_into(&self, background: [f32; 3], output: &mut [f32]) {
        let area = self.size * self.size;
        assert_eq!(
            output.len(),
            3 * area,
            "output of a {0} x {0} picture",
            self.size
        );
        let pixels = self.pixels.as_chunks::<4>().0;
        for (c, plane) in output.chunks_exact_mut(area).enumerate() {
            let under = 2.0 * background[c] / 255.0;
            for (value, pixel) in plane.iter_mut().zip(pixels) {
                let (colour, alpha) = (f32::from(pixel[c]), f32::from(pixel[3]));
                *value = colour * (2.0 / 255.0) + (255.0 - alpha) * under - 1.0;
            }
        }
    }
}

/// Network pixels as bytes: `round(255·(x + 1)/2)`, clamped; not a number becomes 0.
///
/// # Shapes
/// - `pixels`: `[3, size, size]` in [-1, 1]
/// - output: `[size, size, 3]`
///
/// # Errors
/// If `pixels` is not `3 · size · size` long.
pub fn to_rgb8(pixels: &[f32], size: usize) -> Result<Vec<u8>> {
    interleave::<3>(pixels, size)
}

/// Network pixels as opaque RGBA bytes, what a canvas wants. Otherwise as [`to_rgb8`].
///
/// # Shapes
/// - `pixels`: `[3, size, size]` in [-1, 1]
/// - output: `[size, size, 4]`, alpha 255
///
/// # Errors
/// If `pixels` is not `3 · size · size` long.
pub fn to_rgba8(pixels: &[f32], size: usize) -> Result<Vec<u8>> {
    interleave::<4>(pixels, size)
}

fn interleave<const CHANNELS: usize>(pixels: &[f32], size: usize) -> Result<Vec<u8>> {
    let area = size * size;
    if pixels.len() != 3 * area {
        return Err(DataError::Length {
            found: pixels.len(),
            wanted: 3 * area,
            width: size,
            height: size,
        });
    }
    let mut bytes = vec![255; CHANNELS * area];
    for (c, plane) in pixels.chunks_exact(area.max(1)).enumerate() {
        for (bytes, value) in bytes.chunks_exact_mut(CHANNELS).zip(plane) {
            // `as` saturates at both ends and takes NaN to 0.
            bytes[c] = (value * 127.5 + 128.0) as u8;
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHITE: [f32; 3] = [1.0; 3];

    fn opaque(grey: impl IntoIterator<Item = u8>) -> Vec<u8> {
        grey.into_iter().flat_map(|v| [v, v, v, 255]).collect()
    }

    #[test]
    fn hidden_colour_does_not_bleed_into_half_transparent_edges() {
        // Left half opaque red; right half transparent, with green hidden under it.
        let row = [
            [255, 0, 0, 255],
            [255, 0, 0, 255],
            [0, 255, 0, 0],
            [0, 255, 0, 0],
        ];
        let picture = Rgba::from_rgba8(row.repeat(4).as_flattened(), 4, 4, 1).unwrap();
        let composed = picture.compose(WHITE);
        // Half red, half white, and no trace of green: (1, 0.5, 0.5) in [0, 1].
        for (value, wanted) in composed.iter().zip([1.0, 0.0, 0.0]) {
            assert!((value - wanted).abs() <= 2.0 / 255.0, "{composed:?}");
        }
        let enlarged = Rgba::from_rgba8(row.repeat(4).as_flattened(), 4, 4, 16).unwrap();
        assert!(
            enlarged
                .premultiplied()
                .as_chunks::<4>()
                .0
                .iter()
                .all(|pixel| pixel[1] == 0)
        );
    }

    #[test]
    fn composing_is_the_over_operator() {
        let rgba = [
            [10, 200, 30, 255],
            [90, 90, 90, 0],
            [0, 0, 0, 128],
            [255, 255, 255, 51],
        ];
        let background = [0.2, 0.4, 0.6];
        let composed = Rgba::from_rgba8(rgba.as_flattened(), 2, 2, 2)
            .unwrap()
            .compose(background);
        for (i, pixel) in rgba.iter().enumerate() {
            let alpha = f32::from(pixel[3]) / 255.0;
            for c in 0..3 {
                let over = f32::from(pixel[c]) / 255.0 * alpha + background[c] * (1.0 - alpha);
                let wanted = 2.0 * over - 1.0;
                assert!((composed[4 * c + i] - wanted).abs() <= 1.01 / 255.0);
            }
        }
    }

    #[test]
    fn shrinking_averages_areas() {
        // 6 to 4 pixels is doubling, then averaging 3 by 3.
        let grey: Vec<u8> = (0..36).map(|i| (i * 97 + 13) as u8).collect();
        let picture = Rgba::from_rgba8(&opaque(grey.clone()), 6, 6, 4).unwrap();
        for (i, pixel) in picture
            .premultiplied()
            .as_chunks::<4>()
            .0
            .iter()
            .enumerate()
        {
            let (top, left) = (i / 4 * 3, i % 4 * 3);
            let sum: u32 = (0..9)
                .map(|k| u32::from(grey[(top + k / 3) / 2 * 6 + (left + k % 3) / 2]))
                .sum();
            assert!((f32::from(pixel[0]) - sum as f32 / 9.0).abs() <= 0.51);
            assert_eq!(pixel[3], 255);
        }
    }

    #[test]
    fn enlarging_keeps_a_ramp_straight() {
        let ramp = opaque((0..64).map(|i| 40 + 16 * (i % 8) as u8));
        let picture = Rgba::from_rgba8(&ramp, 8, 8, 32).unwrap();
        for x in 8..24 {
            let position = (x as f32 + 0.5) / 4.0 - 0.5;
            let value = f32::from(picture.row(16)[x][0]);
            assert!(
                (value - (40.0 + 16.0 * position)).abs() <= 0.51,
                "{x}: {value}"
            );
        }
    }

    #[test]
    fn the_central_square_is_kept() {
        let grey = |row: [u8; 6]| opaque(row.repeat(2));
        let wide = Rgba::from_rgba8(&grey([1, 2, 30, 40, 5, 6]), 6, 2, 2).unwrap();
        assert_eq!(wide.premultiplied(), opaque([30, 40, 30, 40]));
        let tall = Rgba::from_rgba8(&opaque([1, 2, 30, 40, 5, 6]), 1, 6, 1).unwrap();
        assert_eq!(tall.premultiplied(), opaque([30]));
    }

    #[test]
    fn wrong_dimensions_are_refused_by_name() {
        for (length, width, height, size) in [
            (0, 0, 4, 8),
            (0, 4, 0, 8),
            (64, 4, 4, 0),
            (4, 1, 1, MAX_SIDE + 1),
        ] {
            let error = Rgba::from_rgba8(&vec![0; length], width, height, size).unwrap_err();
            assert!(matches!(error, DataError::Dimensions { .. }), "{error}");
        }
        let error = Rgba::from_rgba8(&[0; 60], 4, 4, 8).unwrap_err().to_string();
        assert!(error.contains("60") && error.contains("64"), "{error}");
        assert!(to_rgb8(&[0.0; 11], 2).is_err());
    }

    #[test]
    fn halving_averages_two_by_two() {
        let picture = Rgba::from_rgba8(&opaque((0..16).map(|i| i * 16)), 4, 4, 4).unwrap();
        // Rows 0 16 32 48 / 64 80 96 112 / 128 … : (0 + 16 + 64 + 80) / 4 = 40.
        assert_eq!(picture.halved().premultiplied(), opaque([40, 72, 168, 200]));
        assert_eq!(picture.halved(), picture.resized(2));
    }

    #[test]
    fn bytes_survive_the_way_through_network_pixels() {
        let grey: Vec<u8> = (0..=255).collect();
        let picture = Rgba::from_rgba8(&opaque(grey.clone()), 16, 16, 16).unwrap();
        let pixels = picture.compose([0.3, 0.6, 0.9]);
        assert!(pixels.iter().all(|value| (-1.0..=1.0).contains(value)));
        let bytes = to_rgb8(&pixels, 16).unwrap();
        assert_eq!(bytes, grey.iter().flat_map(|&v| [v; 3]).collect::<Vec<_>>());
        assert_eq!(to_rgba8(&pixels, 16).unwrap(), opaque(grey));
    }

    #[test]
    fn values_outside_the_range_are_clamped() {
        let bytes = to_rgb8(&[-7.0, f32::NAN, f32::INFINITY], 1).unwrap();
        assert_eq!(bytes, [0, 0, 255]);
    }
}
