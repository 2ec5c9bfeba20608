//! Few-shot recognition by the nearest class mean.

use super::rows::Rows;
use super::scaler::StandardScaler;

/// Temperatures that are tried, as multiples of the one that suits the distances between the
/// means.
const TEMPERATURES: [f64; 9] = [0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0];

/// Prototypes on a fixed representation (Snell et al., *Prototypical Networks*, 2017): the nearest
/// class mean on standardised numbers, with probabilities `softmax(−d_c/τ)`, where
/// `d_c = ‖z − m_c‖²/(D·(1 + 1/n_c))`: a mean of few examples is itself uncertain, and would else
/// look farther away than one of many. `τ` is the temperature at which examples that are left out
/// are told apart best.
#[derive(Debug, Clone, PartialEq)]
pub struct NearestMean {
    /// What brings numbers to one unit.
    pub scaler: StandardScaler,
    /// The standardised mean of each class's examples, `[D]` and, for a class without any, empty;
    /// and how many they are.
    pub classes: Vec<(Vec<f64>, usize)>,
    /// τ.
    pub temperature: f64,
    /// How far the examples are recognised by the others.
    pub left_out: LeftOut,
}

/// How many of the examples are recognised by the others, of those whose class has another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LeftOut {
    /// Examples recognised.
    pub right: usize,
    /// Examples asked about.
    pub of: usize,
}

/// What a picture is taken for.
#[derive(Debug, Clone, PartialEq)]
pub struct Guess {
    /// The nearest class.
    pub label: usize,
    /// Of all classes; 0 for one without examples.
    pub probabilities: Vec<f64>,
}

impl NearestMean {
    /// From examples `[N, D]` and their labels, below `classes`. Classes without examples are
    /// never guessed.
    pub fn fit(scaler: StandardScaler, examples: &Rows, labels: &[usize], classes: usize) -> Self {
        let points: Vec<Vec<f64>> = examples
            .iter()
            .map(|row| scaler.transform(row).collect())
            .collect();
        let means: Vec<(Vec<f64>, usize)> = (0..classes)
            .map(|class| {
                mean(
                    points
                        .iter()
                        .zip(labels)
                        .filter(|(_, l)| **l == class)
                        .map(|(p, _)| p),
                )
            })
            .collect();
        let rows: Vec<(usize, Vec<f64>)> = points
            .iter()
            .zip(labels)
            .filter(|(_, label)| means[**label].1 > 1)
            .map(|(point, &label)| {
                let distance = |(class, mean): (usize, &(Vec<f64>, usize))| match class == label {
                    true => distance(point, &without(mean, point)),
                    false => distance(point, mean),
                };
                (label, means.iter().enumerate().map(distance).collect())
            })
            .collect();
        let right = rows
            .iter()
            .filter(|(label, distances)| nearest(distances) == *label);
        Self {
            left_out: LeftOut {
                right: right.count(),
                of: rows.len(),
            },
            temperature: temperature(&rows, spread(&means)),
            scaler,
            classes: means,
        }
    }

    /// What a picture with these numbers, `[D]`, is taken for.
    pub fn guess(&self, row: &[f32]) -> Guess {
        let point: Vec<f64> = self.scaler.transform(row).collect();
        let distances: Vec<f64> = self
            .classes
            .iter()
            .map(|mean| distance(&point, mean))
            .collect();
        Guess {
            label: nearest(&distances),
            probabilities: softmax(&distances, self.temperature),
        }
    }
}

/// The mean of points, and their number.
fn mean<'a>(points: impl Iterator<Item = &'a Vec<f64>>) -> (Vec<f64>, usize) {
    let (mut sum, mut count) = (Vec::new(), 0);
    for point in points {
        sum.resize(point.len(), 0.0);
        sum.iter_mut().zip(point).for_each(|(sum, v)| *sum += v);
        count += 1;
    }
    sum.iter_mut().for_each(|sum| *sum /= count as f64);
    (sum, count)
}

/// The mean of the others.
fn without((mean, count): &(Vec<f64>, usize), one: &[f64]) -> (Vec<f64>, usize) {
    let n = *count as f64;
    let others = mean.iter().zip(one).map(|(m, v)| (m * n - v) / (n - 1.0));
    (others.collect(), count - 1)
}

/// `d_c`; infinite for a class without examples.
fn distance(point: &[f64], (mean, count): &(Vec<f64>, usize)) -> f64 {
    if *count == 0 {
        return f64::INFINITY;
    }
    squared_distance(point, mean) / (1.0 + 1.0 / *count as f64)
}

/// `‖a − b‖²/D`.
fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    let sum: f64 = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
    sum / a.len().max(1) as f64
}

/// The first of the nearest.
fn nearest(distances: &[f64]) -> usize {
    let nearest = distances
        .iter()
        .enumerate()
        .min_by(|a, b| a.1.total_cmp(b.1));
    nearest.map_or(0, |(class, _)| class)
}

fn softmax(distances: &[f64], temperature: f64) -> Vec<f64> {
    let least = distances.iter().copied().fold(f64::INFINITY, f64::min);
    let weight = |d: &f64| match d.is_finite() {
        true => ((least - d) / temperature).exp(),
        false => 0.0,
    };
    let weights: Vec<f64> = distances.iter().map(weight).collect();
    let total: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / total).collect()
}

/// The mean squared distance between two class means, the yardstick for temperatures.
fn spread(means: &[(Vec<f64>, usize)]) -> f64 {
    let known: Vec<&Vec<f64>> = means.iter().filter(|m| m.1 > 0).map(|m| &m.0).collect();
    let (mut sum, mut pairs) = (0.0, 0);
    for (i, a) in known.iter().enumerate() {
        for b in &known[i + 1..] {
            sum += squared_distance(a, b);
            pairs += 1;
        }
    }
    let mean = sum / f64::from(pairs.max(1));
    if mean > 0.0 { mean } else { 1.0 }
}

/// The temperature with the least mean `−log p` of the right class, near the one that suits the
/// spread where the examples leave it open.
fn temperature(rows: &[(usize, Vec<f64>)], spread: f64) -> f64 {
    let usual = spread / 6.0;
    let cost = |times: f64| {
        let surprise = |(label, distances): &(usize, Vec<f64>)| {
            -softmax(distances, usual * times)[*label].max(1e-9).ln()
        };
        rows.iter().map(surprise).sum::<f64>() + times.ln().powi(2)
    };
    let best = TEMPERATURES.into_iter().fold(1.0, |best, times| {
        if cost(times) < cost(best) {
            times
        } else {
            best
        }
    });
    usual * best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(values: &[f32], width: usize, labels: &[usize], classes: usize) -> NearestMean {
        let rows = Rows::new(values.to_vec(), width);
        NearestMean::fit(StandardScaler::fit(&rows), &rows, labels, classes)
    }

    #[test]
    fn the_nearest_of_two_means_wins() {
        // Means 1 and 12: the border is at 6.5.
        let model = fit(&[0.0, 2.0, 10.0, 14.0], 1, &[0, 0, 1, 1], 2);
        assert_eq!(
            (model.guess(&[6.4]).label, model.guess(&[6.6]).label),
            (0, 1)
        );
        assert_eq!(model.left_out, LeftOut { right: 4, of: 4 });
    }

    #[test]
    fn a_class_without_examples_is_never_guessed_and_probabilities_add_up() {
        let model = fit(&[0.0, 1.0, 10.0, 3.0], 2, &[0, 2], 4);
        let guess = model.guess(&[9.0, 3.0]);
        assert_eq!((guess.label, model.left_out), (2, LeftOut::default()));
        assert_eq!((guess.probabilities[1], guess.probabilities[3]), (0.0, 0.0));
        assert!((guess.probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn one_left_out_is_told_by_a_model_of_the_others() {
        let rows = Rows::random(12, 3, 5);
        let labels: Vec<usize> = (0..12).map(|i| i % 3).collect();
        let scaler = StandardScaler::fit(&rows);
        let right = (0..12).filter(|&left| {
            let others: Vec<usize> = (0..12).filter(|&i| i != left).collect();
            let labels_of: Vec<usize> = others.iter().map(|&i| labels[i]).collect();
            let model = NearestMean::fit(scaler.clone(), &rows.chosen(&others), &labels_of, 3);
            model.guess(rows.row(left)).label == labels[left]
        });
        let right = right.count();
        let whole = NearestMean::fit(scaler.clone(), &rows, &labels, 3);
        assert_eq!(whole.left_out, LeftOut { right, of: 12 });
    }
}
