//! Training pairs: a source view for the encoder, a target view for the decoder to paint.
//!
//! Pictures are visited in a shuffled order, each once per round. Everything random about the draw
//! at a position comes from `(seed, position)` alone, so a run is resumed by going on at the
//! position where it stopped.

use std::sync::{Arc, Mutex};

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::augment::{Augmentation, in_range};
use super::between::{Between, between};
use super::dataset::Dataset;
use super::error::{DataError, Result};
use super::picture::Rgba;
use super::transform::Transform;
use super::warp::SelfWarp;

/// How source and target are chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ViewPairs {
    /// Probability that the target is another picture of the same sample, where there is one, in
    /// [0, 1].
    pub p_other: f32,
    /// Probability that the target's view label is given when the target is the source picture
    /// itself, in [0, 1]. Without a label the decoder is to paint the picture as it is. The label
    /// of another picture is always given.
    pub p_label: f32,
    /// Probability that a picture known to lie between two others (see
    /// [`between`](super::between)) is painted from the latents of those two, mixed by as much, in
    /// [0, 1]. It teaches what a straight way between latents means.
    pub p_between: f32,
    /// Probability that a picture that is its own target is painted from the mixed latents of two
    /// warps of it, see [`SelfWarp`], in [0, 1]: the straight way between latents becomes motion.
    pub p_warp: f32,
    /// Changes that source and target share.
    pub shared: Augmentation,
    /// Further changes of the source.
    pub source: Augmentation,
    /// Further changes of the target. They help recognition and hurt reconstruction.
    pub target: Augmentation,
    /// The colour under transparent parts, red, green and blue in [0, 1].
    pub background: [f32; 3],
}

impl Default for ViewPairs {
    /// Half of the targets another view where there is one, half of the rest labelled, nothing
    /// augmented, over white.
    fn default() -> Self {
        Self {
            p_other: 0.5,
            p_label: 0.5,
            p_between: 0.0,
            p_warp: 0.0,
            shared: Augmentation::default(),
            source: Augmentation::default(),
            target: Augmentation::default(),
            background: [1.0; 3],
        }
    }
}

impl ViewPairs {
    /// Check every range.
    ///
    /// # Errors
    /// [`DataError::Setting`], naming the first field that is out of its range.
    pub fn validate(&self) -> Result<()> {
        in_range("p_other", self.p_other, 0.0, 1.0, "between 0 and 1")?;
        in_range("p_label", self.p_label, 0.0, 1.0, "between 0 and 1")?;
        in_range("p_between", self.p_between, 0.0, 1.0, "between 0 and 1")?;
        in_range("p_warp", self.p_warp, 0.0, 1.0, "between 0 and 1")?;
        for (channel, value) in ["red", "green", "blue"].into_iter().zip(self.background) {
            in_range(
                &format!("background.{channel}"),
                value,
                0.0,
                1.0,
                "between 0 and 1",
            )?;
        }
        self.shared.validate("shared")?;
        self.source.validate("source")?;
        self.target.validate("target")
    }
}

/// Source and target pictures of one step.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// How many pairs, `B`.
    pub count: usize,
    /// Side of the pictures, `S`.
    pub size: usize,
    /// What the encoder sees, `[B, 3, S, S]` in [-1, 1].
    pub source: Vec<f32>,
    /// Second sources of the pairs in [`mixed`](Self::mixed), `[M, 3, S, S]` in [-1, 1].
    pub partners: Vec<f32>,
    /// Pairs whose latent is mixed from two sources: index of the pair, and the weight of its
    /// partner in [0, 1]. `M` of them, in order.
    pub mixed: Vec<(usize, f32)>,
    /// What the decoder is to paint, `[B, 3, S, S]` in [-1, 1].
    pub target: Vec<f32>,
    /// The view to paint, `[B]`: an index into [`Dataset::views`], or `views.len()` for none.
    pub labels: Vec<usize>,
    /// Which sample each pair is of, `[B]`: an index into [`Dataset::samples`].
    pub samples: Vec<usize>,
    /// Position of the first pair after this batch: where a resumed run goes on.
    pub next: u64,
}

impl Batch {
    /// The `count` pairs from `first` on.
    pub fn part(&self, first: usize, count: usize) -> Self {
        let unit = 3 * self.size * self.size;
        let range = first..first + count;
        let pixels = |values: &[f32]| values[first * unit..(first + count) * unit].to_vec();
        let (mut mixed, mut partners) = (Vec::new(), Vec::new());
        for (&(i, alpha), partner) in self.mixed.iter().zip(self.partners.chunks_exact(unit)) {
            if range.contains(&i) {
                mixed.push((i - first, alpha));
                partners.extend_from_slice(partner);
            }
        }
        Self {
            count,
            size: self.size,
            source: pixels(&self.source),
            partners,
            mixed,
            target: pixels(&self.target),
            labels: self.labels[range.clone()].to_vec(),
            samples: self.samples[range].to_vec(),
            next: self.next,
        }
    }
}

/// Which pictures a pair is made of, and how each is changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Draw {
    /// Index of the sample.
    pub sample: usize,
    /// Index of the source among the sample's pictures.
    pub source: usize,
    /// The two samples whose latents are mixed in place of the source's, if so.
    pub between: Option<Between>,
    /// Index of the target among the sample's pictures.
    pub target: usize,
    /// The view label the decoder is told, if any.
    pub label: Option<usize>,
    /// The change both share, the source's own, the target's own.
    pub transforms: [Transform; 3],
    /// The way that the picture is warped along, if it is.
    pub warp: Option<SelfWarp>,
}

/// Draws pairs from a data set. Safe to share between threads.
#[derive(Debug)]
pub struct PairSampler {
    dataset: Arc<Dataset>,
    pairs: ViewPairs,
    seed: u64,
    /// Sample and picture of every entry of the data set, in order.
    entries: Vec<(u32, u32)>,
    /// What each sample lies between.
    between: Vec<Option<Between>>,
    /// The round shuffled last, and its order.
    order: Mutex<(u64, Arc<[u32]>)>,
}

impl PairSampler {
    /// A sampler over every picture of `dataset`.
    ///
    /// # Errors
    /// A setting out of its range, or a data set without pictures.
    pub fn new(dataset: Arc<Dataset>, pairs: ViewPairs, seed: u64) -> Result<Self> {
        pairs.validate()?;
        let entries: Vec<_> = (0u32..)
            .zip(&dataset.samples)
            .flat_map(|(s, sample)| (0..sample.pictures.len() as u32).map(move |p| (s, p)))
            .collect();
        if entries.is_empty() {
            return Err(DataError::Empty);
        }
        let between = match pairs.p_between {
            0.0 => Vec::new(),
            _ => between(&dataset)?,
        };
        if pairs.p_between > 0.0 && between.iter().all(Option::is_none) {
            return Err(DataError::Setting {
                field: "p_between".into(),
                value: pairs.p_between.to_string(),
                allowed: "0 for pictures none of which says in its JSON what it lies between",
            });
        }
        let order = Mutex::new((0, shuffled(entries.len(), seed, 0)));
        Ok(Self {
            dataset,
            pairs,
            seed,
            entries,
            between,
            order,
        })
    }

    /// The data set that pairs are drawn from.
    pub fn dataset(&self) -> &Arc<Dataset> {
        &self.dataset
    }

    /// Pairs in a round, in which every picture is the source once.
    pub fn round(&self) -> u64 {
        self.entries.len() as u64
    }

    /// The draw at one position.
    pub fn draw(&self, position: u64) -> Draw {
        let (round, place) = (position / self.round(), (position % self.round()) as usize);
        let (sample, source) = self.entries[self.order(round)[place] as usize];
        let (sample, source) = (sample as usize, source as usize);
        let pictures = &self.dataset.samples[sample].pictures;

        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(position);
        let other = rng.random::<f32>() < self.pairs.p_other && pictures.len() > 1;
        let labelled = rng.random::<f32>() < self.pairs.p_label;
        let pick = rng.random::<f64>();
        let target = if other {
            let other = (pick * (pictures.len() - 1) as f64) as usize;
            if other < source { other } else { other + 1 }
        } else {
            source
        };
        let label = if other || labelled {
            pictures[target].view
        } else {
            None
        };
        let between = self.between.get(sample).copied().flatten();
        let between = between.filter(|_| !other && rng.random::<f32>() < self.pairs.p_between);
        let transforms = [&self.pairs.shared, &self.pairs.source, &self.pairs.target]
            .map(|one| one.draw(&mut rng));
        let warped = !other && between.is_none() && self.pairs.p_warp > 0.0;
        let warp =
            (warped && rng.random::<f32>() < self.pairs.p_warp).then(|| SelfWarp::draw(&mut rng));
        Draw {
            sample,
            source,
            between,
            target,
            label,
            transforms,
            warp,
        }
    }

    /// The `count` pairs from `position` on, at side `size`. The same arguments always give the
    /// same batch.
    ///
    /// # Errors
    /// A `count` of 0, or a `size` of 0 or above the data set's.
    pub fn batch(&self, position: u64, count: usize, size: usize) -> Result<Batch> {
        self.check(count, size)?;
        let values = 3 * size * size;
        let mut batch = Batch {
            count,
            size,
            source: vec![0.0; count * values],
            partners: Vec::new(),
            mixed: Vec::new(),
            target: vec![0.0; count * values],
            labels: Vec::with_capacity(count),
            samples: Vec::with_capacity(count),
            next: position + count as u64,
        };
        let outputs = batch
            .source
            .chunks_exact_mut(values)
            .zip(batch.target.chunks_exact_mut(values));
        for (i, (source, target)) in outputs.enumerate() {
            let draw = self.draw(position + i as u64);
            let pictures = &self.dataset.samples[draw.sample].pictures;
            if let Some(warp) = &draw.warp {
                self.warp(&draw, warp, size, [source, target], &mut batch.partners);
                batch.mixed.push((i, warp.alpha));
                batch
                    .labels
                    .push(draw.label.unwrap_or(self.dataset.views.len()));
                batch.samples.push(draw.sample);
                continue;
            }
            let [shared, own_source, own_target] = draw.transforms;
            let paint = |picture: &Rgba, own, output: &mut [f32]| {
                Transform::apply_all(&[shared, own], picture, size)
                    .compose_into(self.pairs.background, output);
            };
            match draw.between {
                Some(between) => {
                    let first = |sample: usize| &self.dataset.samples[sample].pictures[0].picture;
                    paint(first(between.from), own_source, source);
                    let start = batch.partners.len();
                    batch.partners.resize(start + values, 0.0);
                    let partner = &mut batch.partners[start..];
                    paint(first(between.to), own_source, partner);
                    batch.mixed.push((i, between.alpha));
                }
                None => paint(&pictures[draw.source].picture, own_source, source),
            }
            paint(&pictures[draw.target].picture, own_target, target);
            batch
                .labels
                .push(draw.label.unwrap_or(self.dataset.views.len()));
            batch.samples.push(draw.sample);
        }
        Ok(batch)
    }

    /// The two ends of a warp as source and partner, and the picture between them as target.
    fn warp(
        &self,
        draw: &Draw,
        warp: &SelfWarp,
        size: usize,
        [source, target]: [&mut [f32]; 2],
        partners: &mut Vec<f32>,
    ) {
        let picture = &self.dataset.samples[draw.sample].pictures[draw.source].picture;
        let mut pixels = vec![0.0; source.len()];
        Transform::apply_all(&draw.transforms[..1], picture, size)
            .compose_into(self.pairs.background, &mut pixels);
        let outside = self.pairs.background.map(|value| 2.0 * value - 1.0);
        let outside = (!picture.is_opaque()).then_some(outside);
        let start = partners.len();
        partners.resize(start + pixels.len(), 0.0);
        let outputs = [source, &mut partners[start..], target];
        for (output, place) in outputs.into_iter().zip(warp.places()) {
            warp.apply(&pixels, size, place, outside, output);
        }
    }

    pub(super) fn check(&self, count: usize, size: usize) -> Result<()> {
        if count == 0 {
            return Err(DataError::Setting {
                field: "batch size".into(),
                value: "0".into(),
                allowed: "at least 1",
            });
        }
        if size == 0 || size > self.dataset.size {
            return Err(DataError::Setting {
                field: "picture size".into(),
                value: size.to_string(),
                allowed: "at least 1 and at most the side the data set was opened with",
            });
        }
        Ok(())
    }

    /// The order of a round; threads near a round's end alternate between two rounds, which only
    /// costs time.
    fn order(&self, round: u64) -> Arc<[u32]> {
        let mut kept = self
            .order
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        if kept.0 != round {
            *kept = (round, shuffled(self.entries.len(), self.seed, round));
        }
        Arc::clone(&kept.1)
    }
}

/// A permutation of `0..count` that depends on seed and round.
fn shuffled(count: usize, seed: u64, round: u64) -> Arc<[u32]> {
    // Another key than the draws', whose streams are numbered by position.
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x736f_6461);
    rng.set_stream(round);
    let mut order: Vec<u32> = (0..count as u32).collect();
    order.shuffle(&mut rng);
    order.into()
}

#[cfg(test)]
mod tests;
