//! The `Latent` type and the arithmetic on it.

use serde::{Deserialize, Serialize};

/// A picture's normalised latent, in groups from coarse to fine.
///
/// All arithmetic lives in the normalised space, where every dimension has unit variance over the
/// training pictures.
#[derive(Debug, Clone, PartialEq)]
pub struct Latent {
    values: Vec<f32>,
    groups: Vec<usize>,
}

/// Why latents cannot be combined.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
pub enum LatentError {
    /// The values do not fill the groups.
    #[error("latent: {values} values do not fill groups {groups:?}, which need {needed}")]
    Length {
        /// Values given.
        values: usize,
        /// Groups given.
        groups: Vec<usize>,
        /// Values the groups need.
        needed: usize,
    },
    /// Two latents of different models.
    #[error("latent: groups {left:?} and {right:?} differ; both must come from one model")]
    Groups {
        /// Groups of the first.
        left: Vec<usize>,
        /// Groups of the other.
        right: Vec<usize>,
    },
    /// A split beyond the number of groups.
    #[error("latent: split {split} is beyond the {groups} groups")]
    Split {
        /// The split asked for.
        split: usize,
        /// Groups there are.
        groups: usize,
    },
}

impl Latent {
    /// Values of all groups in order, coarse to fine.
    ///
    /// # Errors
    /// [`LatentError::Length`] where the group lengths do not add up to the number of values.
    pub fn new(values: Vec<f32>, groups: &[usize]) -> Result<Self, LatentError> {
        let needed = groups.iter().sum();
        if values.len() != needed {
            return Err(LatentError::Length {
                values: values.len(),
                groups: groups.to_vec(),
                needed,
            });
        }
        Ok(Self {
            values,
            groups: groups.to_vec(),
        })
    }

    /// Values of all groups in order, coarse to fine.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Length of each group.
    pub fn groups(&self) -> &[usize] {
        &self.groups
    }

    /// Group `index`, 0 being the coarsest.
    pub fn group(&self, index: usize) -> &[f32] {
        let start: usize = self.groups[..index].iter().sum();
        &self.values[start..start + self.groups[index]]
    }

    fn check_groups(&self, other: &Self) -> Result<(), LatentError> {
        if self.groups != other.groups {
            return Err(LatentError::Groups {
                left: self.groups.clone(),
                right: other.groups.clone(),
            });
        }
        Ok(())
    }

    fn zip(&self, other: &Self, f: impl Fn(f32, f32) -> f32) -> Result<Self, LatentError> {
        self.check_groups(other)?;
        let values = self.values.iter().zip(&other.values);
        Ok(Self {
            values: values.map(|(&a, &b)| f(a, b)).collect(),
            groups: self.groups.clone(),
        })
    }

    /// The straight line: `(1 − t)·self + t·other`.
    ///
    /// # Errors
    /// [`LatentError::Groups`] for latents of different models, here and below.
    pub fn lerp(&self, other: &Self, t: f32) -> Result<Self, LatentError> {
        self.zip(other, |a, b| (1.0 - t) * a + t * b)
    }

    /// The great circle (Shoemake 1985): direction turned by `t` of the angle, length on the
    /// straight line between the two lengths.
    pub fn slerp(&self, other: &Self, t: f32) -> Result<Self, LatentError> {
        let mut turned = self.zip(other, |_, b| b)?;
        turned.values = slerp_noise(&self.values, &other.values, t);
        Ok(turned)
    }

    /// The place `t` of the way from `self` to `other`, see [`interpolate`].
    pub fn interpolate(
        &self,
        other: &Self,
        t: f32,
        interpolation: Interpolation,
    ) -> Result<Self, LatentError> {
        self.check_groups(other)?;
        Ok(Self {
            values: interpolate(&self.values, &other.values, t, &self.groups, interpolation),
            groups: self.groups.clone(),
        })
    }

    /// Coarse groups, those below `split`, of `self`; the others of `other`.
    ///
    /// # Errors
    /// [`LatentError::Split`] where `split` exceeds the number of groups.
    pub fn mix(&self, other: &Self, split: usize) -> Result<Self, LatentError> {
        if split > self.groups.len() {
            return Err(LatentError::Split {
                split,
                groups: self.groups.len(),
            });
        }
        let coarse: usize = self.groups[..split].iter().sum();
        let mut mixed = self.zip(other, |_, b| b)?;
        mixed.values[..coarse].copy_from_slice(&self.values[..coarse]);
        Ok(mixed)
    }

    /// `self − minus + plus`: what is to `plus` as `self` is to `minus`.
    pub fn analogy(&self, minus: &Self, plus: &Self) -> Result<Self, LatentError> {
        self.zip(minus, |a, b| a - b)?.zip(plus, |a, c| a + c)
    }

    /// Cosine of the angle between the two, in [-1, 1]; 0 where one of them is zero.
    pub fn similarity(&self, other: &Self) -> Result<f32, LatentError> {
        self.check_groups(other)?;
        let norm = length(&self.values) * length(&other.values);
        let dot = dot(&self.values, &other.values);
        Ok(if norm > 0.0 { (dot / norm) as f32 } else { 0.0 })
    }
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| a as f64 * b as f64).sum()
}

fn length(values: &[f32]) -> f64 {
    dot(values, values).sqrt()
}

/// The straight line between two equally long vectors.
pub fn lerp_noise(a: &[f32], b: &[f32], t: f32) -> Vec<f32> {
    a.iter()
        .zip(b)
        .map(|(a, b)| (1.0 - t) * a + t * b)
        .collect()
}

/// How a model's latents are interpolated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Interpolation {
    /// On the straight line: nearest to the mean of what both ends show, where that is what is
    /// wanted.
    #[default]
    Linear,
    /// The first group, which says where things are, on the straight line, so that they move
    /// evenly; every other one in the line's direction, but as long as the ends are. Where
    /// directions differ, the line passes nearer to the mean latent than either end, and what is
    /// painted there is paler and softer than they are.
    Spherical,
}

/// The place `t` between two latents of these groups.
///
/// [`Interpolation::Spherical`] is spherical interpolation (White, *Sampling Generative Networks*,
/// 2016) but for its speed along the arc, so that it is defined for any number of ends. Ends that
/// point away from each other meet in a short vector of no certain direction, which is made twice
/// as long at most.
pub fn interpolate(
    a: &[f32],
    b: &[f32],
    t: f32,
    groups: &[usize],
    interpolation: Interpolation,
) -> Vec<f32> {
    let mut between = lerp_noise(a, b, t);
    if interpolation == Interpolation::Spherical {
        let mut start = groups.first().copied().unwrap_or_default();
        for group in groups.iter().skip(1) {
            let own = start..start + group;
            keep_length(&mut between[own.clone()], &a[own.clone()], &b[own], t);
            start += group;
        }
    }
    between
}

fn keep_length(between: &mut [f32], a: &[f32], b: &[f32], t: f32) {
    let wanted = (1.0 - f64::from(t)) * length(a) + f64::from(t) * length(b);
    let found = length(between);
    if found > 0.0 {
        let scale = (wanted / found).min(LONGER) as f32;
        between.iter_mut().for_each(|value| *value *= scale);
    }
}

/// How many times longer spherical interpolation makes a group, at most.
const LONGER: f64 = 2.0;

/// Spherical interpolation of noise: turns the direction by `t` of the angle between the two and
/// moves the length linearly, so that what lies between two draws of a Gaussian looks like one.
/// Falls back to the straight line where the directions are (almost) parallel or opposite.
pub fn slerp_noise(a: &[f32], b: &[f32], t: f32) -> Vec<f32> {
    let (la, lb) = (length(a), length(b));
    let cos = (dot(a, b) / (la * lb)).clamp(-1.0, 1.0);
    let angle = cos.acos();
    let sin = angle.sin();
    if !sin.is_finite() || sin < 1e-4 {
        return lerp_noise(a, b, t);
    }
    let t = t as f64;
    let radius = (1.0 - t) * la + t * lb;
    let wa = radius * ((1.0 - t) * angle).sin() / sin / la;
    let wb = radius * (t * angle).sin() / sin / lb;
    a.iter()
        .zip(b)
        .map(|(&a, &b)| (wa * a as f64 + wb * b as f64) as f32)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn latent(values: [f32; 4]) -> Latent {
        Latent::new(values.to_vec(), &[1, 3]).unwrap()
    }

    #[test]
    fn paths_start_and_end_at_their_ends() {
        let (a, b) = (latent([3.0, 0.0, 4.0, 0.0]), latent([0.0, 2.0, 0.0, 0.0]));
        for path in [Latent::lerp, Latent::slerp, |a: &_, b: &_, t| {
            Ok(spherical(a, b, t))
        }] {
            for (t, end) in [(0.0, &a), (1.0, &b)] {
                let point = path(&a, &b, t).unwrap();
                for (p, e) in point.values().iter().zip(end.values()) {
                    assert!((p - e).abs() < 1e-6);
                }
            }
        }
    }

    #[test]
    fn slerp_turns_at_a_constant_rate_and_keeps_unit_length() {
        let (a, b) = ([1.0, 0.0], [0.0, 1.0]);
        for i in 0..=8 {
            let t = i as f32 / 8.0;
            let p = slerp_noise(&a, &b, t);
            assert!((length(&p) - 1.0).abs() < 1e-6);
            let angle = p[1].atan2(p[0]);
            assert!((angle - t * std::f32::consts::FRAC_PI_2).abs() < 1e-5);
        }
    }

    #[test]
    fn slerp_survives_parallel_opposite_and_zero_ends() {
        for (a, b) in [
            ([1.0, 0.0], [2.0, 0.0]),
            ([1.0, 0.0], [-1.0, 0.0]),
            ([0.0, 0.0], [1.0, 0.0]),
        ] {
            assert!(slerp_noise(&a, &b, 0.5).iter().all(|v| v.is_finite()));
        }
    }

    fn spherical(a: &Latent, b: &Latent, t: f32) -> Latent {
        a.interpolate(b, t, Interpolation::Spherical).unwrap()
    }

    #[test]
    fn spherical_interpolation_moves_the_first_group_straight_and_keeps_the_length_of_others() {
        let a = latent([3.0, 0.0, 4.0, 0.0]);
        let b = latent([1.0, 2.0, 0.0, 0.0]);
        for i in 0..=8 {
            let t = i as f32 / 8.0;
            let between = spherical(&a, &b, t);
            let straight = a.interpolate(&b, t, Interpolation::Linear).unwrap();
            assert_eq!(straight, a.lerp(&b, t).unwrap());
            assert_eq!(between.group(0), straight.group(0));
            let (found, line) = (between.group(1), straight.group(1));
            assert!((length(found) - f64::from(4.0 - 2.0 * t)).abs() < 1e-5);
            let cos = dot(found, line) / (length(found) * length(line));
            assert!((cos - 1.0).abs() < 1e-6, "the direction is the line's");
        }
    }

    #[test]
    fn between_a_latent_and_itself_is_that_latent() {
        let a = latent([3.0, -1.0, 4.0, 0.5]);
        for (found, own) in spherical(&a, &a, 0.3).values().iter().zip(a.values()) {
            assert!((found - own).abs() < 1e-6);
        }
    }

    #[test]
    fn spherical_interpolation_of_opposite_ends_stays_finite_and_short() {
        let (a, b) = (latent([0.0, 1.0, 0.0, 0.0]), latent([0.0, -1.0, 0.0, 0.0]));
        assert_eq!(spherical(&a, &b, 0.5).values(), [0.0; 4]);
        let near = spherical(&a, &b, 0.49);
        assert!((length(near.group(1)) - 0.04).abs() < 1e-5, "twice .02");
    }

    #[test]
    fn mixing_takes_whole_groups() {
        let (a, b) = (latent([1.0; 4]), latent([2.0; 4]));
        assert_eq!(a.mix(&b, 0).unwrap(), b);
        assert_eq!(a.mix(&b, 1).unwrap().values(), [1.0, 2.0, 2.0, 2.0]);
        assert_eq!(a.mix(&b, 2).unwrap(), a);
        assert!(matches!(a.mix(&b, 3), Err(LatentError::Split { .. })));
    }

    #[test]
    fn an_analogy_of_a_thing_with_itself_is_the_thing() {
        let (a, b) = (latent([1.0, -2.0, 3.0, 0.5]), latent([0.0, 1.0, 1.0, 4.0]));
        assert_eq!(a.analogy(&b, &b).unwrap(), a);
        assert_eq!(a.analogy(&a, &b).unwrap(), b);
        assert!((a.similarity(&a).unwrap() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn latents_of_different_models_do_not_mix() {
        let other = Latent::new(vec![0.0; 4], &[2, 2]).unwrap();
        let error = latent([0.0; 4]).lerp(&other, 0.5).unwrap_err();
        assert!(error.to_string().contains("[1, 3] and [2, 2]"));
        assert!(matches!(
            Latent::new(vec![0.0; 3], &[4]),
            Err(LatentError::Length { .. })
        ));
    }
}
