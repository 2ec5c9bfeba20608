//! What the trainings of one part of a model share: the prior's and the renderer's.

use super::TrainError;
use super::adamw::FusedAdamW;
use super::ema::average;
use super::gradients::{clip, norm};
use crate::engine::values;
use burn::module::Module;
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::Tensor;
use std::fmt::Display;

/// Steps over which the learning rate warms up.
const WARMUP: f64 = 100.0;
/// Share of the peak rate that is left at the end.
const FINAL_RATE: f64 = 0.02;

/// Nothing if `fine`.
///
/// # Errors
/// [`TrainError::Setting`] that says what `field` is and what it needs to be.
pub(super) fn check(
    field: &'static str,
    fine: bool,
    found: &dyn Display,
    needed: &str,
) -> Result<(), TrainError> {
    if fine {
        return Ok(());
    }
    Err(TrainError::Setting {
        field,
        reason: format!("is {found}, needs {needed}"),
    })
}

/// The settings that every part's training has.
pub(super) struct Common {
    pub steps: usize,
    pub batch: usize,
    pub learning_rate: f64,
    pub ema: f64,
    pub held_out: f64,
}

impl Common {
    /// # Errors
    /// [`TrainError::Setting`] that names the first setting out of range; `most` a batch at most.
    pub fn validate(&self, most: usize) -> Result<(), TrainError> {
        let (batch, rate) = (self.batch, self.learning_rate);
        let fits = (1..=most).contains(&batch);
        check("steps", self.steps > 0, &self.steps, "at least 1")?;
        check("batch", fits, &batch, &format!("1 to {most}"))?;
        check(
            "learning_rate",
            rate > 0.0 && rate < 1.0,
            &rate,
            "a number in (0, 1)",
        )?;
        let (ema, held) = (self.ema, self.held_out);
        check("ema", (0.0..1.0).contains(&ema), &ema, "a number in [0, 1)")?;
        check(
            "held_out",
            (0.0..=0.5).contains(&held),
            &held,
            "a number in [0, 0.5]",
        )
    }

    /// How many of `count` are held out: one at least, and half of them at most.
    pub fn held_of(&self, count: usize) -> usize {
        ((count as f64 * self.held_out) as usize).clamp(1, count.div_ceil(2))
    }
}

/// The share of the peak learning rate after `step` of `steps`: it warms up over a hundred steps
/// and falls along a cosine.
pub(super) fn rate_share(step: usize, steps: usize) -> f64 {
    let progress = step as f64 / steps as f64;
    let cosine = 0.5 * (1.0 + (std::f64::consts::PI * progress).cos());
    (step as f64 / WARMUP).min(1.0) * (FINAL_RATE + (1.0 - FINAL_RATE) * cosine)
}

/// The one value of a tensor.
pub(super) fn read(loss: Tensor<1>) -> Result<f64, TrainError> {
    let values = values(loss).map_err(|error| TrainError::Device(error.to_string()))?;
    Ok(f64::from(values[0]))
}

/// A part that learns, with its optimiser and the moving average of its weights.
pub(super) struct Learning<M> {
    pub networks: M,
    pub averaged: M,
    /// Mean loss of the last batches.
    pub running: f64,
    optimizer: ModuleOptimizer,
    ema: f64,
}

impl<M: Module + Clone> Learning<M> {
    /// With AdamW, β₂ = 0.99; `ema` is the decay of the moving average, which is less at first.
    pub fn new(part: M, weight_decay: f32, ema: f64) -> Self {
        let networks = part.train();
        Self {
            averaged: networks.valid(),
            networks,
            running: 0.0,
            optimizer: FusedAdamW {
                epsilon: 1e-5,
                ..FusedAdamW::new(weight_decay)
            }
            .init(),
            ema,
        }
    }

    /// One step against `loss`, the gradient's norm clipped to 1.
    pub fn step(mut self, loss: Tensor<1>, step: usize, rate: f64) -> Self {
        let gradients = GradientsParams::from_grads(loss.backward(), &self.networks);
        let length = norm(&self.networks, &gradients);
        let gradients = clip(&self.networks, gradients, length, 1.0);
        self.networks = self.optimizer.step(rate, self.networks, gradients);
        let decay = self.ema.min((1 + step) as f64 / (10 + step) as f64);
        self.averaged = average(self.averaged, &self.networks, decay);
        self
    }

    /// Take the loss of a batch into the running mean.
    pub fn note(&mut self, loss: f64) {
        self.running = if self.running == 0.0 {
            loss
        } else {
            0.98 * self.running + 0.02 * loss
        };
    }
}
