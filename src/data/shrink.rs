//! Pictures far larger than needed, averaged down row by row, so that no second copy of them is
//! made and none at all where they are decoded by rows.

use image::{DynamicImage, RgbaImage};

/// A picture is averaged down while its shorter side has this many times the side that is needed.
const FAR_LARGER: usize = 8;

/// How many pixels of a picture across and down can become one, where its shorter side need not be
/// longer than [`FAR_LARGER`] times `size`. At least 1.
pub(super) fn factor(width: usize, height: usize, size: usize) -> usize {
    (width.min(height) / FAR_LARGER.saturating_mul(size.max(1))).max(1)
}

/// The picture, averaged down if it is far larger than `size`.
pub(super) fn shrunk(picture: DynamicImage, size: usize) -> RgbaImage {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let factor = factor(width, height, size);
    let (pixels, channels): (&[u8], usize) = match &picture {
        DynamicImage::ImageLuma8(pixels) => (pixels, 1),
        DynamicImage::ImageRgb8(pixels) => (pixels, 3),
        DynamicImage::ImageRgba8(pixels) => (pixels, 4),
        // Only what is converted is copied.
        _ => return picture.into_rgba8(),
    };
    if factor == 1 {
        return picture.into_rgba8();
    }
    let mut averages = Averages::new(width, height, factor);
    for row in pixels.chunks_exact(width * channels) {
        averages.row(row, channels);
    }
    averages.finish()
}

/// A picture that is taken in row by row; each of its pixels is the average of `factor` x `factor`,
/// weighted by alpha. What is left over at the edges is shared by both sides and dropped, less than
/// a pixel of the result.
pub(super) struct Averages {
    factor: usize,
    columns: usize,
    rows: usize,
    left: usize,
    top: usize,
    /// Rows taken in so far.
    y: usize,
    /// Of the row of results that is being made: colours times alpha, and alpha.
    sums: Vec<[u64; 4]>,
    rgba: Vec<u8>,
}

impl Averages {
    /// Of a picture of `width` x `height` pixels; `factor` is at least 1 and no more than these.
    pub fn new(width: usize, height: usize, factor: usize) -> Self {
        let (columns, rows) = (width / factor, height / factor);
        Self {
            factor,
            columns,
            rows,
            left: width % factor / 2,
            top: height % factor / 2,
            y: 0,
            sums: vec![[0; 4]; columns],
            rgba: Vec::with_capacity(4 * columns * rows),
        }
    }

    /// Bytes that it takes for a picture of this size.
    pub fn memory(width: u64, height: u64, factor: u64) -> u64 {
        4 * (width / factor) * (height / factor) + 32 * (width / factor)
    }

    /// Take in the next row: grey (1 channel), grey and alpha (2), red, green and blue (3), or
    /// these and alpha (4).
    pub fn row(&mut self, row: &[u8], channels: usize) {
        let y = self.y;
        self.y += 1;
        if y < self.top || y >= self.top + self.rows * self.factor {
            return;
        }
        match channels {
            1 => self.add(row, |&[v]: &[u8; 1]| [v, v, v, 255]),
            2 => self.add(row, |&[v, a]: &[u8; 2]| [v, v, v, a]),
            3 => self.add(row, |&[r, g, b]: &[u8; 3]| [r, g, b, 255]),
            _ => self.add(row, |&pixel: &[u8; 4]| pixel),
        }
        if (y + 1 - self.top).is_multiple_of(self.factor) {
            self.end_row();
        }
    }

    fn add<const C: usize>(&mut self, row: &[u8], rgba: impl Fn(&[u8; C]) -> [u8; 4]) {
        let pixels = &row.as_chunks::<C>().0[self.left..];
        for (sum, pixels) in self.sums.iter_mut().zip(pixels.chunks_exact(self.factor)) {
            for pixel in pixels {
                let [r, g, b, a] = rgba(pixel).map(u64::from);
                let values = [r * a, g * a, b * a, a];
                sum.iter_mut().zip(values).for_each(|(sum, v)| *sum += v);
            }
        }
    }

    fn end_row(&mut self) {
        let area = (self.factor * self.factor) as u64;
        for sum in &mut self.sums {
            let weight = sum[3].max(1);
            let colour = |c: usize| ((sum[c] + weight / 2) / weight) as u8;
            let alpha = ((sum[3] + area / 2) / area) as u8;
            self.rgba.extend([colour(0), colour(1), colour(2), alpha]);
            *sum = [0; 4];
        }
    }

    /// The result. Rows that never came are transparent.
    pub fn finish(mut self) -> RgbaImage {
        self.rgba.resize(4 * self.columns * self.rows, 0);
        RgbaImage::from_raw(self.columns as u32, self.rows as u32, self.rgba).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::picture::Rgba;
    use super::*;
    use image::{Luma, LumaA, Rgb, RgbImage, Rgba as Pixel};

    fn square(picture: impl Into<DynamicImage>, size: usize) -> Rgba {
        let rgba = shrunk(picture.into(), size);
        let (width, height) = (rgba.width() as usize, rgba.height() as usize);
        Rgba::from_rgba8(&rgba, width, height, size).unwrap()
    }

    #[test]
    fn averaging_first_hardly_changes_the_result() {
        let picture = RgbImage::from_fn(1030, 900, |x, y| {
            let wave = |v: u32, period: f32| (127.0 + 120.0 * (v as f32 / period).sin()) as u8;
            Rgb([wave(x, 90.0), wave(y, 70.0), wave(x + y, 110.0)])
        });
        let rgba = DynamicImage::from(picture.clone()).into_rgba8();
        let direct = Rgba::from_rgba8(&rgba, 1030, 900, 16).unwrap();
        let averaged = square(picture, 16);
        let pairs = direct.premultiplied().iter().zip(averaged.premultiplied());
        let worst = pairs.map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        // What is dropped at the edges moves the middle by less than an eighth of a pixel of the
        // result, between which the waves rise by up to 75.
        assert!(worst <= 9, "{worst}");
    }

    #[test]
    fn colour_behind_transparency_does_not_show() {
        let halves = RgbaImage::from_fn(512, 512, |x, _| match x % 2 {
            0 => Pixel([200, 0, 0, 255]),
            _ => Pixel([0, 255, 0, 0]),
        });
        let picture = square(halves, 4);
        assert_eq!(picture.premultiplied()[..4], [100, 0, 0, 128]);
        let grey = image::GrayImage::from_pixel(512, 512, Luma([77]));
        assert_eq!(square(grey, 4).premultiplied()[..4], [77, 77, 77, 255]);
        let veil = image::GrayAlphaImage::from_pixel(512, 512, LumaA([200, 51]));
        assert_eq!(square(veil, 4).premultiplied()[..4], [40, 40, 40, 51]);
    }

    #[test]
    fn what_is_left_over_is_dropped_on_both_sides() {
        // 7 x 5 by 3: one column and one row are left over, one of each side of them.
        let mut averages = Averages::new(7, 5, 3);
        for y in 0..5u8 {
            let row: Vec<u8> = (0..7).map(|x| 10 * x + y).collect();
            averages.row(&row, 1);
        }
        let picture = averages.finish();
        assert_eq!(picture.dimensions(), (2, 1));
        // Columns 0..3 and 3..6, rows 1..4.
        assert_eq!(picture.get_pixel(0, 0).0, [12, 12, 12, 255]);
        assert_eq!(picture.get_pixel(1, 0).0, [42, 42, 42, 255]);
    }
}
