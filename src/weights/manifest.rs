//! `config.json`: everything about a model but its numbers.

use super::{Directions, Objective, Reference, WeightsError};
use crate::diffusion::{SamplerKind, Schedule};
use crate::latent::Interpolation;
use crate::model::{MOST_AUTOGUIDANCE, ModelConfig};
use serde::{Deserialize, Serialize};

/// Version of the format that this program reads and writes.
pub const FORMAT: u32 = 3;

/// Most letters of a name, a licence or the like.
const MOST_LETTERS: usize = 10_000;

/// The contents of `config.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the format, [`FORMAT`].
    pub format: u32,
    /// The model's name, such as `emoji64`.
    pub name: String,
    /// The networks.
    pub model: ModelConfig,
    /// The colour that transparent pictures are laid on, red, green and blue in [0, 1].
    pub background: [f32; 3],
    /// Names of the view labels, `model.views` of them.
    #[serde(default)]
    pub views: Vec<String>,
    /// The noise schedule it was trained on.
    pub schedule: Schedule,
    /// How it is sampled unless the caller says otherwise.
    pub sampled: Sampled,
    /// Sliders that the model brings along.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "super::directions::on_one_line"
    )]
    pub directions: Option<Directions>,
    /// [Unfamiliarity](crate::recognition::unfamiliarity) above which a picture is far from what
    /// the model knows: that of 95 of 100 held-out pictures stays below. `soda eval familiarity
    /// --keep` measures it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unfamiliarity_limit: Option<f64>,
    /// What one step from the mean latent paints, by which a driver that paints something else is
    /// found out. Earlier models have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
    /// Licence of the weights, as an SPDX expression.
    pub licence: String,
    /// Where the weights come from.
    pub training: Training,
}

/// Defaults of sampling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sampled {
    /// The solver.
    pub sampler: SamplerKind,
    /// The schedule whose grid it runs on.
    pub schedule: Schedule,
    /// Steps of a decoding.
    pub steps: usize,
    /// Standard deviation of the noise that a decoding starts from, in [0, 1]. Below 1 pictures are
    /// smoother and vary less, which suits a denoiser with little training.
    #[serde(default = "full")]
    pub temperature: f64,
    /// How far drawing from the prior leads away from the prior's guide, in [0, 10]; 0 for a model
    /// without one.
    #[serde(default, skip_serializing_if = "is_default")]
    pub autoguidance: f64,
    /// Steps of an inversion, and of decoding an inverted picture.
    pub invert_steps: usize,
    /// How latents are interpolated.
    #[serde(default, skip_serializing_if = "is_default")]
    pub interpolation: Interpolation,
    /// Share of a latent's error that is corrected where pictures are encoded to be painted, in
    /// [0, 1]; see [`Soda::encode_corrected`](crate::Soda::encode_corrected).
    #[serde(default, skip_serializing_if = "is_default")]
    pub correction: f64,
}

fn full() -> f64 {
    1.0
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Sampled {
    /// Defaults for a model trained by `objective`: one step, and for decoders that do not denoise
    /// from no noise.
    pub fn of(objective: Objective) -> Self {
        if objective.denoises() {
            Self::default()
        } else {
            Self {
                temperature: 0.0,
                invert_steps: 1,
                ..Self::default()
            }
        }
    }
}

impl Default for Sampled {
    fn default() -> Self {
        Self {
            sampler: SamplerKind::Ddim,
            schedule: Schedule::Cosine,
            steps: 1,
            temperature: full(),
            autoguidance: 0.0,
            invert_steps: 20,
            interpolation: Interpolation::default(),
            correction: 0.0,
        }
    }
}

/// What a model was trained on, and for how long.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Training {
    /// What it was trained by. Configurations of before there was a choice mean SODA.
    #[serde(default)]
    pub objective: Objective,
    /// The training set in words.
    pub data: String,
    /// Its licences.
    pub data_licence: String,
    /// Optimiser steps taken.
    pub steps: usize,
    /// Pictures seen, every repetition counted.
    pub pictures: usize,
    /// Seed of weights, noise and order.
    pub seed: u64,
    /// Hours of computing.
    pub hours: f64,
    /// The device it was trained on.
    pub device: String,
}

impl Manifest {
    /// A manifest for a model about to be trained.
    pub fn new(name: &str, model: ModelConfig, views: Vec<String>) -> Self {
        Self {
            format: FORMAT,
            name: name.to_owned(),
            model: ModelConfig {
                views: views.len(),
                ..model
            },
            background: [1.0; 3],
            views,
            schedule: Schedule::InvertedCosine,
            sampled: Sampled::default(),
            directions: None,
            unfamiliarity_limit: None,
            reference: None,
            licence: "MIT OR Apache-2.0".to_owned(),
            training: Training::default(),
        }
    }

    /// Parse and check `config.json`.
    pub fn from_json(json: &[u8]) -> Result<Self, WeightsError> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let json = &crate::files::json_text(json);
        let Version { format } = serde_json::from_slice(json)?;
        if format != FORMAT {
            return Err(WeightsError::Format { found: format });
        }
        let manifest: Self = serde_json::from_slice(json)?;
        manifest.model.validate()?;
        let sampled = &manifest.sampled;
        for (field, steps) in [
            ("sampled.steps", sampled.steps),
            ("sampled.invert_steps", sampled.invert_steps),
        ] {
            if !(1..=1000).contains(&steps) {
                let reason = format!("is {steps}, needs 1 to 1000");
                return Err(crate::model::ConfigError { field, reason }.into());
            }
        }
        if !(0.0..=1.0).contains(&sampled.correction) {
            let reason = format!("is {}, needs a number from 0 to 1", sampled.correction);
            let field = "sampled.correction";
            return Err(crate::model::ConfigError { field, reason }.into());
        }
        if !manifest.background.iter().all(|v| (-1.0..=1.0).contains(v)) {
            let reason = format!("is {:?}, needs numbers from -1 to 1", manifest.background);
            let field = "background";
            return Err(crate::model::ConfigError { field, reason }.into());
        }
        let autoguidance = manifest.sampled.autoguidance;
        let prior = manifest.model.prior.as_ref();
        let guided = prior.is_some_and(|prior| !prior.guide.is_empty());
        let most = if guided { MOST_AUTOGUIDANCE } else { 0.0 };
        if !(0.0..=most).contains(&autoguidance) {
            let needs = format!("needs 0 to {most} with this prior.guide");
            return Err(crate::model::ConfigError {
                field: "sampled.autoguidance",
                reason: format!("is {autoguidance}, {needs}"),
            }
            .into());
        }
        let temperature = manifest.sampled.temperature;
        if !(0.0..=1.0).contains(&temperature) {
            return Err(crate::model::ConfigError {
                field: "sampled.temperature",
                reason: format!("is {temperature}, needs 0 to 1"),
            }
            .into());
        }
        if let Some(directions) = &manifest.directions {
            directions.validate(manifest.model.latent())?;
        }
        if let Some(limit) = manifest.unfamiliarity_limit
            && !(0.0..f64::INFINITY).contains(&limit)
        {
            return Err(crate::model::ConfigError {
                field: "unfamiliarity_limit",
                reason: format!("is {limit}, needs 0 or more"),
            }
            .into());
        }
        if let Some(reference) = &manifest.reference {
            reference.validate()?;
        }
        manifest.check_texts()?;
        if manifest.views.len() != manifest.model.views {
            return Err(crate::model::ConfigError {
                field: "views",
                reason: format!(
                    "has {} names, model.views says {}",
                    manifest.views.len(),
                    manifest.model.views
                ),
            }
            .into());
        }
        Ok(manifest)
    }

    fn check_texts(&self) -> Result<(), WeightsError> {
        let training = &self.training;
        let texts = [
            ("name", &self.name),
            ("licence", &self.licence),
            ("training.data", &training.data),
            ("training.data_licence", &training.data_licence),
            ("training.device", &training.device),
        ];
        let views = self.views.iter().map(|view| ("views", view));
        for (field, text) in texts.into_iter().chain(views) {
            if text.len() > MOST_LETTERS {
                let reason = format!("has {} letters, needs at most {MOST_LETTERS}", text.len());
                return Err(crate::model::ConfigError { field, reason }.into());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        let model = ModelConfig::preset("tiny").unwrap();
        Manifest::new("test", model, vec!["a".into(), "b".into()])
    }

    #[test]
    fn a_manifest_survives_json() {
        let json = serde_json::to_vec(&manifest()).unwrap();
        assert_eq!(Manifest::from_json(&json).unwrap(), manifest());
    }

    #[test]
    fn without_an_objective_it_is_soda() {
        let mut json = serde_json::to_value(manifest()).unwrap();
        json["training"]
            .as_object_mut()
            .unwrap()
            .remove("objective");
        let read = Manifest::from_json(json.to_string().as_bytes()).unwrap();
        assert_eq!(read.training.objective, Objective::Soda);
    }

    #[test]
    fn a_newer_format_says_that_the_program_is_too_old() {
        let newer = Manifest {
            format: FORMAT + 1,
            ..manifest()
        };
        let error = Manifest::from_json(&serde_json::to_vec(&newer).unwrap()).unwrap_err();
        assert!(error.to_string().contains("too old"), "{error}");
    }

    #[test]
    fn names_and_number_of_views_must_agree() {
        let mut wrong = manifest();
        wrong.views.pop();
        let error = Manifest::from_json(&serde_json::to_vec(&wrong).unwrap()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "config: views: has 1 names, model.views says 2"
        );
    }

    #[test]
    fn a_limit_below_zero_is_refused() {
        let mut limited = manifest();
        limited.unfamiliarity_limit = Some(-0.5);
        let json = serde_json::to_vec(&limited).unwrap();
        let error = Manifest::from_json(&json).unwrap_err().to_string();
        assert!(error.contains("unfamiliarity_limit"), "{error}");
    }

    #[test]
    fn directions_take_one_line_and_are_read_again() {
        let latent = manifest().model.latent();
        let directions = Directions {
            kinds: vec![vec![0.25; latent]],
            named: vec![crate::weights::NamedDirection {
                name: "Glasses".into(),
                ends: ["none".into(), "glasses".into()],
                vectors: vec![vec![-0.5; latent]],
            }],
        };
        let with = Manifest {
            directions: Some(directions),
            ..manifest()
        };
        let json = serde_json::to_string_pretty(&with).unwrap();
        let plain = serde_json::to_string_pretty(&manifest()).unwrap();
        assert_eq!(json.lines().count(), plain.lines().count() + 1);
        assert_eq!(Manifest::from_json(json.as_bytes()).unwrap(), with);
    }

    #[test]
    fn texts_are_bounded() {
        let mut long = manifest();
        long.views[1] = "x".repeat(MOST_LETTERS + 1);
        let error = Manifest::from_json(&serde_json::to_vec(&long).unwrap()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "config: views: has 10001 letters, needs at most 10000"
        );
    }

    #[test]
    fn what_is_not_json_is_said_to_be_at_fault() {
        let error = Manifest::from_json(b"<html>").unwrap_err().to_string();
        assert!(error.starts_with("config: "), "{error}");
    }
}
