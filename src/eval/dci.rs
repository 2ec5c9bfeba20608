//! Disentanglement, completeness and informativeness.

use super::boosting::{Binned, Boosted, BoostingSettings};
use super::factors::{Factor, FactorValues};
use crate::recognition::Rows;
use nalgebra::DMatrix;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// The three scores of Eastwood and Williams, *A Framework for the Quantitative Evaluation of
/// Disentangled Representations*, 2018. Importances are those of boosted trees, as in Locatello et
/// al., *Challenging Common Assumptions in the Unsupervised Learning of Disentangled
/// Representations*, 2019.
#[derive(Debug, Clone, PartialEq)]
pub struct Dci {
    /// Whether a number says something of one factor only: 0 to 1.
    pub disentanglement: f64,
    /// Whether a factor is in one number only: 0 to 1. Of many numbers that share a factor it says
    /// less than of few.
    pub completeness: f64,
    /// How well each factor is foretold for pictures that were not learnt from: the share of its
    /// variance, or of pictures whose class is told right.
    pub informativeness: Vec<f64>,
    /// The share of each number in foretelling each factor, `[factor][number]`; each factor's add
    /// up to 1.
    pub importance: Vec<Vec<f64>>,
}

impl Dci {
    /// Learn every factor from `train` and foretell it for `test`. A factor of classes is learnt as
    /// one number for each class, 1 where it is that class and 0 elsewhere, and the highest is
    /// told.
    ///
    /// # Shapes
    /// - train: `[N, D]`, test: `[M, D]`; factors of the `N` and of the `M` pictures, in the same
    ///   order
    pub fn measure(
        train: (&Rows, &[Factor]),
        test: (&Rows, &[Factor]),
        settings: &BoostingSettings,
        on_factor: &mut dyn FnMut(usize),
    ) -> Self {
        let learnt = Binned::new(train.0);
        let judged = learnt.like(test.0);
        let (mut importance, mut informativeness) = (Vec::new(), Vec::new());
        for (number, (own, wanted)) in train.1.iter().zip(test.1).enumerate() {
            let (weights, score) = match (&own.values, &wanted.values) {
                (FactorValues::Numbers(own), FactorValues::Numbers(wanted)) => {
                    let found = Boosted::fit(&learnt, own, settings);
                    let score = explained(&found.foretell(&judged), wanted);
                    (found.importance, score)
                }
                (FactorValues::Classes(names, own), FactorValues::Classes(_, wanted)) => {
                    classes(&learnt, &judged, names.len(), (own, wanted), settings)
                }
                _ => continue,
            };
            let sum: f64 = weights.iter().sum();
            let share = |weight: f64| if sum > 0.0 { weight / sum } else { 0.0 };
            importance.push(weights.into_iter().map(share).collect());
            informativeness.push(score);
            on_factor(number + 1);
        }
        Self {
            disentanglement: disentanglement(&importance),
            completeness: completeness(&importance),
            informativeness,
            importance,
        }
    }
}

fn classes(
    learnt: &Binned,
    judged: &Binned,
    count: usize,
    (own, wanted): (&[usize], &[usize]),
    settings: &BoostingSettings,
) -> (Vec<f64>, f64) {
    let mut importance = Vec::new();
    let mut told = vec![(f64::NEG_INFINITY, 0); judged.len()];
    for class in 0..count {
        let targets: Vec<f64> = own.iter().map(|&own| f64::from(own == class)).collect();
        let found = Boosted::fit(learnt, &targets, settings);
        for (told, score) in told.iter_mut().zip(found.foretell(judged)) {
            if score > told.0 {
                *told = (score, class);
            }
        }
        if importance.is_empty() {
            importance = found.importance
        } else {
            importance
                .iter_mut()
                .zip(found.importance)
                .for_each(|(sum, own)| *sum += own)
        }
    }
    let right = told
        .iter()
        .zip(wanted)
        .filter(|((_, told), wanted)| told == *wanted)
        .count();
    (importance, right as f64 / wanted.len().max(1) as f64)
}

/// `1 − Σ(t − f)²/Σ(t − t̄)²`, no less than 0: the share of the variance that is foretold.
fn explained(foretold: &[f64], wanted: &[f64]) -> f64 {
    let mean = wanted.iter().sum::<f64>() / wanted.len().max(1) as f64;
    let error: f64 = foretold
        .iter()
        .zip(wanted)
        .map(|(f, t)| (t - f).powi(2))
        .sum();
    let whole: f64 = wanted.iter().map(|t| (t - mean).powi(2)).sum();
    if whole > 0.0 {
        (1.0 - error / whole).max(0.0)
    } else {
        0.0
    }
}

/// `Σ_i ρ_i·(1 − H_K(P_i))`: `P_i` are the shares of number `i` in the `K` factors, `ρ_i` its share
/// in all.
fn disentanglement(importance: &[Vec<f64>]) -> f64 {
    let width = importance.first().map_or(0, Vec::len);
    let numbers = (0..width).map(|i| importance.iter().map(|factor| factor[i]).collect());
    weighed(numbers, importance.len())
}

/// `Σ_j ρ_j·(1 − H_D(P̃_j))`: `P̃_j` are the shares of the `D` numbers in factor `j`, `ρ_j` its
/// share in all.
fn completeness(importance: &[Vec<f64>]) -> f64 {
    let width = importance.first().map_or(0, Vec::len);
    weighed(importance.iter().cloned(), width)
}

/// The mean of `1 − H(p)`, `H` in units of its greatest value for `count` numbers, weighed by their
/// sums.
fn weighed(rows: impl Iterator<Item = Vec<f64>>, count: usize) -> f64 {
    let (mut sum, mut all) = (0.0, 0.0);
    for row in rows {
        let weight: f64 = row.iter().sum();
        if weight <= 0.0 {
            continue;
        }
        let terms = row.iter().filter(|&&v| v > 0.0).map(|v| v / weight);
        let entropy: f64 = terms.map(|p| -p * p.ln()).sum();
        sum += weight * (1.0 - entropy / (count.max(2) as f64).ln());
        all += weight;
    }
    if all > 0.0 { sum / all } else { 0.0 }
}

/// The same rows in other axes, drawn at random: what is known is the same, and no number means
/// anything by itself.
pub fn turned(rows: &Rows, seed: u64) -> Rows {
    let width = rows.width();
    let rng = ChaCha8Rng::seed_from_u64(seed);
    let normal: Vec<f32> = StandardNormal
        .sample_iter(rng)
        .take(width * width)
        .collect();
    let axes = DMatrix::from_vec(width, width, normal).qr().q();
    let columns = DMatrix::from_column_slice(width, rows.len(), rows.values());
    Rows::new((axes * columns).as_slice().to_vec(), width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn scores_of_known_importances_have_closed_forms() {
        let one = vec![vec![1.0, 0.0, 0.0], vec![0.0, 0.0, 1.0]];
        assert_eq!((disentanglement(&one), completeness(&one)), (1.0, 1.0));
        let all = vec![vec![0.25; 4]; 2];
        assert!(disentanglement(&all).abs() < 1e-12 && completeness(&all).abs() < 1e-12);
        // Each factor in two numbers of four that hold nothing else: H₄ = ln 2/ln 4.
        let half = vec![vec![0.5, 0.5, 0.0, 0.0], vec![0.0, 0.0, 0.5, 0.5]];
        assert!((disentanglement(&half) - 1.0).abs() < 1e-12);
        assert!((completeness(&half) - 0.5).abs() < 1e-12);
    }

    /// Three factors as they are, one a class; and the same mixed by a rotation of all three.
    #[test]
    fn codes_that_are_the_factors_are_told_from_mixtures() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let plain: Vec<[f32; 3]> = (0..1200)
            .map(|_| {
                [
                    rng.random_range(-1.0..1.0),
                    rng.random_range(-1.0..1.0),
                    rng.random_range(0..3) as f32 - 1.0,
                ]
            })
            .collect();
        let number =
            |k: usize| FactorValues::Numbers(plain.iter().map(|row| row[k].into()).collect());
        let names = ["a", "b", "c"].map(String::from).to_vec();
        let class = FactorValues::Classes(
            names,
            plain.iter().map(|row| (row[2] + 1.0) as usize).collect(),
        );
        let factor = |values| Factor {
            name: String::new(),
            values,
        };
        let factors = [factor(number(0)), factor(number(1)), factor(class)];
        // A turn about (1, 1, 1) by 60 degrees, which has no zero.
        let mixed = plain.iter().flat_map(|row| {
            let turn = |i: usize| (2.0 * row[i] + 2.0 * row[(i + 1) % 3] - row[(i + 2) % 3]) / 3.0;
            [turn(0), turn(1), turn(2)]
        });
        let sides: (Vec<usize>, Vec<usize>) = ((0..900).collect(), (900..1200).collect());
        let score = |rows: &Rows| {
            let of = |places: &[usize]| -> Vec<Factor> {
                factors.iter().map(|f| f.chosen(places)).collect()
            };
            let (train, test) = (of(&sides.0), of(&sides.1));
            let settings = BoostingSettings {
                rounds: 60,
                ..BoostingSettings::default()
            };
            let learnt = rows.chosen(&sides.0);
            Dci::measure(
                (&learnt, &train),
                (&rows.chosen(&sides.1), &test),
                &settings,
                &mut |_| (),
            )
        };
        let own = score(&Rows::new(plain.iter().flatten().copied().collect(), 3));
        assert!(
            own.disentanglement > 0.95 && own.completeness > 0.95,
            "{own:?}"
        );
        assert!(
            own.informativeness.iter().all(|&score| score > 0.97),
            "{own:?}"
        );
        let mixed = score(&Rows::new(mixed.collect(), 3));
        assert!(
            mixed.disentanglement < 0.5 && mixed.completeness < 0.5,
            "{mixed:?}"
        );
        assert!(mixed.informativeness[0] > 0.7, "{mixed:?}");
    }
}
