//! Blending warped pictures without losing their contrast.
//!
//! A mixture of unlike details is flatter than any of them. So pictures are taken apart into three
//! bands by blurred copies (σ of 1, 2 and 4 pixels of 256), and each band of the mixture is
//! multiplied by `clamp(Σ wᵢEᵢ/E_mix, 1, 1.5)`, `w` the shares, `E` the local deviations of the
//! band and `E_mix² = (1 − ρ)·Σ (wᵢEᵢ)² + ρ·(Σ wᵢEᵢ)²`, with ρ the local correlation of the bands
//! where the field brings them together, the mean of all pairs. The low band is mixed plainly.

use super::descriptors::Descriptors;
use super::picture::Picture;
use super::planes::{Planes, Point};

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

/// A picture with what blending needs to know of it.
#[derive(Debug, Clone)]
pub struct Layers {
    /// The picture.
    pub sharp: Picture,
    /// Three blurred copies, premultiplied RGBA of each at a cell.
    pub soft: Vec<[u8; 4 * BANDS]>,
    /// Local deviation of each band.
    pub deviations: Planes,
    soft_size: (usize, usize),
}

/// The differences between a picture and its blurred copies, each to the next, on their grid.
#[derive(Debug, Clone)]
pub struct Bands(Planes);

impl Layers {
    /// Of a picture that fills the frame; and its bands.
    pub fn new(picture: Picture) -> (Self, Bands) {
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
        let area = width * height;
        let cell = |i: usize| {
            std::array::from_fn(|k| (255.0 * copies[k / 4].values[k % 4 * area + i] + 0.5) as u8)
        };
        let layers = Self {
            sharp: picture,
            soft: (0..area).map(cell).collect(),
            deviations,
            soft_size: (width, height),
        };
        (layers, Bands(bands))
    }

    /// Pixels across and down.
    pub fn size(&self) -> (usize, usize) {
        (self.sharp.width, self.sharp.height)
    }

    /// Cells of the blurred copies across and down.
    pub fn soft_size(&self) -> (usize, usize) {
        self.soft_size
    }
}

impl Bands {
    /// Where `place` says, for each point of the frame, that it is seen.
    fn warped(&self, place: &dyn Fn(Point) -> Point) -> Planes {
        let (width, height) = (self.0.width, self.0.height);
        let (w, h, area) = (width as f32, height as f32, width * height);
        let bands = Descriptors::interleaved(&[&self.0]);
        let mut output = Planes::zeros(4 * BANDS, width, height);
        let mut cell = [0.0; 4 * BANDS];
        for i in 0..area {
            let point = (
                ((i % width) as f32 + 0.5) / w,
                ((i / width) as f32 + 0.5) / h,
            );
            let (u, v) = place(point);
            bands.sample(u * w - 0.5, v * h - 0.5, &mut cell);
            for (k, value) in cell.iter().enumerate() {
                output.values[k * area + i] = *value;
            }
        }
        output
    }
}

/// Local correlation of each band of several pictures, the mean of all pairs, -1 to 1. `place` says
/// where picture `i` shows a point.
///
/// Each band is first brought to unit deviation around each place: with `nᵢ` such bands of `N`
/// pictures and `⟨⟩` an average over a window, `ρ = (⟨(Σ n)²⟩ − Σ ⟨n²⟩)/((N − 1)·Σ ⟨n²⟩)`.
pub fn correlations(bands: &[&Bands], place: &dyn Fn(usize, Point) -> Point) -> Planes {
    let (width, height) = (bands[0].0.width, bands[0].0.height);
    let unit = width.max(height) as f32 / SIDE as f32;
    let squares = |planes: &Planes| windowed(&products(planes, planes), unit);
    let mut sum = Planes::zeros(4 * BANDS, width, height);
    let mut own: Option<Planes> = None;
    for (i, bands) in bands.iter().enumerate() {
        let mut warped = bands.warped(&|point| place(i, point));
        let mut factors = squares(&warped);
        for value in &mut factors.values {
            *value = 1.0 / (*value + FLOOR).sqrt();
        }
        let factors = factors.resized(width, height);
        for channel in 0..4 * BANDS {
            let factors = factors.plane(channel / 4);
            for (value, factor) in warped.plane_mut(channel).iter_mut().zip(factors) {
                *value *= factor;
            }
        }
        sum = sum.plus(&warped);
        let squares = squares(&warped);
        own = Some(match own {
            Some(own) => own.plus(&squares),
            None => squares,
        });
    }
    let mut output = squares(&sum);
    let others = (bands.len() - 1).max(1) as f32;
    for (value, own) in output
        .values
        .iter_mut()
        .zip(own.iter().flat_map(|own| &own.values))
    {
        *value = ((*value - own) / (others * (own + FLOOR))).clamp(-1.0, 1.0);
    }
    output
}

/// What a band of several pictures adds up to at a place.
#[derive(Debug, Clone, Copy, Default)]
pub struct Contrast {
    /// `Σ wE`.
    sum: f32,
    /// `Σ (wE)²`.
    squares: f32,
}

impl Contrast {
    /// One more picture: its share times its deviation.
    #[inline(always)]
    pub fn add(&mut self, part: f32) {
        self.sum += part;
        self.squares += part * part;
    }

    /// The gain of the band, for pictures of this correlation.
    #[inline(always)]
    pub fn gain(&self, correlation: f32) -> f32 {
        let mixed = (1.0 - correlation) * self.squares + correlation * self.sum * self.sum;
        (self.sum / mixed.max(FLOOR).sqrt()).max(1.0).min(GAIN)
    }
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

    fn of_two(a: f32, b: f32, correlation: f32, w: f32) -> f32 {
        gain(&[(1.0 - w) * a, w * b], correlation)
    }

    fn gain(parts: &[f32], correlation: f32) -> f32 {
        let mut contrast = Contrast::default();
        parts.iter().for_each(|&part| contrast.add(part));
        contrast.gain(correlation)
    }

    #[test]
    fn like_details_are_left_alone_and_unlike_ones_are_raised() {
        assert!((of_two(0.2, 0.2, 1.0, 0.5) - 1.0).abs() < 1e-4);
        assert!((of_two(0.2, 0.2, 0.0, 0.5) - 2.0f32.sqrt()).abs() < 1e-4);
        assert_eq!(of_two(0.2, 0.2, -0.9, 0.5), GAIN);
        assert_eq!(of_two(0.3, 0.1, -1.0, 0.0), 1.0);
        assert_eq!(of_two(0.3, 0.1, -1.0, 1.0), 1.0);
        let four = gain(&[0.05; 4], 0.5);
        assert!((four - (4.0f32 / 2.5).sqrt()).abs() < 1e-4);
    }

    fn texture(seed: i32, sign: i32) -> Bands {
        let rgba: Vec<u8> = (0..256 * 256)
            .flat_map(|i: i32| {
                let noise = ((i + seed).wrapping_mul(747_796_405) >> 16 & 127) - 64;
                let value = (128 + sign * noise) as u8;
                [value, value, value, 255]
            })
            .collect();
        let frame = (256, 256);
        Layers::new(Picture::fitted(&rgba, frame, frame, Default::default()).unwrap()).1
    }

    #[test]
    fn a_picture_correlates_with_itself_and_not_with_its_negative() {
        let (a, b) = (texture(0, 1), texture(0, -1));
        let all = |bands: &[&Bands], test: fn(f32) -> bool| {
            let rho = correlations(bands, &|_, point| point);
            assert!(
                rho.plane(0).iter().all(|&rho| test(rho)),
                "{:?}",
                rho.plane(0)
            );
        };
        all(&[&a, &a], |rho| rho > 0.9);
        all(&[&a, &b], |rho| rho < -0.9);
        all(&[&a, &a, &a], |rho| rho > 0.9);
        all(&[&a, &texture(7919, 1), &texture(15731, 1)], |rho| {
            rho.abs() < 0.5
        });
    }
}
