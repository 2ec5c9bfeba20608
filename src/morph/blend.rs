//! Blending two warped pictures without losing their contrast.
//!
//! A mixture of two unlike details is flatter than either. So pictures are taken apart into three
//! bands by blurred copies (σ of 1, 2 and 4 pixels of 256), and each band of the mixture is
//! multiplied by `clamp(((1 − w)·E_a + w·E_b)/E_mix, 1, 1.5)`, `E` the local deviation of a band
//! and `E_mix² = (1 − w)²·E_a² + w²·E_b² + 2w(1 − w)·ρ·E_a·E_b`, with ρ the local correlation of
//! the two bands where the field brings them together. The low band is mixed plainly.

use super::descriptors::Descriptors;
use super::field::Field;
use super::picture::Picture;
use super::planes::Planes;

/// Blur of the copies, in pixels of a frame whose longer side is [`SIDE`].
const SIGMAS: [f32; 3] = [1.0, 2.0, 4.0];
/// Bands with a gain.
pub const BANDS: usize = SIGMAS.len();
/// Longer side of the blurred copies, in pixels at most.
const SIDE: usize = 256;
/// Pixels of a blurred copy to a cell of a map of deviations.
const COARSE: usize = 4;
/// Window of the deviations: times the blur of the band.
const WINDOW: f32 = 4.0;
/// Squared deviation that counts as none.
const FLOOR: f32 = 1e-6;
/// The most that a band is raised.
const GAIN: f32 = 1.5;

/// A picture in bands.
#[derive(Debug, Clone)]
pub struct Layers {
    /// The picture.
    pub sharp: Picture,
    /// The three blurred copies, RGBA each, 0 to 255.
    pub soft: Descriptors,
    /// Local deviation of each band.
    pub deviations: Planes,
    bands: Planes,
}

impl Layers {
    /// Of a picture that fills the frame.
    pub fn new(picture: Picture) -> Self {
        let planes = picture.planes();
        let longer = planes.width.max(planes.height);
        let side = longer.min(SIDE);
        let shrunk = |length: usize| ((length * side) as f32 / longer as f32).round().max(8.0);
        let (width, height) = (
            shrunk(planes.width) as usize,
            shrunk(planes.height) as usize,
        );
        let base = planes.resized(width, height);
        let unit = side as f32 / SIDE as f32;
        let copies = SIGMAS.map(|sigma| base.blurred(sigma * unit));
        let mut bands = Planes::zeros(4 * BANDS, width, height);
        let sharper = [&base, &copies[0], &copies[1]];
        for (band, (sharper, softer)) in sharper.into_iter().zip(&copies).enumerate() {
            let begin = band * 4 * width * height;
            for (i, (a, b)) in sharper.values.iter().zip(&softer.values).enumerate() {
                bands.values[begin + i] = a - b;
            }
        }
        let mut deviations = windowed(&products(&bands, &bands), unit);
        for value in &mut deviations.values {
            *value = (*value + FLOOR).sqrt();
        }
        let copies = copies.map(|copy| copy.scaled(255.0));
        Self {
            sharp: picture,
            soft: Descriptors::interleaved(&[&copies[0], &copies[1], &copies[2]]),
            deviations,
            bands,
        }
    }

    /// Local correlation of each band of two pictures where `field` brings them together, -1 to 1.
    pub fn correlations(&self, other: &Layers, field: &Field) -> Planes {
        let (width, height) = (self.soft.width, self.soft.height);
        let mut first = Planes::zeros(4 * BANDS, width, height);
        let mut second = first.clone();
        let area = width * height;
        let (w, h) = (width as f32, height as f32);
        let a = Descriptors::interleaved(&[&self.bands]);
        let b = Descriptors::interleaved(&[&other.bands]);
        let mut cell = [0.0; 4 * BANDS];
        for i in 0..area {
            let (x, y) = ((i % width) as f32, (i / width) as f32);
            let (vx, vy) = field.at((x + 0.5) / w, (y + 0.5) / h);
            a.sample(x - vx * w, y - vy * h, &mut cell);
            cell.iter()
                .enumerate()
                .for_each(|(k, value)| first.values[k * area + i] = *value);
            b.sample(x + vx * w, y + vy * h, &mut cell);
            cell.iter()
                .enumerate()
                .for_each(|(k, value)| second.values[k * area + i] = *value);
        }
        let unit = width.max(height) as f32 / SIDE as f32;
        let cross = windowed(&products(&first, &second), unit);
        let squares = [&first, &second].map(|bands| windowed(&products(bands, bands), unit));
        let mut output = cross;
        for (i, value) in output.values.iter_mut().enumerate() {
            let norm = (squares[0].values[i] + FLOOR) * (squares[1].values[i] + FLOOR);
            *value = (*value / norm.sqrt()).clamp(-1.0, 1.0);
        }
        output
    }
}

/// The gain of a band: deviations of both pictures, their correlation and the share of B.
#[inline(always)]
pub fn gain(a: f32, b: f32, correlation: f32, w: f32) -> f32 {
    let (a, b) = ((1.0 - w) * a, w * b);
    let mixed = (a * a + b * b + 2.0 * correlation * a * b).max(FLOOR);
    ((a + b) / mixed.sqrt()).clamp(1.0, GAIN)
}

/// For each band, the products of its four channels, summed.
fn products(a: &Planes, b: &Planes) -> Planes {
    let mut output = Planes::zeros(BANDS, a.width, a.height);
    let area = a.area();
    for channel in 0..4 * BANDS {
        let sums = &mut output.values[channel / 4 * area..(channel / 4 + 1) * area];
        for (sum, (a, b)) in sums
            .iter_mut()
            .zip(a.plane(channel).iter().zip(b.plane(channel)))
        {
            *sum += a * b;
        }
    }
    output
}

/// Averaged over a window that grows with the band, on a coarse grid.
fn windowed(products: &Planes, unit: f32) -> Planes {
    let (width, height) = (
        (products.width / COARSE).max(2),
        (products.height / COARSE).max(2),
    );
    let coarse = products.resized(width, height);
    let mut output = Planes::zeros(BANDS, width, height);
    for (band, sigma) in SIGMAS.into_iter().enumerate() {
        let mut plane = Planes::zeros(1, width, height);
        plane.values.copy_from_slice(coarse.plane(band));
        let blurred = plane.blurred(WINDOW * sigma * unit / COARSE as f32);
        output.plane_mut(band).copy_from_slice(&blurred.values);
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_details_are_left_alone_and_unlike_ones_are_raised() {
        assert!((gain(0.2, 0.2, 1.0, 0.5) - 1.0).abs() < 1e-4);
        assert!((gain(0.2, 0.2, 0.0, 0.5) - 2.0f32.sqrt()).abs() < 1e-4);
        assert_eq!(gain(0.2, 0.2, -0.9, 0.5), GAIN);
        assert_eq!(gain(0.3, 0.1, -1.0, 0.0), 1.0);
        assert_eq!(gain(0.3, 0.1, -1.0, 1.0), 1.0);
    }

    #[test]
    fn a_picture_correlates_with_itself_and_not_with_its_negative() {
        let texture = |sign: i32| {
            let rgba: Vec<u8> = (0..256 * 256)
                .flat_map(|i: i32| {
                    let noise = (i.wrapping_mul(747_796_405) >> 16 & 127) - 64;
                    let value = (128 + sign * noise) as u8;
                    [value, value, value, 255]
                })
                .collect();
            let frame = (256, 256);
            Layers::new(Picture::fitted(&rgba, frame, frame, Default::default()).unwrap())
        };
        let (a, b) = (texture(1), texture(-1));
        let still = Field::from_cells(&Planes::zeros(2, 16, 16), 0.0);
        assert!(
            a.correlations(&a, &still)
                .plane(0)
                .iter()
                .all(|&rho| rho > 0.95)
        );
        assert!(
            a.correlations(&b, &still)
                .plane(0)
                .iter()
                .all(|&rho| rho < -0.95)
        );
    }
}
