//! Edits of one attribute whose right outcome is among the pictures.

use super::encoded::About;
use super::factors::{Factor, FactorValues};
use super::labels::LabelSource;
use super::logistic::Logistic;
use super::task::Labelled;
use crate::recognition::Rows;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// Attributes of pictures and the values that each can have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attributes {
    /// Their names.
    pub names: Vec<String>,
    /// Of each its values, sorted.
    pub values: Vec<Vec<String>>,
}

/// A change of one attribute. Numbers are places of pictures that agree in every other attribute
/// and in their view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edit {
    /// The attribute.
    pub attribute: usize,
    /// The picture before.
    pub from: usize,
    /// The picture after.
    pub to: usize,
}

impl Edit {
    /// A row of the picture before, moved by `strength` times what the new value adds more than the
    /// old one; as it is where what they add is not known.
    ///
    /// # Shapes
    /// - effects: `[attribute][value][D]`, see [`effects`](super::effects)
    /// - values: of the edited pictures
    pub fn applied(
        &self,
        row: &[f32],
        effects: &[Vec<Option<Vec<f32>>>],
        values: &AttributeValues,
        strength: f32,
    ) -> Vec<f32> {
        let effect =
            |place: usize| effects[self.attribute][values[self.attribute][place]?].as_ref();
        let (Some(before), Some(after)) = (effect(self.from), effect(self.to)) else {
            return row.to_vec();
        };
        let by = after.iter().zip(before).map(|(a, b)| strength * (a - b));
        row.iter().zip(by).map(|(v, by)| v + by).collect()
    }
}

/// The value of every attribute in every picture, `[attribute][picture]`.
pub type AttributeValues = Vec<Vec<Option<usize>>>;

impl Attributes {
    /// The fields of these names, or all fields of the JSON that hold one of a few texts.
    ///
    /// # Errors
    /// A field that is no such attribute, or fewer than two attributes, as text.
    pub fn read(about: &[About], names: &[String]) -> Result<Self, String> {
        let (mut found, mut values) = (Vec::new(), Vec::new());
        for factor in Factor::read(about, names)? {
            match factor.values {
                FactorValues::Classes(names, _) => {
                    found.push(factor.name);
                    values.push(names);
                }
                FactorValues::Numbers(_) if names.is_empty() => {}
                FactorValues::Numbers(_) => {
                    return Err(format!(
                        "attributes: {:?} holds numbers, not one of a few texts",
                        factor.name
                    ));
                }
            }
        }
        match found.len() {
            0 | 1 => Err(
                "edits: pictures need two attributes at least, or no other could change; \
                see scripts/avatars.sh"
                    .into(),
            ),
            _ => Ok(Self {
                names: found,
                values,
            }),
        }
    }

    /// How many values each has.
    pub fn counts(&self) -> Vec<usize> {
        self.values.iter().map(Vec::len).collect()
    }

    /// Their values in these pictures; none where a picture has another value or lacks the field.
    pub fn of(&self, about: &[About]) -> AttributeValues {
        let attributes = self.names.iter().zip(&self.values);
        let of_one = |(name, values): (&String, &Vec<String>)| {
            let source = LabelSource::Field(name.clone());
            let place = |about: &About| values.binary_search(&source.of(about)?).ok();
            about.iter().map(place).collect()
        };
        attributes.map(of_one).collect()
    }
}

/// What tells the value of one attribute from latents: a linear classifier for each group of
/// pictures, since what glasses add to a latent differs between styles of drawing.
#[derive(Debug, Clone)]
pub struct AttributeProbe {
    groups: Vec<GroupProbe>,
}

#[derive(Debug, Clone)]
enum GroupProbe {
    /// The group has one value only; 0 where it has none.
    Constant(usize),
    Linear(Logistic),
}

impl AttributeProbe {
    /// Learn from rows whose value is known; `groups` says for every row which of `group_count`
    /// groups it is of.
    ///
    /// # Errors
    /// What the optimiser says, as text.
    pub fn fit(
        rows: &Rows,
        values: &[Option<usize>],
        value_count: usize,
        groups: &[usize],
        group_count: usize,
    ) -> Result<Self, String> {
        let of_one = |group: usize| {
            let places = (0..rows.len()).filter(|&place| groups[place] == group);
            let known = places.filter_map(|place| Some((place, values[place]?)));
            let (places, labels): (Vec<usize>, Vec<usize>) = known.unzip();
            let first = labels.first().copied().unwrap_or(0);
            if labels.iter().all(|&label| label == first) {
                return Ok(GroupProbe::Constant(first));
            }
            let codes = rows.chosen(&places);
            Logistic::fit(&Labelled { codes, labels }, value_count, 1.0).map(GroupProbe::Linear)
        };
        Ok(Self {
            groups: (0..group_count).map(of_one).collect::<Result<_, _>>()?,
        })
    }

    /// The value of every row, each by the probe of its group.
    pub fn tell(&self, rows: &Rows, groups: &[usize]) -> Vec<usize> {
        let mut told = vec![0; rows.len()];
        for (group, probe) in self.groups.iter().enumerate() {
            let places: Vec<usize> = (0..rows.len())
                .filter(|&place| groups[place] == group)
                .collect();
            let values = match probe {
                GroupProbe::Constant(value) => vec![*value; places.len()],
                GroupProbe::Linear(probe) => probe.tell(&rows.chosen(&places)),
            };
            for (place, value) in places.into_iter().zip(values) {
                told[place] = value;
            }
        }
        told
    }
}

/// View, group and all attributes but one.
type Alike<'a> = (Option<&'a str>, usize, Vec<usize>);

/// Every edit from a picture to another that differs in one attribute only and is of the same
/// group, at most `most` of each attribute, drawn by `seed`. Left out are pictures that lack an
/// attribute, and what `keep` refuses.
pub fn edits(
    values: &AttributeValues,
    about: &[About],
    groups: &[usize],
    keep: impl Fn(&Edit) -> bool,
    most: usize,
    seed: u64,
) -> Vec<Edit> {
    let mut edits = Vec::new();
    for attribute in 0..values.len() {
        // Pictures by their view, their group and all other attributes.
        let mut alike = BTreeMap::<Alike, Vec<usize>>::new();
        for (place, about) in about.iter().enumerate() {
            let own: Option<Vec<usize>> = values.iter().map(|of| of[place]).collect();
            if let Some(mut own) = own {
                own.remove(attribute);
                alike
                    .entry((about.view.as_deref(), groups[place], own))
                    .or_default()
                    .push(place);
            }
        }
        let mut found = Vec::new();
        for places in alike.values() {
            for &from in places {
                let differs = |to: &usize| values[attribute][*to] != values[attribute][from];
                let others = places.iter().copied().filter(differs);
                let all = others.map(|to| Edit {
                    attribute,
                    from,
                    to,
                });
                found.extend(all.filter(&keep));
            }
        }
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(attribute as u64);
        found.shuffle(&mut rng);
        found.truncate(most);
        edits.extend(found);
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hair "a" or "b" and eyes "c" or "d", all four together, twice.
    fn heads() -> Vec<About> {
        let about = |i: usize| About {
            key: i.to_string(),
            name: format!("{i}.png"),
            class: None,
            view: None,
            meta: Some(serde_json::json!({
                "hair": (["a", "b"][i % 2]), "eyes": (["c", "d"][i / 2 % 2]), "person": i,
                "size": i as f64,
            })),
        };
        (0..8).map(about).collect()
    }

    #[test]
    fn pictures_that_differ_in_one_attribute_are_edits_of_it() {
        let about = heads();
        let attributes = Attributes::read(&about, &[]).unwrap();
        assert_eq!(attributes.names, ["eyes", "hair"]);
        let values = attributes.of(&about);
        assert_eq!(values[1][..4], [Some(0), Some(1), Some(0), Some(1)]);
        let all = edits(&values, &about, &[0; 8], |_| true, 99, 1);
        // Of each attribute: two settings of the other, two pictures on either side, both ways.
        assert_eq!(all.len(), 2 * 2 * 2 * 2 * 2);
        for edit in &all {
            let other = 1 - edit.attribute;
            assert_eq!(values[other][edit.from], values[other][edit.to]);
            assert_ne!(
                values[edit.attribute][edit.from],
                values[edit.attribute][edit.to]
            );
        }
        assert_eq!(edits(&values, &about, &[0; 8], |_| true, 3, 1).len(), 6);
        let seen = edits(&values, &about, &[0; 8], |edit| edit.from != 0, 99, 1);
        assert!(seen.len() < all.len() && seen.iter().all(|edit| edit.from != 0));
        // Every picture in a group of its own has nothing to become.
        let alone: Vec<usize> = (0..8).collect();
        assert!(edits(&values, &about, &alone, |_| true, 99, 1).is_empty());
        assert!(
            Attributes::read(&about, &["size".into(), "hair".into()])
                .unwrap_err()
                .contains("\"size\"")
        );
        assert!(
            Attributes::read(&about, &["hair".into()])
                .unwrap_err()
                .contains("two attributes")
        );
    }
    /// The value is the sign of the row in one group, its opposite in the other: no line tells
    /// both, a probe for each group does.
    #[test]
    fn probes_are_learnt_for_each_group() {
        let rows: Vec<f32> = (0..40).map(|i| (i as f32 * 1.7).sin()).collect();
        let groups: Vec<usize> = (0..40).map(|i| i % 3).collect();
        let value = |(row, group): (&f32, &usize)| match group {
            0 => usize::from(*row > 0.0),
            1 => usize::from(*row <= 0.0),
            _ => 1,
        };
        let values: Vec<usize> = rows.iter().zip(&groups).map(value).collect();
        let known: Vec<Option<usize>> = values.iter().copied().map(Some).collect();
        let rows = Rows::new(rows, 1);
        let right = |groups: &[usize], count: usize| {
            let probe = AttributeProbe::fit(&rows, &known, 2, groups, count).unwrap();
            let told = probe.tell(&rows, groups);
            told.iter().zip(&values).filter(|(a, b)| a == b).count()
        };
        assert_eq!(right(&groups, 3), 40);
        assert!(right(&[0; 40], 1) < 36);
    }
}
