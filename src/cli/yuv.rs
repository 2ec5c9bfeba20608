//! Pictures as films store them.

use rayon::prelude::*;
use std::borrow::Cow;

/// What red, green and blue add to luma.
const LUMA: [f32; 3] = [0.2126, 0.7152, 0.0722];

/// RGBA over white as 4:2:0 of BT.709, studio range: luma, then blue and red differences of half
/// the side. An odd last row or column is left out.
///
/// `Y = 16 + 219·l`, `l = 0.2126·R + 0.7152·G + 0.0722·B`; `Cb = 128 + 224·(B − l)/1.8556`,
/// `Cr = 128 + 224·(R − l)/1.5748` (Recommendation ITU-R BT.709-6, §3).
pub fn yuv(rgba: &[u8], width: usize, height: usize) -> Vec<u8> {
    let (columns, rows) = (width / 2, height / 2);
    let mut output = vec![0; 6 * columns * rows];
    let (ys, chroma) = output.split_at_mut(4 * columns * rows);
    let (blues, reds) = chroma.split_at_mut(columns * rows);
    let pixels = rgba.as_chunks::<4>().0;
    ys.par_chunks_mut(4 * columns)
        .zip(blues.par_chunks_mut(columns))
        .zip(reds.par_chunks_mut(columns))
        .enumerate()
        .for_each(|(row, ((ys, blues), reds))| {
            let line = |y: usize| on_white(&pixels[y * width..y * width + 2 * columns]);
            let (first, second) = (line(2 * row), line(2 * row + 1));
            for (output, pixels) in ys.chunks_mut(2 * columns).zip([&first, &second]) {
                for (y, pixel) in output.iter_mut().zip(pixels.iter()) {
                    *y = byte(16.0 + 219.0 / 255.0 * luma(pixel.map(f32::from)));
                }
            }
            let upper = first.as_chunks::<2>().0;
            let lower = second.as_chunks::<2>().0;
            for (i, (upper, lower)) in upper.iter().zip(lower).enumerate() {
                let mean: [f32; 4] = std::array::from_fn(|c| {
                    let sum = |pair: &[[u8; 4]; 2]| u16::from(pair[0][c]) + u16::from(pair[1][c]);
                    0.25 * f32::from(sum(upper) + sum(lower))
                });
                let l = luma(mean);
                blues[i] = byte(128.0 + 224.0 / 255.0 / 1.8556 * (mean[2] - l));
                reds[i] = byte(128.0 + 224.0 / 255.0 / 1.5748 * (mean[0] - l));
            }
        });
    output
}

#[inline(always)]
fn luma([r, g, b, _]: [f32; 4]) -> f32 {
    LUMA[0] * r + LUMA[1] * g + LUMA[2] * b
}

/// The nearest whole number of one between 0 and 255: from 2²³ on, floats are whole numbers.
#[inline(always)]
fn byte(value: f32) -> u8 {
    (value + 8_388_608.0).to_bits() as u8
}

/// Without transparency, which films have none of.
fn on_white(pixels: &[[u8; 4]]) -> Cow<'_, [[u8; 4]]> {
    if pixels.iter().all(|pixel| pixel[3] == 255) {
        return Cow::Borrowed(pixels);
    }
    let over = |&[r, g, b, a]: &[u8; 4]| {
        let alpha = u32::from(a);
        let over = |value| ((u32::from(value) * alpha + 255 * (255 - alpha) + 127) / 255) as u8;
        [over(r), over(g), over(b), 255]
    };
    Cow::Owned(pixels.iter().map(over).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_those_of_bt_709() {
        let first = |rgba: [u8; 4]| {
            let yuv = yuv(&rgba.repeat(4), 2, 2);
            [yuv[0], yuv[4], yuv[5]]
        };
        assert_eq!(first([255; 4]), [235, 128, 128]);
        assert_eq!(first([0, 0, 0, 255]), [16, 128, 128]);
        assert_eq!(first([255, 0, 0, 255]), [63, 102, 240]);
        // Half a blue over white.
        assert_eq!(first([0, 0, 255, 128]), [133, 184, 123]);
    }

    #[test]
    fn odd_sides_lose_a_row_and_a_column() {
        assert_eq!(yuv(&[9; 4 * 5 * 3], 5, 3).len(), 6 * 2);
    }
}
