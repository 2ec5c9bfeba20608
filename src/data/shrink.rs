//! From a decoded picture of any size to a square one, without a second copy of a large one.

use image::DynamicImage;

use super::error::Result;
use super::picture::Rgba;

/// A picture is averaged down while its shorter side has this many times the side that is needed.
const FAR_LARGER: usize = 8;

/// The middle of a picture as a square of `size`.
pub(super) fn square(picture: DynamicImage, size: usize) -> Result<Rgba> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let factor = width.min(height) / (FAR_LARGER * size.max(1));
    if factor > 1 {
        let smaller = match &picture {
            DynamicImage::ImageRgb8(pixels) => Some(average::<3>(pixels, width, height, factor)),
            DynamicImage::ImageRgba8(pixels) => Some(average::<4>(pixels, width, height, factor)),
            DynamicImage::ImageLuma8(pixels) => Some(average::<1>(pixels, width, height, factor)),
            _ => None,
        };
        if let Some((rgba, width, height)) = smaller {
            return Rgba::from_rgba8(&rgba, width, height, size);
        }
    }
    // Only what is converted is copied.
    let rgba = picture.into_rgba8();
    Rgba::from_rgba8(&rgba, width, height, size)
}

/// Each pixel the average of `factor` x `factor`, weighted by alpha. What is left over at the edges
/// is shared by both sides and dropped, less than a pixel of the result.
fn average<const C: usize>(
    pixels: &[u8],
    width: usize,
    height: usize,
    factor: usize,
) -> (Vec<u8>, usize, usize) {
    let (columns, rows) = (width / factor, height / factor);
    let (left, top) = (width % factor / 2, height % factor / 2);
    let mut rgba = Vec::with_capacity(4 * columns * rows);
    for y in 0..rows {
        for x in 0..columns {
            let mut sum = [0u64; 4];
            for inner in 0..factor {
                let row = (top + y * factor + inner) * width + left + x * factor;
                let part = &pixels[C * row..C * (row + factor)];
                for pixel in part.as_chunks::<C>().0 {
                    let value = |c: usize| u64::from(pixel[if C == 1 { 0 } else { c }]);
                    let alpha = if C == 4 { value(3) } else { 255 };
                    for (c, sum) in sum.iter_mut().take(3).enumerate() {
                        *sum += value(c) * alpha;
                    }
                    sum[3] += alpha;
                }
            }
            let weight = sum[3].max(1);
            let area = (factor * factor) as u64;
            rgba.extend(
                sum[..3]
                    .iter()
                    .map(|sum| ((sum + weight / 2) / weight) as u8),
            );
            rgba.push(((sum[3] + area / 2) / area) as u8);
        }
    }
    (rgba, columns, rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Luma, Rgb, RgbImage, Rgba as Pixel, RgbaImage};

    #[test]
    fn averaging_first_hardly_changes_the_result() {
        let picture = RgbImage::from_fn(1030, 900, |x, y| {
            let wave = |v: u32, period: f32| (127.0 + 120.0 * (v as f32 / period).sin()) as u8;
            Rgb([wave(x, 90.0), wave(y, 70.0), wave(x + y, 110.0)])
        });
        let whole = picture.clone();
        let rgba = DynamicImage::from(whole).into_rgba8();
        let direct = Rgba::from_rgba8(&rgba, 1030, 900, 16).unwrap();
        let averaged = square(picture.into(), 16).unwrap();
        let pairs = direct.premultiplied().iter().zip(averaged.premultiplied());
        let worst = pairs.map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        // What is dropped at the edges moves the middle by less than an eighth of a pixel of the result,
        // between which the waves rise by up to 75.
        assert!(worst <= 9, "{worst}");
    }

    #[test]
    fn colour_behind_transparency_does_not_show() {
        let halves = RgbaImage::from_fn(512, 512, |x, _| match x % 2 {
            0 => Pixel([200, 0, 0, 255]),
            _ => Pixel([0, 255, 0, 0]),
        });
        let picture = square(halves.into(), 4).unwrap();
        assert_eq!(picture.premultiplied()[..4], [100, 0, 0, 128]);
        let grey = image::GrayImage::from_pixel(512, 512, Luma([77]));
        let picture = square(grey.into(), 4).unwrap();
        assert_eq!(picture.premultiplied()[..4], [77, 77, 77, 255]);
    }
}
