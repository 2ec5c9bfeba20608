//! Known factors of pictures, from the JSON of their samples.

use super::encoded::About;
use std::collections::BTreeSet;

/// What is known of one factor.
#[derive(Debug, Clone, PartialEq)]
pub enum FactorValues {
    /// A number for every picture.
    Numbers(Vec<f64>),
    /// One of some values: their names, sorted, and which one every picture has.
    Classes(Vec<String>, Vec<usize>),
}

/// A factor of every picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Factor {
    /// The JSON's field.
    pub name: String,
    /// Its values.
    pub values: FactorValues,
}

impl Factor {
    /// The fields of these names, or all scalar fields that vary and that every picture has:
    /// numbers as numbers, texts and truth values as classes. A text that differs between almost
    /// all pictures is a name and no factor.
    ///
    /// # Errors
    /// A field that some picture lacks, or no factor at all, as text.
    pub fn read(about: &[About], names: &[String]) -> Result<Vec<Self>, String> {
        let fields = about
            .iter()
            .filter_map(|about| about.meta.as_ref()?.as_object());
        let known: BTreeSet<&String> = fields.flat_map(|fields| fields.keys()).collect();
        let asked: Vec<&String> = match names {
            [] => known.iter().copied().collect(),
            names => names.iter().collect(),
        };
        let mut factors = Vec::new();
        for name in asked {
            let values = values(about, name);
            match (values, names.is_empty()) {
                (Some(values), _) => factors.push(Self {
                    name: name.clone(),
                    values,
                }),
                (None, true) => {}
                (None, false) => {
                    return Err(format!(
                        "factors: {name:?} is not a number, a text or a truth value of every \
                         picture that varies; fields are {known:?}"
                    ));
                }
            }
        }
        if factors.is_empty() {
            Err(
                "factors: no field of the pictures' JSON is a factor; make such pictures \
                with: soda shapes"
                    .into(),
            )
        } else {
            Ok(factors)
        }
    }

    /// Of these pictures only.
    #[must_use]
    pub fn chosen(&self, places: &[usize]) -> Self {
        let values = match &self.values {
            FactorValues::Numbers(values) => {
                FactorValues::Numbers(places.iter().map(|&i| values[i]).collect())
            }
            FactorValues::Classes(names, values) => {
                FactorValues::Classes(names.clone(), places.iter().map(|&i| values[i]).collect())
            }
        };
        Self {
            name: self.name.clone(),
            values,
        }
    }
}

fn values(about: &[About], name: &str) -> Option<FactorValues> {
    let raw: Option<Vec<&serde_json::Value>> = about
        .iter()
        .map(|about| about.meta.as_ref()?.get(name))
        .collect();
    let raw = raw?;
    let numbers: Option<Vec<f64>> = raw.iter().map(|value| value.as_f64()).collect();
    if let Some(numbers) = numbers {
        let varies = numbers.windows(2).any(|pair| pair[0] != pair[1]);
        return varies.then_some(FactorValues::Numbers(numbers));
    }
    let text = |value: &&serde_json::Value| match value {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    };
    let texts: Vec<String> = raw.iter().map(text).collect::<Option<_>>()?;
    let names: Vec<String> = texts
        .iter()
        .cloned()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    if names.len() < 2 || 2 * names.len() > texts.len() {
        return None;
    }
    let place = |text: &String| names.binary_search(text).unwrap_or(0);
    let places = texts.iter().map(place).collect();
    Some(FactorValues::Classes(names, places))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_classes_and_what_is_no_factor() {
        let about = |i: usize| About {
            key: i.to_string(),
            name: format!("{i}.png"),
            class: None,
            view: None,
            meta: Some(serde_json::json!({
                "x": i as f64 / 2.0, "shape": (["a", "b"][i % 2]), "name": format!("no {i}"),
                "fixed": 3, "maybe": (i > 2).then_some(1),
            })),
        };
        let about: Vec<About> = (0..8).map(about).collect();
        let found = Factor::read(&about, &[]).unwrap();
        let names: Vec<&str> = found.iter().map(|factor| factor.name.as_str()).collect();
        assert_eq!(names, ["shape", "x"]);
        let wanted = FactorValues::Classes(vec!["a".into(), "b".into()], vec![1, 0]);
        assert_eq!(found[0].chosen(&[3, 4]).values, wanted);
        assert_eq!(
            found[1].chosen(&[3]).values,
            FactorValues::Numbers(vec![1.5])
        );
        assert!(
            Factor::read(&about, &["fixed".into()])
                .unwrap_err()
                .contains("\"fixed\"")
        );
        assert!(
            Factor::read(&about[..1], &[])
                .unwrap_err()
                .contains("soda shapes")
        );
    }
}
