//! Pictures half-way between two of which nothing is known: whether they look like pictures, and
//! whether the way there is even.

use super::gallery::{encode, paint};
use super::guards::{Guards, of};
use crate::cli::data::{bar, cancel_flag};
use crate::cli::files::ModelArgs;
use crate::data::{Dataset, Rgba};
use crate::engine::DecodeOptions;
use crate::eval::{Features, Midpoints, Rows, kernel_distance};
use crate::morph::{Matcher, Moment, Morph, POOLED_LENGTH, Trajectory, describe};
use std::sync::atomic::Ordering;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

/// Frames of a way, both ends included.
const FRAMES: usize = 9;

/// How one kind of morph does over all pairs.
pub struct Midway {
    /// Which kind.
    pub name: &'static str,
    /// Kernel distance of the frames half-way to real pictures.
    pub kernel: f64,
    /// What the frames half-way show of both ends at once.
    pub ghost: Midpoints,
    /// Deviation of the steps from frame to frame over their mean; 0 is an even way.
    pub unevenness: f64,
}

/// Frames of one kind: `[3, size, size]` in [-1, 1] each.
type Way = Vec<Vec<f32>>;

/// Measures all kinds on pairs of these pictures, each of which is in one; and the kernel distance
/// between two halves of the pictures themselves. Distances are between features of the matcher's
/// network, each brought to unit deviation over the pictures.
pub fn midway(
    data: &Dataset,
    pictures: &[usize],
    matcher: &Matcher,
    model: Option<&ModelArgs>,
    quiet: bool,
    guards: &mut Guards,
) -> Fallible<(Vec<Midway>, f64)> {
    let size = data.size;
    let pairs = pictures.len() / 2;
    if pairs < 2 || !size.is_multiple_of(8) {
        return Err("the half-way needs four pictures or more, of a side divisible by 8".into());
    }
    let picture = |i: usize| &data.samples[pictures[i]].pictures[0].picture;
    let all: Vec<f32> = (0..2 * pairs)
        .flat_map(|i| picture(i).compose([1.0; 3]))
        .collect();
    let all = Rows::new(all, 3 * size * size);
    let mean = all.moments().mean;
    let scale = Scale::of(&all, size, matcher)?;
    let real = Features::new(scale.features.iter().copied(), POOLED_LENGTH);
    let mut kinds: Vec<(&'static str, Vec<Way>)> = vec![
        ("cross-fade", Vec::new()),
        ("morph, hand-made features", Vec::new()),
        ("morph, the matcher's features", Vec::new()),
    ];
    let progress = bar(quiet, pairs as u64, "half-way");
    let cancel = cancel_flag()?;
    // The other end of a pair is far away in the list, so that it shows somebody else.
    let ends = |pair: usize| [pair, pair + pairs];
    for pair in 0..pairs {
        let [a, b] = ends(pair).map(|i| of(picture(i)));
        let (first, last) = (all.row(pair), all.row(pair + pairs));
        let mix = |t: f32| {
            first
                .iter()
                .zip(last)
                .map(|(a, b)| a + t * (b - a))
                .collect()
        };
        kinds[0].1.push(times().map(mix).collect());
        for (kind, matcher) in [(1, None), (2, Some(matcher))] {
            let morph = Morph::new(a.clone(), b.clone(), matcher, &[]);
            guards.check(&morph, [&a, &b]);
            let frame = |t| planar(&morph.frame(Moment::at(t), Trajectory::Straight), size);
            kinds[kind]
                .1
                .push(times().map(frame).collect::<Fallible<Way>>()?);
        }
        progress.inc(1);
        if cancel.load(Ordering::Relaxed) {
            return Err("cancelled".into());
        }
    }
    progress.finish_and_clear();
    if let Some(model) = model {
        kinds.push(("the model's interpolation", painted(model, &all, pairs)?));
    }
    let mut rows = Vec::new();
    for (name, ways) in kinds {
        let (mut ghost, mut half, mut unevenness) = (Midpoints::default(), Vec::new(), 0.0);
        for way in &ways {
            let ends = [&way[0], &way[FRAMES - 1]].map(Vec::as_slice);
            ghost.add(ends, &way[FRAMES / 2], &mean, size);
            let features = way
                .iter()
                .map(|frame| scale.scaled(frame, size, matcher))
                .collect::<Fallible<Vec<_>>>()?;
            unevenness += uneven(&features) / ways.len() as f64;
            half.extend_from_slice(&features[FRAMES / 2]);
        }
        let half = Features::new(half, POOLED_LENGTH);
        rows.push(Midway {
            name,
            kernel: kernel_distance(&real, &half),
            ghost,
            unevenness,
        });
    }
    let halves = [0, 1].map(|part| {
        let places: Vec<usize> = (0..2 * pairs).filter(|i| i % 2 == part).collect();
        real.chosen(&places)
    });
    Ok((rows, kernel_distance(&halves[0], &halves[1])))
}

fn times() -> impl Iterator<Item = f32> {
    (0..FRAMES).map(|i| i as f32 / (FRAMES - 1) as f32)
}

/// The ways between reconstructions as the model paints them, latents going straight.
fn painted(model: &ModelArgs, all: &Rows, pairs: usize) -> Fallible<Vec<Way>> {
    let soda = model.load()?;
    if 3 * soda.size() * soda.size() != all.width() {
        let side = soda.size();
        return Err(format!("--model paints {side} pixels: give --size {side}").into());
    }
    let codes = encode(&soda, all, model)?;
    let mut latents = Vec::new();
    for pair in 0..pairs {
        let (a, b) = (codes.row(pair), codes.row(pair + pairs));
        for t in times() {
            latents.extend(a.iter().zip(b).map(|(a, b)| a + t * (b - a)));
        }
    }
    let options = DecodeOptions::default();
    let frames = paint(&soda, &Rows::new(latents, codes.width()), &options, model)?;
    let frames: Vec<Vec<f32>> = frames.iter().map(<[f32]>::to_vec).collect();
    Ok(frames.chunks(FRAMES).map(<[Vec<f32>]>::to_vec).collect())
}

/// The deviation of the lengths of steps over their mean.
fn uneven(features: &[Vec<f64>]) -> f64 {
    let length = |pair: &[Vec<f64>]| {
        let squares = pair[0].iter().zip(&pair[1]).map(|(a, b)| (a - b).powi(2));
        squares.sum::<f64>().sqrt()
    };
    let steps: Vec<f64> = features.windows(2).map(length).collect();
    let mean = steps.iter().sum::<f64>() / steps.len() as f64;
    let variance = steps.iter().map(|step| (step - mean).powi(2)).sum::<f64>();
    (variance / steps.len() as f64).sqrt() / mean.max(1e-12)
}

/// Means and deviations of the features over all pictures.
struct Scale {
    mean: Vec<f64>,
    deviation: Vec<f64>,
    /// Of the pictures, scaled, a row each.
    features: Vec<f64>,
}

impl Scale {
    fn of(pictures: &Rows, size: usize, matcher: &Matcher) -> Fallible<Self> {
        let rows = pictures
            .iter()
            .map(|picture| features(picture, size, matcher))
            .collect::<Fallible<Vec<_>>>()?;
        let values = rows.iter().flatten().map(|&value| value as f32).collect();
        let moments = Rows::new(values, POOLED_LENGTH).moments();
        let mut scale = Self {
            mean: moments.mean.iter().map(|&value| value.into()).collect(),
            deviation: moments
                .deviation
                .iter()
                .map(|&value| value.into())
                .collect(),
            features: Vec::new(),
        };
        scale.features = rows.iter().flat_map(|row| scale.brought(row)).collect();
        Ok(scale)
    }

    fn scaled(&self, picture: &[f32], size: usize, matcher: &Matcher) -> Fallible<Vec<f64>> {
        Ok(self.brought(&features(picture, size, matcher)?))
    }

    fn brought(&self, row: &[f64]) -> Vec<f64> {
        let scale = self.mean.iter().zip(&self.deviation);
        let values = row.iter().zip(scale);
        values
            .map(|(value, (mean, deviation))| (value - mean) / deviation)
            .collect()
    }
}

/// Of a picture `[3, size, size]` in [-1, 1].
fn features(picture: &[f32], size: usize, matcher: &Matcher) -> Fallible<Vec<f64>> {
    let area = size * size;
    let rgba: Vec<u8> = (0..4 * area)
        .map(|i| match i % 4 {
            3 => 255,
            c => (127.5 * (picture[c * area + i / 4].clamp(-1.0, 1.0) + 1.0) + 0.5) as u8,
        })
        .collect();
    let numbers = describe(&rgba, (size, size), matcher)?;
    Ok(numbers.into_iter().map(f64::from).collect())
}

/// RGBA over white as `[3, size, size]` in [-1, 1].
fn planar(rgba: &[u8], size: usize) -> Fallible<Vec<f32>> {
    Ok(Rgba::from_rgba8(rgba, size, size, size)?.compose([1.0; 3]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_steps_are_even_and_a_jump_is_not() {
        let way = |places: &[f64]| places.iter().map(|&x| vec![x, 0.0]).collect::<Vec<_>>();
        assert!(uneven(&way(&[0.0, 1.0, 2.0, 3.0])) < 1e-12);
        let jump = uneven(&way(&[0.0, 0.0, 3.0, 3.0]));
        assert!((jump - 2f64.sqrt()).abs() < 1e-9, "{jump}");
    }
}
