//! Pictures that are known to lie between two others: warped morphs, whose JSON says of which two.

use super::dataset::{Dataset, Sample};
use super::error::{DataError, Result};
use std::collections::HashMap;

/// The two samples a morph was made of, as indices into [`Dataset::samples`], and where it lies on
/// the way from the first to the second, in [0, 1].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Between {
    /// Where the way starts.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// How far along the morph lies.
    pub alpha: f32,
}

/// For every sample of `dataset`, what it lies between: the samples that its JSON names as `a` and
/// `b`, with `alpha`. None for a sample that says nothing of the kind.
///
/// # Errors
/// A sample that names another which is not there, or an `alpha` outside [0, 1].
pub fn between(dataset: &Dataset) -> Result<Vec<Option<Between>>> {
    let index: HashMap<&str, usize> = dataset
        .samples
        .iter()
        .enumerate()
        .map(|(i, sample)| (sample.key.as_str(), i))
        .collect();
    let one = |sample: &Sample| -> Result<Option<Between>> {
        let Some(meta) = &sample.meta else {
            return Ok(None);
        };
        let (Some(a), Some(b)) = (meta["a"].as_str(), meta["b"].as_str()) else {
            return Ok(None);
        };
        let fail = |field: &str, value: String, allowed| DataError::Setting {
            field: format!("{}.json: {field}", sample.key),
            value,
            allowed,
        };
        let find = |field, key: &str| {
            let missing = || fail(field, format!("{key:?}"), "a sample of the same data set");
            index.get(key).copied().ok_or_else(missing)
        };
        let alpha = meta["alpha"].as_f64().filter(|a| (0.0..=1.0).contains(a));
        let wrong = || fail("alpha", meta["alpha"].to_string(), "a number from 0 to 1");
        Ok(Some(Between {
            from: find("a", a)?,
            to: find("b", b)?,
            alpha: alpha.ok_or_else(wrong)? as f32,
        }))
    };
    dataset.samples.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::super::dataset::Entry;
    use super::super::picture::Rgba;
    use super::*;
    use serde_json::json;

    fn dataset(metas: [serde_json::Value; 3]) -> Dataset {
        let picture = Rgba::from_rgba8(&[7; 4], 1, 1, 1).unwrap();
        let sample = |(key, meta): (&str, serde_json::Value)| Sample {
            key: key.to_owned(),
            pictures: vec![Entry {
                name: format!("{key}.png"),
                view: None,
                picture: picture.clone(),
            }],
            class: None,
            meta: (!meta.is_null()).then_some(meta),
        };
        Dataset {
            size: 1,
            samples: ["m1", "p1", "p2"]
                .into_iter()
                .zip(metas)
                .map(sample)
                .collect(),
            views: Vec::new(),
            skipped: Vec::new(),
        }
    }

    #[test]
    fn a_morph_knows_its_ends() {
        let morph = json!({"a": "p2", "b": "p1", "alpha": 0.25});
        let found = between(&dataset([morph, json!({"age": 30}), json!(null)])).unwrap();
        let wanted = Between {
            from: 2,
            to: 1,
            alpha: 0.25,
        };
        assert_eq!(found, [Some(wanted), None, None]);
    }

    #[test]
    fn what_is_wrong_with_a_morph_is_named() {
        let refused = |morph| {
            let error = between(&dataset([morph, json!(null), json!(null)])).unwrap_err();
            error.to_string()
        };
        let missing = refused(json!({"a": "p9", "b": "p1", "alpha": 0.25}));
        assert!(
            missing.contains("m1.json: a") && missing.contains("p9"),
            "{missing}"
        );
        let alpha = refused(json!({"a": "p2", "b": "p1", "alpha": 2}));
        assert!(alpha.contains("m1.json: alpha"), "{alpha}");
    }
}
