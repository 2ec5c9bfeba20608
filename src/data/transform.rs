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
mod tests {
    use super::*;

    /// A picture whose straight-alpha pixel at (x, y) is `pixel(x, y)`.
    fn picture(size: usize, pixel: impl Fn(usize, usize) -> [u8; 4]) -> Rgba {
        let bytes: Vec<u8> = (0..size * size)
            .flat_map(|i| pixel(i % size, i / size))
            .collect();
        Rgba::from_rgba8(&bytes, size, size, size).unwrap()
    }

    fn noise(size: usize) -> Rgba {
        picture(size, |x, y| {
            let v = (x * 7919 + y * 104_729 + 17) * 2_654_435_761 % 4_294_967_296;
            [
                v as u8,
                (v >> 8) as u8,
                (v >> 16) as u8,
                ((v >> 24) as u8).max(60),
            ]
        })
    }

    /// Straight lines, so that bilinear resampling reproduces it away from its edges.
    fn ramp(size: usize) -> Rgba {
        let step = 120 / size;
        picture(size, |x, y| {
            [(60 + step * x) as u8, (70 + step * y) as u8, 100, 255]
        })
    }

    fn coloured(colour: Colour, pixel: [u8; 4]) -> [u8; 4] {
        let changed = Transform {
            colour,
            ..Transform::IDENTITY
        }
        .apply(&picture(2, |_, _| pixel));
        changed.row(1)[1]
    }

    #[test]
    fn the_identity_changes_no_byte() {
        let picture = noise(16);
        assert_eq!(Transform::IDENTITY.apply(&picture), picture);
        // Also on the way through the resampling, which a colour change forces.
        let colour = Colour {
            hue: 1.0,
            ..Colour::IDENTITY
        };
        assert_eq!(
            Transform {
                colour,
                ..Transform::IDENTITY
            }
            .apply(&picture),
            picture
        );
    }

    #[test]
    fn flipping_mirrors_and_twice_is_the_identity() {
        let (flip, picture) = (
            Transform {
                flip: true,
                ..Transform::IDENTITY
            },
            noise(15),
        );
        let mirrored = flip.apply(&picture);
        assert_ne!(mirrored, picture);
        let row: Vec<_> = picture.row(4).iter().rev().copied().collect();
        assert_eq!(mirrored.row(4), row);
        assert_eq!(flip.apply(&mirrored), picture);
        assert_eq!(Transform::apply_all(&[flip, flip], &picture, 15), picture);
    }

    #[test]
    fn a_third_of_a_turn_takes_red_to_green_to_blue() {
        let third = Colour {
            hue: 1.0 / 3.0,
            ..Colour::IDENTITY
        };
        assert_eq!(coloured(third, [200, 10, 30, 255]), [30, 200, 10, 255]);
        let back = Colour {
            hue: -1.0 / 3.0,
            ..Colour::IDENTITY
        };
        assert_eq!(coloured(back, [200, 10, 30, 255]), [10, 30, 200, 255]);
        let half = Colour {
            hue: 0.5,
            ..Colour::IDENTITY
        };
        assert_eq!(
            coloured(half, [90, 90, 90, 255]),
            [90, 90, 90, 255],
            "grey has no hue"
        );
    }

    #[test]
    fn colour_factors_do_what_they_are_named_for() {
        let dark = Colour {
            brightness: 0.5,
            ..Colour::IDENTITY
        };
        assert_eq!(coloured(dark, [200, 100, 50, 255]), [100, 50, 25, 255]);
        // BT.601: 0.299 · 200 + 0.587 · 100 + 0.114 · 50 = 124.2.
        let grey = Colour {
            saturation: 0.0,
            ..Colour::IDENTITY
        };
        assert_eq!(coloured(grey, [200, 100, 50, 255]), [124, 124, 124, 255]);
        let picture = picture(2, |x, _| {
            if x == 0 {
                [100, 100, 100, 51]
            } else {
                [200, 200, 200, 255]
            }
        });
        let flat = Colour {
            contrast: 0.0,
            ..Colour::IDENTITY
        };
        let flat = Transform {
            colour: flat,
            ..Transform::IDENTITY
        }
        .apply(&picture);
        // The mean counts a pixel by its alpha: (100 · 51 + 200 · 255) / (51 + 255) = 183.3.
        assert_eq!(flat.row(0)[1][0], 183);
        assert_eq!(flat.row(0)[0], [37, 37, 37, 51], "alpha is left alone");
    }

    #[test]
    fn colours_never_exceed_their_alpha() {
        let colour = Colour {
            brightness: 1.9,
            contrast: 1.8,
            saturation: 1.9,
            hue: 0.2,
        };
        let change = Transform {
            side: 0.7,
            blur: 2.0,
            colour,
            ..Transform::IDENTITY
        };
        let changed = change.apply(&noise(32));
        let pixels = changed.premultiplied().as_chunks::<4>().0;
        assert!(pixels.iter().all(|[r, g, b, a]| r <= a && g <= a && b <= a));
    }

    #[test]
    fn a_crop_inside_an_opaque_picture_stays_opaque() {
        let picture = ramp(20);
        for i in 0..100 {
            let side = 0.3 + 0.007 * i as f32;
            for left in [0.0, (1.0 - side) / 2.0, 1.0 - side] {
                let crop = Transform {
                    left,
                    top: 1.0 - side - left,
                    side,
                    ..Transform::IDENTITY
                };
                for size in [20, 10, 7, 33] {
                    assert!(
                        crop.apply_at(&picture, size).is_opaque(),
                        "{crop:?} at {size}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_crop_shows_the_window() {
        let crop = Transform {
            left: 0.25,
            top: 0.5,
            side: 0.5,
            ..Transform::IDENTITY
        };
        let shown = crop.apply(&ramp(30));
        for i in 3..27 {
            // Centre of pixel i, in pixels of the original: start + (i + 1/2) / 2 − 1/2.
            let (x, y) = (7.5 + i as f32 / 2.0 - 0.25, 15.0 + i as f32 / 2.0 - 0.25);
            let [r, g, ..] = shown.row(i)[i].map(f32::from);
            let wanted = (60.0 + 4.0 * x, 70.0 + 4.0 * y.min(29.0));
            assert!(
                (r - wanted.0).abs() <= 0.51 && (g - wanted.1).abs() <= 0.51,
                "{i}: {r} {g}"
            );
        }
    }

    #[test]
    fn zooming_out_conserves_what_is_in_the_picture() {
        let picture = noise(24);
        let sum = |picture: &Rgba, c: usize| -> f64 {
            picture
                .premultiplied()
                .iter()
                .skip(c)
                .step_by(4)
                .map(|&v| f64::from(v))
                .sum()
        };
        let out = Transform {
            left: -0.35,
            top: -0.13,
            side: 1.5,
            ..Transform::IDENTITY
        };
        let small = out.apply(&picture);
        for c in 0..4 {
            let (kept, whole) = (sum(&small, c) * 1.5 * 1.5, sum(&picture, c));
            assert!(
                (kept / whole - 1.0).abs() < 0.005,
                "channel {c}: {kept} of {whole}"
            );
        }
        assert_eq!(small.row(0)[0], [0; 4], "transparent around it");
    }

    #[test]
    fn a_window_beside_the_picture_is_empty() {
        for left in [-3.0, 1.5] {
            let beside = Transform {
                left,
                ..Transform::IDENTITY
            };
            assert!(
                beside
                    .apply(&noise(8))
                    .premultiplied()
                    .iter()
                    .all(|&v| v == 0)
            );
        }
    }

    #[test]
    fn joined_transforms_equal_one_after_the_other() {
        let crop = |left, top, side, flip| Transform {
            left,
            top,
            side,
            flip,
            ..Transform::IDENTITY
        };
        let picture = ramp(60);
        for (first, second) in [
            (crop(0.1, 0.2, 0.7, false), crop(0.2, 0.1, 0.6, false)),
            (crop(0.1, 0.2, 0.7, true), crop(0.3, 0.1, 0.6, false)),
            (crop(0.2, 0.0, 0.5, true), crop(0.3, 0.3, 0.5, true)),
        ] {
            let joined = Transform::apply_all(&[first, second], &picture, 60);
            let chained = second.apply(&first.apply(&picture));
            for y in 6..54 {
                for (one, other) in joined.row(y)[6..54].iter().zip(&chained.row(y)[6..54]) {
                    assert!(one.iter().zip(other).all(|(a, b)| a.abs_diff(*b) <= 1));
                }
            }
        }
    }

    #[test]
    fn shrinking_to_half_is_halving() {
        assert_eq!(
            Transform::IDENTITY.apply_at(&noise(16), 8),
            noise(16).halved()
        );
    }

    #[test]
    fn blurring_a_point_gives_the_gaussian() {
        // A sum of 255 over the point's neighbourhood; sigma 1 at side 64 is 2 pixels at side 128.
        let dot = picture(
            128,
            |x, y| if (x, y) == (64, 64) { [255; 4] } else { [0; 4] },
        );
        let blurred = Transform {
            blur: 1.0,
            ..Transform::IDENTITY
        }
        .apply(&dot);
        for y in 54..74 {
            for x in 54..74 {
                let (dx, dy) = (x as f32 - 64.0, y as f32 - 64.0);
                let density = (-(dx * dx + dy * dy) / 8.0).exp() / (TAU * 4.0);
                let value = f32::from(blurred.row(y)[x][3]);
                assert!((value - 255.0 * density).abs() <= 0.65, "{x} {y}: {value}");
            }
        }
        let plain = picture(32, |_, _| [9, 80, 200, 255]);
        let blurred = Transform {
            blur: 3.0,
            ..Transform::IDENTITY
        }
        .apply(&plain);
        assert_eq!(blurred, plain, "edges do not darken");
    }
}
