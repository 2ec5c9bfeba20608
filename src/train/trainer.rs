//! One training step: loss, gradients, AdamW, moving average. No files, threads or clock.

use super::baselines::{self, Heads, Learner, Target};
use super::ema::average;
use super::gradients::clip_norm;
use super::{Draws, TrainConfig, TrainError, loss};
use crate::data::Batch;
use crate::model::Autoencoder;
use crate::weights::Objective;
use burn::module::Module;
use burn::optim::{AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::Device;

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepReport {
    /// Steps taken, this one included.
    pub step: usize,
    /// Pictures seen, this batch included.
    pub pictures: usize,
    /// Mean loss of the batch.
    pub loss: f32,
    /// Learning rate used.
    pub rate: f64,
}

/// Networks under training, with all the state that goes on from step to step.
pub struct Trainer {
    pub(super) config: TrainConfig,
    pub(super) learner: Learner,
    pub(super) averaged: Autoencoder,
    /// BYOL's target network, without autodiff.
    pub(super) target: Option<Target>,
    pub(super) optimizer: ModuleOptimizer,
    pub(super) step: usize,
    pub(super) pictures: usize,
    device: Device,
}

impl Trainer {
    /// Fresh networks on `device`, seeded by the configuration.
    pub fn new(config: TrainConfig, device: &Device) -> Result<Self, TrainError> {
        let networks = config.model.init_seeded(config.seed, device)?;
        Self::resume(config, networks, device)
    }

    /// Networks that have learnt already, with a fresh optimiser.
    pub fn resume(
        config: TrainConfig,
        networks: Autoencoder,
        device: &Device,
    ) -> Result<Self, TrainError> {
        config.validate()?;
        let (objective, seed) = (config.objective, config.seed);
        let (baseline, model) = (&config.baseline, &config.model);
        let heads = Heads::new(objective, baseline, model, &networks, seed, device)?;
        let learner = Learner { networks, heads }.train();
        Ok(Self {
            averaged: learner.networks.valid(),
            target: Target::of(&learner).map(|target| target.valid()),
            learner,
            optimizer: AdamWConfig::new()
                .with_beta_2(0.99)
                .with_epsilon(1e-8)
                .with_weight_decay(config.weight_decay)
                .init(),
            config,
            step: 0,
            pictures: 0,
            device: device.clone().autodiff(),
        })
    }

    /// The settings.
    pub fn config(&self) -> &TrainConfig {
        &self.config
    }

    /// Steps taken.
    pub fn steps(&self) -> usize {
        self.step
    }

    /// Pictures seen.
    pub fn pictures(&self) -> usize {
        self.pictures
    }

    /// The moving average of the networks, without autodiff: what to look at and to ship.
    pub fn averaged(&self) -> &Autoencoder {
        &self.averaged
    }

    /// Learn from one batch.
    ///
    /// # Errors
    /// [`TrainError::NotFinite`] where the loss is no number, [`TrainError::Setting`] for a batch of
    /// one where views are compared; the networks are left as they were.
    pub fn step(&mut self, batch: &Batch) -> Result<StepReport, TrainError> {
        let rate = self.config.rate(self.step, self.pictures);
        let loss = match self.config.objective {
            Objective::Soda => {
                let draws = Draws::new(&self.config, batch.count, batch.size, self.step);
                loss(&self.learner.networks, batch, &draws, &self.device)
            }
            _ => {
                let target = self.target.as_ref();
                let (config, step) = (&self.config, self.step);
                baselines::loss(config, &self.learner, target, batch, step, &self.device)?
            }
        };
        let grads = GradientsParams::from_grads(loss.backward(), &self.learner);
        let loss = loss.into_scalar::<f32>();
        if !loss.is_finite() {
            return Err(TrainError::NotFinite {
                step: self.step,
                loss,
            });
        }
        let grads = clip_norm(&self.learner, grads, self.config.clip);
        self.learner = self.optimizer.step(rate, self.learner.clone(), grads);
        if let (Some(target), Some(online)) = (self.target.take(), Target::of(&self.learner)) {
            let momentum = self.config.momentum(self.pictures);
            self.target = Some(average(target, &online, momentum));
        }
        self.step += 1;
        self.pictures += batch.count;
        // Early on the average follows closely: after n steps over about n/10 of them.
        let decay = self
            .config
            .ema
            .min((1 + self.step) as f64 / (10 + self.step) as f64);
        self.averaged = average(self.averaged.clone(), &self.learner.networks, decay);
        Ok(StepReport {
            step: self.step,
            pictures: self.pictures,
            loss,
            rate,
        })
    }
}
