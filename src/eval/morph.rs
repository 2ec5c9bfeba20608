//! The morph of two originals: against pictures that are known to lie between two others, against
//! warps that are known, and half-way between pictures of which nothing is known.

use super::distance::{Features, kernel_distance};
use super::ghost::Midpoints;
use super::metrics::psnr_inside;
use crate::data::{Between, DataError, Dataset, Rgba};
use crate::latent::lerp_noise;
use crate::morph::{
    Field, Matcher, Moment, Morph, MorphError, POOLED_LENGTH, Picture, Trajectory, describe,
    least_area,
};
use crate::recognition::{Rows, StandardScaler};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Names of what is compared: a cross-fade, and the morph by either kind of features.
pub const MORPHS: [&str; 3] = [
    "cross-fade",
    "morph, hand-made features",
    "morph, the matcher's features",
];
/// Frames of a way, both ends included.
pub const FRAMES: usize = 9;

/// Solves morphs by hand-made and by the matcher's features, and keeps what all of them are
/// checked for.
pub struct Morphs<'a> {
    matcher: &'a Matcher,
    /// The smallest area that a cell of a field keeps.
    pub least_area: f32,
    /// How near both ends are to the pictures, in dB.
    pub ends: f64,
    /// The pair that was solved last: neighbours in a data set often are of one pair.
    last: Option<([usize; 2], [Morph; 2])>,
}

impl<'a> Morphs<'a> {
    /// No morph yet.
    pub fn new(matcher: &'a Matcher) -> Self {
        Self {
            matcher,
            least_area: f32::INFINITY,
            ends: f64::INFINITY,
            last: None,
        }
    }

    fn solved(&self, a: &Picture, b: &Picture) -> [Morph; 2] {
        [None, Some(self.matcher)].map(|m| Morph::new(a.clone(), b.clone(), m, &[]))
    }

    fn checked(&mut self, a: &Picture, b: &Picture) -> [Morph; 2] {
        let morphs = self.solved(a, b);
        for morph in &morphs {
            self.least_area = self.least_area.min(least_area_of(morph.renderer().field()));
            for (t, end) in [(0.0, a), (1.0, b)] {
                let frame = morph.frame(Moment::at(t), Trajectory::Straight);
                self.ends = self.ends.min(psnr(&frame, &end.pixels, |_| true));
            }
        }
        morphs
    }

    /// How near each of [`MORPHS`] comes to sample `index`, which lies between two others: dB in
    /// the whole frame, and of the pixels that are `inside`.
    pub fn against_known(
        &mut self,
        data: &Dataset,
        index: usize,
        &Between { from, to, alpha }: &Between,
        inside: impl Fn(usize) -> bool,
    ) -> [[f64; 2]; 3] {
        let picture = |i: usize| of(&data.samples[i].pictures[0].picture);
        let (truth, a, b) = (picture(index), picture(from), picture(to));
        let morphs = match self.last.take_if(|(pair, _)| *pair == [from, to]) {
            Some((_, morphs)) => morphs,
            None => self.checked(&a, &b),
        };
        let score = |frame: &[u8]| {
            [
                psnr(frame, &truth.pixels, |_| true),
                psnr(frame, &truth.pixels, &inside),
            ]
        };
        let mix = |(a, b): (&u8, &u8)| {
            (f32::from(*a) * (1.0 - alpha) + f32::from(*b) * alpha + 0.5) as u8
        };
        let faded: Vec<u8> = a.pixels.iter().zip(&b.pixels).map(mix).collect();
        // The reference mixes colours evenly; a moment's colours go by smoothstep.
        let colour = 0.5 - ((1.0 - 2.0 * alpha).asin() / 3.0).sin();
        let moment = Moment {
            shape: alpha,
            colour,
        };
        let [plain, semantic] =
            [0, 1].map(|i| score(&morphs[i].frame(moment, Trajectory::Straight)));
        self.last = Some(([from, to], morphs));
        [score(&faded), plain, semantic]
    }

    /// Mean distance between the place that a field gives and the true one, in parts of the side,
    /// where a picture is compared with itself warped: without a morph, and of either kind.
    pub fn against_warp(&self, picture: &Rgba, random: &mut ChaCha8Rng) -> [f64; 3] {
        let a = of(picture);
        let warp = Warp::random(random);
        let morphs = self.solved(&a, &warp.applied(&a));
        let missed = |field: Option<&Field>| {
            let at = |i: usize| 0.2 + i as f32 / 25.0;
            let errors = (0..256).map(|i| {
                let (u, v) = (at(i % 16), at(i / 16));
                let (x, y) = field.map_or((0.0, 0.0), |field| field.at(u, v));
                let (wx, wy) = warp.way(u + x, v + y);
                (2.0 * x - wx).hypot(2.0 * y - wy)
            });
            f64::from(errors.sum::<f32>() / 256.0)
        };
        let [plain, semantic] = [0, 1].map(|i| missed(Some(morphs[i].renderer().field())));
        [missed(None), plain, semantic]
    }

    /// The ways of [`MORPHS`] from one picture to another, frame after frame, `[3, size, size]` in
    /// [-1, 1] each.
    ///
    /// # Errors
    /// None for pictures of one side.
    pub fn ways(&mut self, a: &Rgba, b: &Rgba) -> Result<[Vec<f32>; 3], DataError> {
        let size = a.size();
        let [from, to] = [a, b].map(|picture| picture.compose([1.0; 3]));
        let mut ways = [way(|t| lerp_noise(&from, &to, t)), Vec::new(), Vec::new()];
        let morphs = self.checked(&of(a), &of(b));
        for (way, morph) in ways[1..].iter_mut().zip(&morphs) {
            for t in times() {
                let frame = morph.frame(Moment::at(t), Trajectory::Straight);
                way.extend(Rgba::from_rgba8(&frame, size, size, size)?.compose([1.0; 3]));
            }
        }
        Ok(ways)
    }
}

fn times() -> impl Iterator<Item = f32> {
    (0..FRAMES).map(|i| i as f32 / (FRAMES - 1) as f32)
}

/// The frames of a way whose place `t` is `at(t)`, one after another: of pixels, or of latents.
pub fn way(at: impl Fn(f32) -> Vec<f32>) -> Vec<f32> {
    times().flat_map(at).collect()
}

/// How one kind of morph does half-way over all pairs.
#[derive(Debug, Clone, PartialEq)]
pub struct Midway {
    /// Kernel distance of the frames half-way to real pictures.
    pub kernel: f64,
    /// What the frames half-way show of both ends at once.
    pub ghost: Midpoints,
    /// Deviation of the steps from frame to frame over their mean; 0 is an even way.
    pub unevenness: f64,
}

/// Real pictures that ways are compared with. Distances are between features of the matcher's
/// network, each brought to unit deviation over the pictures.
pub struct Reference<'a> {
    matcher: &'a Matcher,
    size: usize,
    mean: Vec<f32>,
    scaler: StandardScaler,
    features: Features,
}

impl<'a> Reference<'a> {
    /// Of pictures `[N, 3·size·size]` in [-1, 1].
    ///
    /// # Errors
    /// Pictures that the matcher cannot see.
    pub fn new(pictures: &Rows, size: usize, matcher: &'a Matcher) -> Result<Self, MorphError> {
        let described = described(pictures, size, matcher)?;
        let scaler = StandardScaler::fit(&described);
        Ok(Self {
            matcher,
            size,
            mean: pictures.mean(),
            features: scaled(&described, &scaler),
            scaler,
        })
    }

    /// The kernel distance between every second picture and the others.
    pub fn floor(&self) -> f64 {
        let [even, odd] = [0, 1].map(|first| {
            let places: Vec<usize> = (first..self.features.len()).step_by(2).collect();
            self.features.chosen(&places)
        });
        kernel_distance(&even, &odd)
    }

    /// Of ways of nine frames each, one after another.
    ///
    /// # Errors
    /// As for [`Reference::new`].
    pub fn measure(&self, frames: &Rows) -> Result<Midway, MorphError> {
        let features = scaled(&described(frames, self.size, self.matcher)?, &self.scaler);
        let ways = frames.len() / FRAMES;
        let (mut ghost, mut unevenness) = (Midpoints::default(), 0.0);
        for first in (0..ways).map(|way| way * FRAMES) {
            let [a, middle, b] = [0, FRAMES / 2, FRAMES - 1].map(|k| frames.row(first + k));
            ghost.add([a, b], middle, &self.mean, self.size);
            let steps = features.steps(first..first + FRAMES);
            unevenness += uneven(&steps) / ways as f64;
        }
        let half: Vec<usize> = (0..ways).map(|way| way * FRAMES + FRAMES / 2).collect();
        Ok(Midway {
            kernel: kernel_distance(&self.features, &features.chosen(&half)),
            ghost,
            unevenness,
        })
    }
}

/// What the matcher's network sees in each picture.
fn described(pictures: &Rows, size: usize, matcher: &Matcher) -> Result<Rows, MorphError> {
    let (area, mut values) = (size * size, Vec::new());
    for picture in pictures.iter() {
        // Rounded as the tables in docs/morphing.md were: of a cross-fade many values are halves,
        // and `to_rgba8` takes some of them the other way.
        let rgba: Vec<u8> = (0..4 * area)
            .map(|i| match i % 4 {
                3 => 255,
                c => (127.5 * (picture[c * area + i / 4].clamp(-1.0, 1.0) + 1.0) + 0.5) as u8,
            })
            .collect();
        values.extend(describe(&rgba, (size, size), matcher)?);
    }
    Ok(Rows::new(values, POOLED_LENGTH))
}

fn scaled(rows: &Rows, scaler: &StandardScaler) -> Features {
    let values = rows.iter().flat_map(|row| scaler.transform(row));
    Features::new(values, rows.width())
}

/// The deviation of the lengths of steps over their mean.
fn uneven(steps: &[f64]) -> f64 {
    let mean = steps.iter().sum::<f64>() / steps.len() as f64;
    let variance = steps.iter().map(|step| (step - mean).powi(2)).sum::<f64>();
    (variance / steps.len() as f64).sqrt() / mean.max(1e-12)
}

/// A picture that fills its frame.
fn of(picture: &Rgba) -> Picture {
    Picture {
        width: picture.size(),
        height: picture.size(),
        pixels: picture.premultiplied().to_vec(),
        transparent: !picture.is_opaque(),
    }
}

fn least_area_of(field: &Field) -> f32 {
    let mut cells = field.planes.clone();
    let (w, h) = field.domain.frame();
    cells.plane_mut(0).iter_mut().for_each(|value| *value *= w);
    cells.plane_mut(1).iter_mut().for_each(|value| *value *= h);
    least_area(&cells)
}

/// Of the colours of RGBA pixels that are `inside`, in dB.
fn psnr(a: &[u8], b: &[u8], inside: impl Fn(usize) -> bool) -> f64 {
    let planes = |rgba: &[u8]| -> Vec<f32> {
        let plane = |c| rgba.iter().skip(c).step_by(4);
        let bytes = (0..3).flat_map(plane);
        bytes.map(|&byte| f32::from(byte) / 127.5 - 1.0).collect()
    };
    psnr_inside(&planes(a), &planes(b), inside)
}

/// A shift and three swellings. What lay at `X − way(X)` comes to lie at `X`.
struct Warp {
    shift: (f32, f32),
    bumps: [[f32; 4]; 3],
}

impl Warp {
    fn random(random: &mut ChaCha8Rng) -> Self {
        let mut within = |reach: f32| random.random_range(-reach..reach);
        let shift = (within(0.04), within(0.04));
        let bumps = [(); 3].map(|()| {
            let centre = [0.5 + within(0.3), 0.5 + within(0.3)];
            [centre[0], centre[1], within(0.04), within(0.04)]
        });
        Self { shift, bumps }
    }

    fn way(&self, x: f32, y: f32) -> (f32, f32) {
        self.bumps
            .iter()
            .fold(self.shift, |(dx, dy), &[cx, cy, sx, sy]| {
                let bump = (-((x - cx).powi(2) + (y - cy).powi(2)) / 0.045).exp();
                (dx + bump * sx, dy + bump * sy)
            })
    }

    fn applied(&self, picture: &Picture) -> Picture {
        let planes = picture.planes();
        let (w, h) = (picture.width as f32, picture.height as f32);
        let mut output = picture.clone();
        for (i, pixel) in output.pixels.chunks_exact_mut(4).enumerate() {
            let x = ((i % picture.width) as f32 + 0.5) / w;
            let y = ((i / picture.width) as f32 + 0.5) / h;
            let (dx, dy) = self.way(x, y);
            for (channel, value) in pixel.iter_mut().enumerate() {
                let sampled = planes.at(channel, (x - dx) * w - 0.5, (y - dy) * h - 0.5);
                *value = (255.0 * sampled + 0.5) as u8;
            }
        }
        output
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_steps_are_even_and_a_jump_is_not() {
        let way = |places: &[f64]| {
            let points = places.iter().flat_map(|&x| [x, 0.0]);
            uneven(&Features::new(points, 2).steps(0..places.len()))
        };
        assert!(way(&[0.0, 1.0, 2.0, 3.0]) < 1e-12);
        let jump = way(&[0.0, 0.0, 3.0, 3.0]);
        assert!((jump - 2f64.sqrt()).abs() < 1e-9, "{jump}");
    }
}
