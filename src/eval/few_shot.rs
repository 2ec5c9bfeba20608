//! Few-shot recognition: classes from a handful of labels.

use super::accuracy::Accuracy;
use super::logistic::Logistic;
use super::task::{Labelled, Task};
use crate::recognition::{NearestMean, StandardScaler};
use rand::SeedableRng;
use rand::seq::index::sample;
use rand_chacha::ChaCha8Rng;

/// Mean and spread over episodes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Mean.
    pub mean: f64,
    /// Standard deviation between episodes, of the sample kind, `n − 1`; 0 for one.
    pub deviation: f64,
}

impl Spread {
    /// Of these values.
    pub fn of(values: &[f64]) -> Self {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n.max(1.0);
        let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
        Self {
            mean,
            deviation: if n > 1.0 {
                (squares / (n - 1.0)).sqrt()
            } else {
                0.0
            },
        }
    }
}

/// Accuracy with so many labels a class.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FewShot {
    /// Labels a class.
    pub shots: usize,
    /// By the nearest mean.
    pub centroid: Spread,
    /// By logistic regression.
    pub logistic: Spread,
    /// By the nearest mean, every class counting as much as any other.
    pub centroid_balanced: Spread,
    /// By logistic regression, every class counting as much as any other.
    pub logistic_balanced: Spread,
}

/// Learn from `shots` pictures of every class, drawn anew in each of `episodes`, and be judged on
/// all of the task's test pictures.
///
/// Nearest centroid is Snell et al., *Prototypical Networks*, 2017, on a fixed representation;
/// logistic regression is [`Logistic`] with `c = 1`. Rows are standardised by the training rows,
/// which needs no label.
///
/// # Errors
/// A class with fewer pictures than `shots`, or what the optimiser says, as text.
pub fn few_shot(task: &Task, shots: usize, episodes: usize, seed: u64) -> Result<FewShot, String> {
    let classes = task.classes.len();
    let scaler = StandardScaler::fit(&task.train.codes);
    let (train, test) = (
        scaler.transform_all(&task.train.codes),
        scaler.transform_all(&task.test.codes),
    );
    let by_class = task.train.by_class(classes);
    let few = (0..classes).find(|&class| by_class[class].len() < shots);
    if let Some(class) = few {
        return Err(format!(
            "few-shot: {shots} labels a class, and class {:?} has {}; ask for fewer with --shots \
             or give more pictures",
            task.classes[class],
            by_class[class].len()
        ));
    }
    let (mut centroid, mut logistic) = (Vec::new(), Vec::new());
    let mut balanced = [Vec::new(), Vec::new()];
    for episode in 0..episodes {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(episode as u64);
        let mut places = Vec::new();
        for own in &by_class {
            places.extend(sample(&mut rng, own.len(), shots).iter().map(|i| own[i]));
        }
        let support = Labelled {
            codes: train.chosen(&places),
            labels: places.iter().map(|&i| task.train.labels[i]).collect(),
        };
        let found = |told: &[usize]| Accuracy::new(&task.test.labels, told, classes);
        let examples = task.train.codes.chosen(&places);
        let means = NearestMean::fit(scaler.clone(), &examples, &support.labels, classes);
        let told: Vec<usize> = task
            .test
            .codes
            .iter()
            .map(|row| means.guess(row).label)
            .collect();
        let by_mean = found(&told);
        let by_regression = found(&Logistic::fit(&support, classes, 1.0)?.tell(&test));
        centroid.push(by_mean.share());
        logistic.push(by_regression.share());
        balanced[0].push(by_mean.balanced());
        balanced[1].push(by_regression.balanced());
    }
    Ok(FewShot {
        shots,
        centroid: Spread::of(&centroid),
        logistic: Spread::of(&logistic),
        centroid_balanced: Spread::of(&balanced[0]),
        logistic_balanced: Spread::of(&balanced[1]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_is_that_of_a_sample() {
        let spread = Spread::of(&[1.0, 3.0]);
        assert_eq!((spread.mean, spread.deviation), (2.0, 2f64.sqrt()));
        assert_eq!(Spread::of(&[5.0]).deviation, 0.0);
    }
}
