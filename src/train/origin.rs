//! What a run was made from, kept in its checkpoints: going on with anything else is refused.

use super::TrainConfig;
use crate::data::Dataset;
use crate::weights::Training;
use serde::{Deserialize, Serialize};

/// Where a run comes from, and what its model's card says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Origin {
    /// Labels of the views.
    pub views: Vec<String>,
    /// Samples of the training set.
    pub samples: usize,
    /// Pictures of the training set.
    pub pictures: usize,
    /// Hash of names and pixels.
    pub fingerprint: String,
    /// The training set in words.
    pub data: String,
    /// Licences of the training set.
    pub data_licence: String,
    /// Licence of the weights.
    pub licence: String,
}

impl Origin {
    /// Of a run on `data`.
    pub fn of(data: &Dataset, training: &Training, licence: &str) -> Self {
        Self {
            views: data.views.clone(),
            samples: data.samples.len(),
            pictures: data.len(),
            fingerprint: format!("{:016x}", fingerprint(data)),
            data: training.data.clone(),
            data_licence: training.data_licence.clone(),
            licence: licence.to_owned(),
        }
    }

    /// Why a run from here cannot go on with the views of `now`, in words that say both sides.
    pub fn views_differ(&self, now: &Self) -> Option<String> {
        (self.views != now.views).then(|| {
            format!(
                "the run has the views {:?} and the pictures have {:?}; \
                 go on with the pictures it began with, or start in another folder",
                self.views, now.views
            )
        })
    }

    /// The same for the pictures. They are compared at the side that the networks take, which must
    /// be the same.
    pub fn pictures_differ(&self, now: &Self) -> Option<String> {
        let same = self.fingerprint == now.fingerprint && self.pictures == now.pictures;
        (!same).then(|| {
            format!(
                "the run began with {} pictures (fingerprint {}) and is given {} (fingerprint {}); \
                 go on with the same ones, or start another run with --from",
                self.pictures, self.fingerprint, now.pictures, now.fingerprint
            )
        })
    }
}

/// FNV-1a (Fowler, Noll and Vo), 64 bits, eight bytes at a time, over names, classes and pixels.
fn fingerprint(data: &Dataset) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    let mut add = |bytes: &[u8]| {
        let (words, rest) = bytes.as_chunks::<8>();
        let rest = rest.iter().map(|&byte| u64::from(byte));
        let words = words.iter().map(|&word| u64::from_le_bytes(word));
        for value in words.chain(rest).chain([bytes.len() as u64]) {
            hash = (hash ^ value).wrapping_mul(0x0000_0100_0000_01b3);
            hash ^= hash >> 29;
        }
    };
    for (sample, entry) in data.pictures() {
        add(sample.key.as_bytes());
        add(sample.class.as_deref().unwrap_or_default().as_bytes());
        add(entry.name.as_bytes());
        add(&entry.view.map_or(0, |view| view as u64 + 1).to_le_bytes());
        add(entry.picture.premultiplied());
    }
    hash
}

/// The first setting of the networks that differs, with both values.
pub(super) fn networks_differ(run: &TrainConfig, now: &TrainConfig) -> Option<String> {
    let value = |config: &TrainConfig| serde_json::to_value(&config.model).unwrap_or_default();
    let (field, run, now) = difference("model", &value(run), &value(now))?;
    Some(format!(
        "{field} is {run} in the run and {now} in the settings; \
         go on with the run's own networks, or start in another folder"
    ))
}

/// The first value within `a` and `b` that differs: its name below `field`, and both.
pub(super) fn difference(
    field: &str,
    a: &serde_json::Value,
    b: &serde_json::Value,
) -> Option<(String, String, String)> {
    use serde_json::Value::Object;
    match (a, b) {
        (Object(a), Object(b)) => {
            let names = a
                .keys()
                .chain(b.keys().filter(|name| !a.contains_key(*name)));
            let none = serde_json::Value::Null;
            names.into_iter().find_map(|name| {
                let (a, b) = (a.get(name), b.get(name));
                difference(
                    &format!("{field}.{name}"),
                    a.unwrap_or(&none),
                    b.unwrap_or(&none),
                )
            })
        }
        _ => (a != b).then(|| (field.to_owned(), a.to_string(), b.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ModelConfig;

    #[test]
    fn the_first_difference_is_named_with_both_sides() {
        let tiny = TrainConfig {
            model: ModelConfig::preset("tiny").unwrap(),
            ..TrainConfig::default()
        };
        assert_eq!(networks_differ(&tiny, &tiny), None);
        let mut wider = tiny.clone();
        wider.model.size *= 2;
        let reason = networks_differ(&tiny, &wider).unwrap();
        assert!(
            reason.starts_with("model.size is 16 in the run and 32"),
            "{reason}"
        );
    }

    #[test]
    fn other_views_and_other_pictures_are_refused() {
        let run = Origin {
            views: vec!["a".into()],
            pictures: 3,
            fingerprint: "1".into(),
            ..Origin::default()
        };
        assert_eq!(run.views_differ(&run).or(run.pictures_differ(&run)), None);
        let views = Origin {
            views: vec!["a".into(), "b".into()],
            ..run.clone()
        };
        assert!(
            run.views_differ(&views)
                .unwrap()
                .contains(r#"["a"] and the pictures have ["a", "b"]"#)
        );
        let data = Origin {
            fingerprint: "2".into(),
            ..run.clone()
        };
        let reason = run.pictures_differ(&data).unwrap();
        assert!(reason.contains("fingerprint 1") && reason.contains("fingerprint 2"));
    }
}
