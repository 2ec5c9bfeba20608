//! Directions in the space of latents: what attributes differ by.

use super::logistic::Logistic;
use super::task::Labelled;
use crate::recognition::Rows;

/// How a direction is found from labelled latents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirectionKind {
    /// The mean of those that have the attribute less the mean of the others (Larsen et al.,
    /// *Autoencoding beyond Pixels Using a Learned Similarity Metric*, 2016, §3.2).
    MeanDifference,
    /// The weights of logistic regression, as long as makes a step along it lead from one mean to
    /// the other as seen by the regression (Preechakul et al., *Diffusion Autoencoders*, 2022,
    /// §5.2, up to the length).
    Logistic,
}

/// The direction from latents without an attribute (label 0) to those with it (label 1), `[D]`:
/// adding it once leads from the one mean to the other.
///
/// # Errors
/// What the optimiser says, as text.
pub fn attribute_direction(rows: &Labelled, kind: DirectionKind) -> Result<Vec<f32>, String> {
    let places = rows.by_class(2);
    let (without, with) = (
        rows.codes.chosen(&places[0]).mean(),
        rows.codes.chosen(&places[1]).mean(),
    );
    let difference: Vec<f32> = with.iter().zip(&without).map(|(a, b)| a - b).collect();
    if kind == DirectionKind::MeanDifference {
        return Ok(difference);
    }
    let weights = Logistic::fit(rows, 2, 1.0)?.direction(1);
    let (along, length) = (dot(&weights, &difference), dot(&weights, &weights));
    let scale = if length > 0.0 { along / length } else { 0.0 };
    Ok(weights
        .iter()
        .map(|w| (f64::from(*w) * scale) as f32)
        .collect())
}

/// How far every row lies along a direction, `[N]`.
pub fn along(codes: &Rows, direction: &[f32]) -> Vec<f64> {
    codes.iter().map(|row| dot(row, direction)).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(a, b)| f64::from(*a) * f64::from(*b))
        .sum()
}

/// The cosine of the angle between two directions; 0 where one has no length.
pub fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    if lengths > 0.0 {
        dot(a, b) / lengths
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_direction_lead_from_one_mean_to_the_other() {
        let rows: Vec<f32> = (0..40)
            .flat_map(|i| {
                let with = (i % 2) as f32;
                [3.0 * with + (i as f32 * 1.3).sin(), (i as f32 * 0.7).cos()]
            })
            .collect();
        let rows = Labelled {
            codes: Rows::new(rows, 2),
            labels: (0..40).map(|i| i % 2).collect(),
        };
        let mean = attribute_direction(&rows, DirectionKind::MeanDifference).unwrap();
        let logistic = attribute_direction(&rows, DirectionKind::Logistic).unwrap();
        assert!(
            (mean[0] - 3.0).abs() < 0.2 && mean[1].abs() < 0.2,
            "{mean:?}"
        );
        assert!(cosine(&mean, &logistic) > 0.97, "{mean:?} {logistic:?}");
        // The regression sees the same step in both.
        let (own, other) = (dot(&logistic, &logistic), dot(&logistic, &mean));
        assert!((own - other).abs() < 1e-3 * own);
        assert_eq!(along(&rows.codes, &[0.0, 1.0])[0], 1.0);
    }
}
