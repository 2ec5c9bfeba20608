//! A change of a picture as plain numbers, and how it is carried out.
//!
//! Everything works on premultiplied alpha: geometry moves colour and alpha together, colour
//! changes leave alpha alone.

use std::f32::consts::TAU;

use serde::{Deserialize, Serialize};

use super::picture::Rgba;
use super::resample::{Axis, Interpolation, resample};

/// Luma of red, green and blue, Rec. ITU-R BT.601, as torchvision's `ColorJitter` and thus SimCLR
/// use it.
const LUMA: [f32; 3] = [0.299, 0.587, 0.114];

/// One drawn change of a picture: geometry, then colour, then blur.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Transform {
    /// Left edge of the window that is shown, in units of the picture's side.
    pub left: f32,
    /// Its top edge.
    pub top: f32,
    /// Its side: below 1 a crop, above 1 a zoom-out. What lies outside the picture is transparent.
    pub side: f32,
    /// Mirror left and right.
    pub flip: bool,
    /// Change of colours.
    pub colour: Colour,
    /// Standard deviation of the Gaussian blur, in pixels of a picture of side 64.
    pub blur: f32,
}

/// One drawn change of colours.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Colour {
    /// Factor on all channels; 1 leaves them.
    pub brightness: f32,
    /// Factor on the distance from the picture's mean luma; 1 leaves it.
    pub contrast: f32,
    /// Factor on the distance from a pixel's own luma; 1 leaves it, 0 is greyscale.
    pub saturation: f32,
    /// Turn around the grey axis, in full turns: 1/3 takes red to green, green to blue, blue to
    /// red.
    pub hue: f32,
}

impl Colour {
    /// Leaves colours as they are.
    pub const IDENTITY: Self = Self {
        brightness: 1.0,
        contrast: 1.0,
        saturation: 1.0,
        hue: 0.0,
    };

    /// Brightness, contrast, saturation and hue, in this order, without clamping in between, as one
    /// affine map: the matrix, and the multiple of the picture's mean luma that is added to every
    /// channel.
    ///
    /// With `b, c, s` the factors, `m` the mean luma, `W` the matrix whose rows are the luma
    /// weights and `H` the rotation by `2π·hue` about (1, 1, 1) (Rodrigues): `x' = H·(s + (1 −
    /// s)·W)·(c·b·x + (1 − c)·b·m·1)`; both `H` and `W` leave grey alone, so the second term is `(1
    /// − c)·b·m`.
    fn affine(&self) -> ([[f32; 3]; 3], f32) {
        let (sin, cos) = (TAU * self.hue).sin_cos();
        // Rodrigues' formula for the axis (1, 1, 1)/√3: cos·I + sin/√3·[k]× + (1 − cos)/3·J.
        let (same, third, turn) = (cos, (1.0 - cos) / 3.0, sin / 3.0f32.sqrt());
        let rotation = [
            [same + third, third - turn, third + turn],
            [third + turn, same + third, third - turn],
            [third - turn, third + turn, same + third],
        ];
        let gain = self.brightness * self.contrast;
        let matrix = rotation.map(|row| {
            let total: f32 = row.iter().sum();
            std::array::from_fn(|c| {
                gain * (self.saturation * row[c] + (1.0 - self.saturation) * total * LUMA[c])
            })
        });
        (matrix, (1.0 - self.contrast) * self.brightness)
    }

    /// Change premultiplied pixels; colours stay within [0, alpha].
    fn apply(&self, pixels: &mut [[f32; 4]]) {
        let (matrix, offset) = self.affine();
        let [mut luma, mut weight] = [0.0f32; 2];
        for [r, g, b, a] in &*pixels {
            luma += LUMA[0] * r + LUMA[1] * g + LUMA[2] * b;
            weight += a;
        }
        let offset = offset * luma / weight.max(1.0);
        for pixel in pixels {
            let [r, g, b, a] = *pixel;
            for (value, row) in pixel.iter_mut().zip(&matrix) {
                *value = (row[0] * r + row[1] * g + row[2] * b + offset * a).clamp(0.0, a);
            }
        }
    }
}

impl Rgba {
    /// The picture at another side: exact area averages when shrinking, bilinear when enlarging.
    pub fn resized(&self, size: usize) -> Self {
        if size == self.size() {
            self.clone()
        } else {
            Transform::IDENTITY.apply_at(self, size)
        }
    }
}

impl Transform {
    /// Leaves pictures as they are.
    pub const IDENTITY: Self = Self {
        left: 0.0,
        top: 0.0,
        side: 1.0,
        flip: false,
        colour: Colour::IDENTITY,
        blur: 0.0,
    };

    /// The changed picture, of the same side.
    pub fn apply(&self, picture: &Rgba) -> Rgba {
        self.apply_at(picture, picture.size())
    }

    /// The changed picture at side `size`; the window is resampled once, straight to that side
    /// (area averages where it shrinks, bilinear where it enlarges).
    pub fn apply_at(&self, picture: &Rgba, size: usize) -> Rgba {
        Self::apply_all(std::slice::from_ref(self), picture, size)
    }

    /// Several transforms one after the other, with their windows joined into one so that the
    /// picture is resampled only once; then each one's colour and blur in turn.
    pub fn apply_all(transforms: &[Self], picture: &Rgba, size: usize) -> Rgba {
        let window = transforms
            .iter()
            .fold(Self::IDENTITY, |all, next| all.window_of(next));
        let still = window == Self::IDENTITY && size == picture.size();
        let plain = transforms
            .iter()
            .all(|one| one.colour == Colour::IDENTITY && one.blur == 0.0);
        if still && plain {
            return picture.clone();
        }
        let horizontal = Axis {
            start: window.left,
            length: window.side,
            flip: window.flip,
        };
        let vertical = Axis {
            start: window.top,
            length: window.side,
            flip: false,
        };
        let mut pixels = resample(
            picture.size(),
            size,
            horizontal,
            vertical,
            Interpolation::Bilinear,
            |y, row| {
                for (pixel, bytes) in row.iter_mut().zip(picture.row(y)) {
                    *pixel = bytes.map(f32::from);
                }
            },
        );
        for transform in transforms {
            if transform.colour != Colour::IDENTITY {
                transform.colour.apply(&mut pixels);
            }
            blur(&mut pixels, size, transform.blur * size as f32 / 64.0);
        }
        Rgba::from_premultiplied(size, &pixels)
    }

    /// The window that shows what `next` shows of what this one shows; geometry only.
    fn window_of(&self, next: &Self) -> Self {
        // A mirrored picture is seen through the mirrored window.
        let left = if self.flip {
            1.0 - next.left - next.side
        } else {
            next.left
        };
        Self {
            left: self.left + self.side * left,
            top: self.top + self.side * next.top,
            side: self.side * next.side,
            flip: self.flip != next.flip,
            ..Self::IDENTITY
        }
    }
}

/// Gaussian blur of standard deviation `sigma` pixels, cut off at 3σ; edge pixels are repeated
/// outwards.
fn blur(pixels: &mut [[f32; 4]], size: usize, sigma: f32) {
    let radius = (3.0 * sigma).ceil() as usize;
    // Below this the neighbours' weight is under 1/255 of the centre's.
    if sigma < 0.3 {
        return;
    }
    let mut kernel: Vec<f32> = (0..=2 * radius)
        .map(|i| (-0.5 * ((i as f32 - radius as f32) / sigma).powi(2)).exp())
        .collect();
    let total: f32 = kernel.iter().sum();
    kernel.iter_mut().for_each(|weight| *weight /= total);

    let mut padded = vec![[0.0f32; 4]; size + 2 * radius];
    for row in pixels.chunks_exact_mut(size) {
        padded[..radius].fill(row[0]);
        padded[radius..radius + size].copy_from_slice(row);
        padded[radius + size..].fill(row[size - 1]);
        row.fill([0.0; 4]);
        for (i, weight) in kernel.iter().enumerate() {
            for (pixel, value) in row.iter_mut().zip(&padded[i..]) {
                for c in 0..4 {
                    pixel[c] += weight * value[c];
                }
            }
        }
    }
    let across = pixels.to_vec();
    for (y, row) in pixels.chunks_exact_mut(size).enumerate() {
        row.fill([0.0; 4]);
        for (i, weight) in kernel.iter().enumerate() {
            let from = (y + i).saturating_sub(radius).min(size - 1);
            for (pixel, value) in row.iter_mut().zip(&across[from * size..(from + 1) * size]) {
                for c in 0..4 {
                    pixel[c] += weight * value[c];
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
