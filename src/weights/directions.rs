//! Named directions: sliders that a model brings along, such as glasses.

use crate::model::ConfigError;
use serde::ser::Error;
use serde::{Deserialize, Serialize, Serializer};

/// More of either than any model has.
const MOST: usize = 64;
const LONGEST_NAME: usize = 64;

/// Directions in the space of normalised latents, and the kinds of pictures that they differ
/// between.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Directions {
    /// The mean latent of each kind of picture, such as a style of drawing, `[D]` each. A picture
    /// is of the kind whose mean is nearest. One where kinds are not told apart.
    pub kinds: Vec<Vec<f32>>,
    /// The directions.
    pub named: Vec<NamedDirection>,
}

/// One direction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedDirection {
    /// What it changes, for people: `Glasses`.
    pub name: String,
    /// What a picture is before, and after a step of 1.
    pub ends: [String; 2],
    /// For each kind what to add to a latent, `[D]`; empty for kinds that cannot change so.
    pub vectors: Vec<Vec<f32>>,
}

/// Thousands of numbers on one line of `config.json`, where each would get a line of its own.
pub(super) fn on_one_line<S: Serializer>(
    directions: &Option<Directions>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let line = serde_json::value::to_raw_value(directions).map_err(S::Error::custom)?;
    line.serialize(serializer)
}

impl Directions {
    /// The kind whose mean is nearest to a latent `[D]`.
    pub fn kind_of(&self, latent: &[f32]) -> usize {
        let squared = |mean: &Vec<f32>| -> f32 {
            let both = mean.iter().zip(latent);
            both.map(|(a, b)| (a - b).powi(2)).sum()
        };
        let kinds = self.kinds.iter().enumerate();
        let nearest = kinds.min_by(|a, b| squared(a.1).total_cmp(&squared(b.1)));
        nearest.map_or(0, |(kind, _)| kind)
    }

    /// Check every length and number against latents of `latent` numbers.
    pub(super) fn validate(&self, latent: usize) -> Result<(), ConfigError> {
        let wrong = |reason: String| {
            Err(ConfigError {
                field: "directions",
                reason,
            })
        };
        if !(1..=MOST).contains(&self.kinds.len()) || self.named.len() > MOST {
            let (kinds, named) = (self.kinds.len(), self.named.len());
            return wrong(format!(
                "has {kinds} kinds and {named} directions, needs 1 to {MOST} and at most {MOST}"
            ));
        }
        for direction in &self.named {
            let texts = direction.ends.iter().chain([&direction.name]);
            if texts
                .into_iter()
                .any(|text| text.is_empty() || text.len() > LONGEST_NAME)
            {
                return wrong(format!(
                    "names have 1 to {LONGEST_NAME} bytes, not those of {:?}",
                    direction.name
                ));
            }
            if direction.vectors.len() != self.kinds.len() {
                let (vectors, kinds) = (direction.vectors.len(), self.kinds.len());
                return wrong(format!(
                    "{:?} has {vectors} vectors for {kinds} kinds",
                    direction.name
                ));
            }
        }
        let vectors = self.named.iter().flat_map(|direction| &direction.vectors);
        for vector in self
            .kinds
            .iter()
            .chain(vectors.filter(|vector| !vector.is_empty()))
        {
            if vector.len() != latent || vector.iter().any(|value| !value.is_finite()) {
                let found = vector.len();
                return wrong(format!(
                    "a vector of {found} numbers, needs {latent} finite ones"
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directions() -> Directions {
        Directions {
            kinds: vec![vec![0.0; 4], vec![1.0; 4]],
            named: vec![NamedDirection {
                name: "Glasses".into(),
                ends: ["none".into(), "glasses".into()],
                vectors: vec![vec![0.5; 4], Vec::new()],
            }],
        }
    }

    #[test]
    fn a_latent_is_of_the_kind_whose_mean_is_nearest() {
        let kinds = [0.4, 0.6].map(|value| directions().kind_of(&[value; 4]));
        assert_eq!(kinds, [0, 1]);
    }

    #[test]
    fn lengths_names_and_numbers_are_checked() {
        directions().validate(4).unwrap();
        let refused = |change: fn(&mut Directions), latent: usize| {
            let mut wrong = directions();
            change(&mut wrong);
            wrong.validate(latent).unwrap_err().to_string()
        };
        assert!(refused(|_| (), 5).contains("a vector of 4 numbers, needs 5"));
        assert!(refused(|d| d.kinds.clear(), 4).contains("0 kinds"));
        assert!(refused(|d| d.named[0].vectors.truncate(1), 4).contains("1 vectors for 2 kinds"));
        assert!(refused(|d| d.named[0].vectors[0][1] = f32::NAN, 4).contains("finite"));
        assert!(refused(|d| d.named[0].name.clear(), 4).contains("names have 1 to 64"));
    }
}
