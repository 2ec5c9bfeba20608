//! Anomaly detection: which pictures are normal, which are outliers, and distance as a score.

use super::auroc::auroc;
use super::encoded::Encoded;
use super::labels::LabelSource;
use crate::recognition::{Nearness, Rows, neighbours};
use std::collections::BTreeSet;

/// One class against the others. Numbers are places in what is learnt from and in what is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnomalySplit {
    /// The class.
    pub class: String,
    /// Normal pictures to learn from.
    pub learnt: Vec<usize>,
    /// Normal pictures to be judged.
    pub normal: Vec<usize>,
    /// Outliers to be judged.
    pub outliers: Vec<usize>,
}

impl AnomalySplit {
    /// The area under the ROC curve of scores of all judged pictures.
    pub fn area(&self, scores: &[f64]) -> f64 {
        let of = |places: &[usize]| -> Vec<f64> { places.iter().map(|&i| scores[i]).collect() };
        auroc(&of(&self.normal), &of(&self.outliers))
    }
}

/// Every class in turn, or `only` those. With `one_class` it is the normal one and all others are
/// outliers (Ruff et al., *Deep One-Class Classification*, 2018); without, it is held out and is
/// the outlier. Pictures without a label are left out, and so are classes that nothing is judged or
/// learnt for.
///
/// # Errors
/// A class that is not there, or no class at all, as text.
pub fn anomaly_splits(
    train: &Encoded,
    test: &Encoded,
    label: &LabelSource,
    one_class: bool,
    only: &[String],
) -> Result<Vec<AnomalySplit>, String> {
    let labels = |set: &Encoded| -> Vec<Option<String>> {
        set.about.iter().map(|about| label.of(about)).collect()
    };
    let (learnt, judged) = (labels(train), labels(test));
    let known: BTreeSet<&String> = learnt.iter().chain(&judged).flatten().collect();
    if known.len() < 2 {
        return Err(format!(
            "label: {} by {:?}, outliers need two; choose another --label ({}) or give --outliers",
            match known.len() {
                0 => "no class".to_owned(),
                _ => "one class".to_owned(),
            },
            label.to_string(),
            LabelSource::known(&test.about)
        ));
    }
    if let Some(class) = only.iter().find(|class| !known.contains(class)) {
        return Err(format!("class: there is no {class:?}; there are {known:?}"));
    }
    let places = |labels: &[Option<String>], class: &String, own: bool| -> Vec<usize> {
        let labels = labels.iter().enumerate();
        labels
            .filter(|(_, label)| label.as_ref().is_some_and(|label| (label == class) == own))
            .map(|(i, _)| i)
            .collect()
    };
    let wanted = known
        .into_iter()
        .filter(|class| only.is_empty() || only.contains(class));
    let splits = wanted.map(|class| AnomalySplit {
        class: class.clone(),
        learnt: places(&learnt, class, one_class),
        normal: places(&judged, class, one_class),
        outliers: places(&judged, class, !one_class),
    });
    let full = |split: &AnomalySplit| {
        ![&split.learnt, &split.normal, &split.outliers]
            .iter()
            .any(|side| side.is_empty())
    };
    let splits: Vec<AnomalySplit> = splits.filter(full).collect();
    if splits.is_empty() {
        Err("anomaly: no class has pictures to learn from and to judge".into())
    } else {
        Ok(splits)
    }
}

/// Mean distance to the `k` nearest rows of `learnt`, of every row: Euclidean (Bergman, Cohen and
/// Hoshen, *Deep Nearest Neighbor Anomaly Detection*, 2020, with k = 2), or one less the cosine.
pub fn distance_scores(learnt: &Rows, rows: &Rows, k: usize, nearness: Nearness) -> Vec<f64> {
    let near = neighbours(rows, learnt, k, nearness, false);
    let score = |nearness_of: f32| match nearness {
        Nearness::Euclidean => f64::from(-nearness_of).max(0.0).sqrt(),
        Nearness::Cosine => 1.0 - f64::from(nearness_of),
    };
    let one = |near: Vec<crate::recognition::Near>| {
        let sum: f64 = near.iter().map(|near| score(near.nearness)).sum();
        sum / near.len().max(1) as f64
    };
    near.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::super::encoded::About;
    use super::*;

    fn set(classes: &[Option<&str>]) -> Encoded {
        let about = |(i, class): (usize, &Option<&str>)| About {
            key: i.to_string(),
            name: format!("{i}.png"),
            class: class.map(str::to_owned),
            view: None,
            meta: None,
        };
        Encoded {
            codes: Rows::new((0..classes.len()).map(|i| i as f32).collect(), 1),
            about: classes.iter().enumerate().map(about).collect(),
        }
    }

    #[test]
    fn a_class_is_held_out_or_alone() {
        let train = set(&[Some("a"), Some("b"), Some("a"), None]);
        let test = set(&[Some("b"), Some("a"), Some("c")]);
        let splits =
            |one_class| anomaly_splits(&train, &test, &LabelSource::Class, one_class, &[]).unwrap();
        let held_out = splits(false);
        assert_eq!(held_out.len(), 3);
        assert_eq!(
            (
                &held_out[0].learnt,
                &held_out[0].normal,
                &held_out[0].outliers
            ),
            (&vec![1], &vec![0, 2], &vec![1])
        );
        let alone = splits(true);
        assert_eq!(alone.len(), 2, "of c there is nothing to learn from");
        assert_eq!(
            (&alone[0].learnt, &alone[0].normal, &alone[0].outliers),
            (&vec![0, 2], &vec![1], &vec![0, 2])
        );
        let missing = anomaly_splits(&train, &test, &LabelSource::Class, true, &["x".into()]);
        assert!(missing.unwrap_err().contains("\"x\""));
        let view = anomaly_splits(&train, &test, &LabelSource::View, true, &[]);
        assert!(view.unwrap_err().contains("no class"));
    }

    #[test]
    fn distances_to_the_nearest_are_averaged_and_part_what_is_far() {
        let learnt = Rows::new(vec![0.0, 0.0, 3.0, 4.0, 6.0, 8.0], 2);
        let rows = Rows::new(vec![0.0, 0.0, 30.0, 40.0], 2);
        let scores = distance_scores(&learnt, &rows, 2, Nearness::Euclidean);
        assert!((scores[0] - 2.5).abs() < 1e-3 && (scores[1] - 42.5).abs() < 1e-3);
        assert_eq!(auroc(&scores[..1], &scores[1..]), 1.0);
        let turned = distance_scores(&learnt.chosen(&[1]), &rows, 1, Nearness::Cosine);
        assert!(turned[1].abs() < 1e-6, "the same direction: {turned:?}");
    }
}
