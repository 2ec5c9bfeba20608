//! Pictures of any shape, brought to the frame that they share.

use super::MorphError;
use super::planes::{Outside, Planes, rounded, smaller};

/// The longest side of a frame.
pub const MAX_SIDE: usize = 2048;

/// A picture that fills the frame: premultiplied RGBA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Pixels from left to right.
    pub width: usize,
    /// Pixels from top to bottom.
    pub height: usize,
    /// `[height, width, 4]`, colour times alpha.
    pub pixels: Vec<u8>,
    /// Whether any pixel is not quite opaque.
    pub transparent: bool,
}

/// How a picture of another shape meets the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fit {
    /// It fills the frame, and what sticks out is cut off.
    #[default]
    Cover,
    /// All of it is shown, and the rest of the frame is transparent.
    Contain,
}

/// Width and height of the frame for pictures of these widths and heights: the geometric mean of
/// their shapes, so that no order of the pictures matters, with `size` as its longer side.
pub fn frame_size(pictures: &[(usize, usize)], size: usize) -> Result<(usize, usize), MorphError> {
    if !(16..=MAX_SIDE).contains(&size) {
        return Err(MorphError::Size { size });
    }
    let ratios = pictures.iter().map(|&(w, h)| (w as f64 / h as f64).ln());
    let mean = (ratios.sum::<f64>() / pictures.len() as f64).clamp(-1.4, 1.4);
    let shorter = ((size as f64 * (-mean.abs()).exp()).round() as usize).max(1);
    Ok(if mean < 0.0 {
        (shorter, size)
    } else {
        (size, shorter)
    })
}

impl Picture {
    /// From RGBA whose colours are not premultiplied, as canvases and files give it.
    pub fn fitted(
        rgba: &[u8],
        (width, height): (usize, usize),
        frame: (usize, usize),
        fit: Fit,
    ) -> Result<Self, MorphError> {
        if width == 0 || height == 0 || rgba.len() != 4 * width * height {
            return Err(MorphError::Length {
                found: rgba.len(),
                width,
                height,
            });
        }
        let premultiply = |pixel: &[u8; 4]| {
            let alpha = u32::from(pixel[3]);
            let colour = |value: u8| ((u32::from(value) * alpha + 127) / 255) as u8;
            [
                colour(pixel[0]),
                colour(pixel[1]),
                colour(pixel[2]),
                pixel[3],
            ]
        };
        let pixels = rgba.as_chunks::<4>().0;
        if (width, height) == frame {
            return Ok(Self::new(
                pixels.iter().flat_map(premultiply).collect(),
                frame,
            ));
        }
        let (w, h) = (width as f32, height as f32);
        let across = w / frame.0 as f32;
        let down = h / frame.1 as f32;
        // Pixels of the picture to one of the frame.
        let scale = match fit {
            Fit::Cover => across.min(down),
            Fit::Contain => across.max(down),
        };
        let (half_w, half_h) = (0.5 * scale * frame.0 as f32, 0.5 * scale * frame.1 as f32);
        let window = [
            0.5 * w - half_w,
            0.5 * h - half_h,
            0.5 * w + half_w,
            0.5 * h + half_h,
        ];
        let columns = covered(window[0], window[2], frame.0, w);
        let rows = covered(window[1], window[3], frame.1, h);
        let mut output = vec![0; 4 * frame.0 * frame.1];
        let mut plane = Planes::zeros(1, width, height);
        for channel in 0..4 {
            for (value, pixel) in plane.values.iter_mut().zip(pixels) {
                *value = f32::from(premultiply(pixel)[channel]);
            }
            let fitted = plane.window(window, frame.0, frame.1, Outside::Border);
            for (i, value) in fitted.values.iter().enumerate() {
                let covered = columns[i % frame.0] * rows[i / frame.0];
                output[4 * i + channel] = (value * covered + 0.5) as u8;
            }
        }
        Ok(Self::new(output, frame))
    }

    fn new(pixels: Vec<u8>, (width, height): (usize, usize)) -> Self {
        let transparent = pixels.iter().skip(3).step_by(4).any(|&alpha| alpha < 255);
        Self {
            width,
            height,
            pixels,
            transparent,
        }
    }

    /// The four channels, 0 to 1.
    pub fn planes(&self) -> Planes {
        let mut planes = Planes::zeros(4, self.width, self.height);
        let area = self.width * self.height;
        for (i, pixel) in self.pixels.as_chunks::<4>().0.iter().enumerate() {
            for (channel, &value) in pixel.iter().enumerate() {
                planes.values[channel * area + i] = f32::from(value) / 255.0;
            }
        }
        planes
    }
}

/// How much of each of `count` pixels between `from` and `to` lies between 0 and `length`.
fn covered(from: f32, to: f32, count: usize, length: f32) -> Vec<f32> {
    let step = (to - from) / count as f32;
    let edge = |i: usize| (from + i as f32 * step).clamp(0.0, length);
    // Rounding must not make what is whole transparent.
    let share = |i: usize| (edge(i + 1) - edge(i)) / step + 1e-4;
    (0..count).map(|i| share(i).min(1.0)).collect()
}

/// Premultiplied RGBA in 0 to 255, as RGBA whose colours are not premultiplied.
#[inline(always)]
pub fn straight(pixel: [f32; 4]) -> [u8; 4] {
    let alpha = pixel[3].min(255.0);
    let factor = if alpha >= 254.5 {
        1.0
    } else if alpha > 0.0 {
        255.0 / alpha
    } else {
        0.0
    };
    let [r, g, b, _] = pixel.map(|value| smaller(value * factor, 255.0));
    [r, g, b, alpha].map(|value| rounded(value).0 as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_lies_between_the_shapes_and_does_not_depend_on_their_order() {
        let (wide, tall) = ((400, 100), (100, 100));
        assert_eq!(frame_size(&[wide, tall], 512).unwrap(), (512, 256));
        assert_eq!(frame_size(&[tall, wide], 512).unwrap(), (512, 256));
        assert_eq!(frame_size(&[(30, 60)], 100).unwrap(), (50, 100));
        assert!(frame_size(&[wide], 4096).is_err());
    }

    #[test]
    fn cover_fills_the_frame_and_contain_shows_all() {
        let rgba = [
            [200, 0, 0, 255],
            [0, 200, 0, 255],
            [0, 0, 200, 255],
            [9, 9, 9, 255],
        ];
        let fit = |fit| Picture::fitted(rgba.as_flattened(), (4, 1), (8, 8), fit).unwrap();
        let cover = fit(Fit::Cover);
        assert!(!cover.transparent);
        assert_eq!(cover.pixels[4 * 12], 0);
        let contain = fit(Fit::Contain);
        assert!(contain.transparent);
        assert_eq!(contain.pixels[3], 0);
        assert_eq!(contain.pixels[4 * (8 * 4) + 3], 255);
    }

    #[test]
    fn straight_colours_survive() {
        let rgba = [[200, 100, 50, 255], [80, 160, 240, 128]];
        let picture = Picture::fitted(rgba.as_flattened(), (2, 1), (2, 1), Fit::Cover).unwrap();
        for (pixel, wanted) in picture.pixels.as_chunks::<4>().0.iter().zip(rgba) {
            for (value, wanted) in straight(pixel.map(f32::from)).iter().zip(wanted) {
                assert!(value.abs_diff(wanted) <= 1);
            }
        }
    }
}
