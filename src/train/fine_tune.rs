//! Few-shot fine-tuning: a finished model learns a handful of pictures, natively or in a tab.
//!
//! It is the training step of [`Trainer`] with settings for a few hundred steps on a few pictures:
//! nothing is augmented, since these pictures themselves are to be learnt, and most targets are
//! pure noise, where the picture of one step is decided. Data, steps and weights live in memory;
//! the caller asks for each step, so not asking is pausing and dropping is stopping.

use super::{StepReport, TrainConfig, TrainError, Trainer};
use crate::Soda;
use crate::data::{Batch, DataError, Dataset, Entry, PairSampler, Rgba, Sample, ViewPairs};
use crate::diffusion::Schedule;
use crate::model::Autoencoder;
use crate::weights::{Manifest, Objective, Training};
use burn::module::Module;
use std::sync::Arc;

/// Most pictures that can be learnt at once.
pub const MOST_PICTURES: usize = 1000;

/// Which networks learn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Taught {
    /// Encoder and decoder.
    #[default]
    All,
    /// The U-Net alone: latents stay what they are.
    Decoder,
    /// The encoder alone: what a latent looks like stays what it is.
    Encoder,
}

impl std::str::FromStr for Taught {
    type Err = TrainError;

    /// `all`, `decoder` or `encoder`.
    fn from_str(name: &str) -> Result<Self, TrainError> {
        match name {
            "all" => Ok(Self::All),
            "decoder" => Ok(Self::Decoder),
            "encoder" => Ok(Self::Encoder),
            _ => Err(TrainError::Setting {
                field: "train",
                reason: format!("is {name:?}, needs all, decoder or encoder"),
            }),
        }
    }
}

/// What the caller may choose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FineTune {
    /// Optimiser steps, at least 1.
    pub steps: usize,
    /// Pictures a step, at least 1.
    pub batch: usize,
    /// Parts that a batch is gone through in, 1 to `batch`: memory is that of a part.
    pub parts: usize,
    /// Peak learning rate.
    pub learning_rate: f64,
    /// Seed of noise and order.
    pub seed: u64,
    /// Which networks learn.
    pub taught: Taught,
}

impl Default for FineTune {
    /// What makes 20 pictures of a world that the model does not know its own within 300 steps.
    fn default() -> Self {
        Self {
            steps: 300,
            batch: 4,
            parts: 1,
            learning_rate: 5e-4,
            seed: 1,
            taught: Taught::All,
        }
    }
}

impl FineTune {
    /// The settings of the training run that this is for the model of `manifest`.
    ///
    /// # Errors
    /// A model whose objective trains no decoder.
    fn run(&self, manifest: &Manifest) -> Result<TrainConfig, TrainError> {
        let objective = match manifest.training.objective {
            Objective::Vae => Objective::Autoencoder,
            objective if objective.is_contrastive() => {
                return Err(TrainError::Setting {
                    field: "model",
                    reason: format!("was trained by {objective} and has no decoder to teach"),
                });
            }
            objective => objective,
        };
        let config = TrainConfig {
            model: manifest.model.clone(),
            name: manifest.name.clone(),
            objective,
            phases: vec![super::Phase {
                size: manifest.model.size,
                pictures: self.steps.saturating_mul(self.batch),
                batch: self.batch,
            }],
            pairs: ViewPairs {
                background: manifest.background,
                ..ViewPairs::default()
            },
            schedule: Schedule::Cosine,
            autoencode: 0.75,
            mask: 0.0,
            learning_rate: self.learning_rate,
            warmup: 10,
            final_rate: 0.05,
            weight_decay: 0.0,
            accumulate: self.parts,
            ema: 0.95,
            seed: self.seed,
            ..TrainConfig::default()
        };
        config.validate()?;
        Ok(config)
    }
}

/// A fine-tuning under way.
pub struct FineTuning {
    trainer: Trainer,
    pairs: PairSampler,
    /// Where the next batch begins.
    position: u64,
    steps: usize,
    taught: Taught,
    /// The model as it was.
    before: (Autoencoder, Training),
}

impl FineTuning {
    /// Ready to teach `pictures` to the model. The model itself stays as it is.
    ///
    /// # Errors
    /// No pictures or more than [`MOST_PICTURES`], pictures of another side than the model's, a
    /// setting out of its range, a model without a decoder.
    pub fn new(soda: &Soda, pictures: Vec<Rgba>, settings: FineTune) -> Result<Self, TrainError> {
        let (count, size) = (pictures.len(), soda.size());
        if count == 0 {
            return Err(DataError::Empty.into());
        }
        if count > MOST_PICTURES {
            return Err(TrainError::Setting {
                field: "pictures",
                reason: format!("are {count}, at most {MOST_PICTURES} can be learnt at once"),
            });
        }
        let config = settings.run(&soda.manifest)?;
        let sample = |(i, picture): (usize, Rgba)| Sample {
            key: format!("{i:06}"),
            pictures: vec![Entry {
                name: format!("{i:06}"),
                view: None,
                picture,
            }],
            class: None,
            meta: None,
        };
        let data = Dataset {
            size,
            samples: pictures.into_iter().enumerate().map(sample).collect(),
            views: soda.manifest.views.clone(),
            skipped: Vec::new(),
        };
        let pairs = PairSampler::new(Arc::new(data), config.pairs.clone(), settings.seed)?;
        let mut networks = soda.networks.clone();
        match settings.taught {
            Taught::All => {}
            Taught::Decoder => networks.encoder = networks.encoder.freeze(),
            Taught::Encoder => networks.unet = networks.unet.freeze(),
        }
        Ok(Self {
            trainer: Trainer::resume(config, networks, soda.device())?,
            pairs,
            position: 0,
            steps: settings.steps,
            taught: settings.taught,
            before: (soda.networks.clone(), soda.manifest.training.clone()),
        })
    }

    /// Steps in all.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Steps taken.
    pub fn done(&self) -> usize {
        self.trainer.steps()
    }

    /// Give what has been learnt so far to `soda`, which this began with. Its `config.json` counts
    /// the steps and pictures that were added.
    pub fn give_to(&self, soda: &mut Soda) {
        self.take_back(soda);
        soda.manifest.training.steps += self.trainer.steps();
        soda.manifest.training.pictures += self.trainer.pictures();
        // The average of a number with itself is not always that number: what does not learn is
        // kept.
        let learnt = self.trainer.averaged();
        let mut networks = self.before.0.clone();
        if self.taught != Taught::Decoder {
            networks.encoder = learnt.encoder.clone();
        }
        if self.taught != Taught::Encoder {
            networks.unet = learnt.unet.clone();
        }
        soda.networks = networks;
    }

    /// Make `soda` what it was before.
    pub fn take_back(&self, soda: &mut Soda) {
        let (networks, training) = &self.before;
        soda.networks = networks.clone();
        soda.manifest.training = training.clone();
    }

    /// Learn from one more batch.
    ///
    /// # Errors
    /// [`TrainError::NotFinite`] where the loss or a gradient is no number.
    pub fn step(&mut self) -> Result<StepReport, TrainError> {
        let batch = self.batch()?;
        self.trainer.step(&batch)
    }

    /// [`step`](Self::step) where results can only be awaited, in a browser.
    ///
    /// # Errors
    /// As [`step`](Self::step), and [`TrainError::Device`] where the device gave no result back.
    pub async fn step_async(&mut self) -> Result<StepReport, TrainError> {
        let batch = self.batch()?;
        self.trainer.step_async(&batch).await
    }

    fn batch(&mut self) -> Result<Batch, TrainError> {
        let config = self.trainer.config();
        let (batch, size) = (config.phases[0].batch, config.model.size);
        let batch = self.pairs.batch(self.position, batch, size)?;
        self.position = batch.next;
        Ok(batch)
    }
}
