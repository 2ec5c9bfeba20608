//! Pairs of pictures, drawn at random.

use crate::data::{Dataset, Sample};
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// `count` pairs of different numbers below `samples`, every number as often as any other, give or
/// take one.
fn sample_pairs(samples: usize, count: usize, seed: u64) -> Vec<(usize, usize)> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut order: Vec<usize> = (0..samples).collect();
    let mut pairs = Vec::new();
    while pairs.len() < count {
        order.shuffle(&mut rng);
        // A turn by one: no number meets itself.
        pairs.extend((0..samples).map(|i| (order[i], order[(i + 1) % samples])));
    }
    pairs.truncate(count);
    pairs
}

/// `count` pairs of pictures of different samples over a background, pixels `[3·size·size]` in
/// [-1, 1]; every sample as often as any other, give or take one. The data must hold two samples.
pub fn picture_pairs(
    data: &Dataset,
    background: [f32; 3],
    count: usize,
    seed: u64,
) -> Vec<[Vec<f32>; 2]> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut pick = |sample: usize| {
        let pictures = &data.samples[sample].pictures;
        let picture = &pictures[rng.random_range(0..pictures.len())].picture;
        picture.compose(background)
    };
    let pairs = sample_pairs(data.samples.len(), count, seed).into_iter();
    pairs.map(|(a, b)| [pick(a), pick(b)]).collect()
}

/// How near two pictures of a pair are to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairKind {
    /// Of different concepts; without metadata every sample is one of its own.
    Different,
    /// Of different concepts of one group, the JSON's `subgroup`.
    SameGroup,
    /// Two pictures of one concept.
    SameConcept,
}

impl PairKind {
    /// Every kind with its name.
    pub const ALL: [(&'static str, Self); 3] = [
        ("different", Self::Different),
        ("same group", Self::SameGroup),
        ("same concept", Self::SameConcept),
    ];
}

/// At most `count` pairs of one kind, as places among pictures of these samples; some pictures
/// have no partner.
pub fn kind_pairs(
    samples: &[&Sample],
    kind: PairKind,
    count: usize,
    seed: u64,
) -> Vec<(usize, usize)> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let text = |sample: &Sample, field: &str| {
        let value = sample.meta.as_ref()?.get(field)?;
        value.as_str().map(str::to_owned)
    };
    let concept = |sample: &Sample| text(sample, "concept").unwrap_or_else(|| sample.key.clone());
    let about: Vec<(String, Option<String>)> = samples
        .iter()
        .map(|sample| (concept(sample), text(sample, "subgroup")))
        .collect();
    let fits = |a: usize, b: usize| {
        let same_concept = about[a].0 == about[b].0;
        match kind {
            PairKind::Different => !same_concept,
            PairKind::SameGroup => {
                !same_concept && about[a].1.is_some() && about[a].1 == about[b].1
            }
            PairKind::SameConcept => a != b && same_concept,
        }
    };
    let mut pairs = Vec::new();
    for _ in 0..4 * count {
        if pairs.len() == count {
            break;
        }
        let a = rng.random_range(0..samples.len());
        let partners: Vec<usize> = (0..samples.len()).filter(|&b| fits(a, b)).collect();
        pairs.extend(partners.choose(&mut rng).map(|&b| (a, b)));
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_paired_with_itself() {
        for samples in [2, 3, 10] {
            let pairs = sample_pairs(samples, 25, 3);
            assert_eq!(pairs.len(), 25);
            assert!(pairs.iter().all(|(a, b)| a != b && a.max(b) < &samples));
        }
        assert_ne!(sample_pairs(10, 25, 3), sample_pairs(10, 25, 4));
    }
}
