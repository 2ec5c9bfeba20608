//! One training step: loss, gradients, AdamW, moving average. No files or clock.

use super::adamw::FusedAdamW;
use super::baselines::{Heads, Learner, Target};
use super::critic::Criticism;
use super::ema::average;
use super::gradients::{clip_known, norm, not_finite};
use super::terms::errors_of_x;
use super::{Adapted, Draws, LossScale, TrainConfig, TrainError};
use crate::data::Batch;
use crate::engine::values;
use crate::model::Autoencoder;
use burn::module::Module;
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor};

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepReport {
    /// Steps taken, this one included.
    pub step: usize,
    /// Pictures seen, this batch included.
    pub pictures: usize,
    /// Mean loss of the batch, `L`.
    pub loss: f32,
    /// `L_recon`, where the objective is SODA's.
    pub reconstruction: Option<f32>,
    /// `L_dsm`, where the prior is trained too.
    pub dsm: Option<f32>,
    /// `L_consistency`, where views are pulled together.
    pub consistency: Option<f32>,
    /// The critic's own hinge loss, where it takes part: 2 where it cannot tell pictures apart.
    pub critic: Option<f32>,
    /// Norm of the whole gradient before it was clipped.
    pub gradient: f32,
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
    /// What sharpens reconstructions, from its first step on.
    pub(super) critic: Option<Criticism>,
    pub(super) optimizer: ModuleOptimizer,
    pub(super) step: usize,
    pub(super) pictures: usize,
    pub(super) adapted: Adapted,
    pub(super) loss_scale: LossScale,
    /// Where it learns; the first has the networks, the others get copies.
    pub(super) devices: Vec<Device>,
    /// The processes that share each batch with this one.
    #[cfg(feature = "cli")]
    pub(super) ranks: std::sync::Arc<dyn super::ranks::Ranks>,
    /// Files that tensors are read from when they are first used, so that they must stay.
    #[cfg(feature = "cli")]
    files: Option<super::ranks::Received>,
}

/// Names of the terms of the loss, as [`Loss::terms`](super::Loss) has them.
const TERMS: [&str; 3] = ["L_recon", "L_dsm", "L_consistency"];

/// A step under way: its gradients, and every number that is read back, in one tensor.
struct Pending {
    draws: Draws,
    grads: GradientsParams,
    /// The critic's gradients, where it takes part.
    critic: Option<GradientsParams>,
    /// The norm of the gradient, then part by part the loss, its terms, the critic's numbers and
    /// the errors of targets and latents.
    numbers: Tensor<1>,
    /// Which terms there are.
    terms: [bool; 3],
    /// Pairs of each part.
    parts: Vec<usize>,
    /// Latents of the sources, `[B, D]`, where there is `L_dsm`.
    latents: Option<Tensor<2>>,
}

impl Trainer {
    /// Fresh networks on `device`, seeded by the configuration.
    pub fn new(config: TrainConfig, device: &Device) -> Result<Self, TrainError> {
        let networks = config.model.init_seeded(config.seed, device)?;
        Self::resume(config, networks, device)
    }

    /// Loaded from these files, which it reads bit by bit and keeps for as long as it lives.
    #[cfg(feature = "cli")]
    pub(super) fn with_files(mut self, files: super::ranks::Received) -> Self {
        self.files = Some(files);
        self
    }

    /// Networks that have learnt already, with a fresh optimiser.
    pub fn resume(
        config: TrainConfig,
        networks: Autoencoder,
        device: &Device,
    ) -> Result<Self, TrainError> {
        config.validate()?;
        let precision = config.precision;
        if !device.supports_dtype(precision.dtype()) {
            return Err(TrainError::Setting {
                field: "precision",
                reason: format!("this device computes nothing in {precision}; leave it at f32"),
            });
        }
        let networks = networks.with_precision(precision.on(device).0);
        let (objective, seed) = (config.objective, config.seed);
        let (baseline, model) = (&config.baseline, &config.model);
        let heads = Heads::new(objective, baseline, model, &networks, seed, device)?;
        let learner = Learner { networks, heads }.train();
        let critic = config.critic.as_ref();
        let critic = critic.map(|critic| Criticism::new(critic, seed, &device.clone().autodiff()));
        Ok(Self {
            critic: critic.transpose()?,
            averaged: learner.networks.valid(),
            target: Target::of(&learner).map(|target| target.valid()),
            learner,
            optimizer: FusedAdamW::new(config.weight_decay).init(),
            adapted: Adapted::new(&config),
            loss_scale: LossScale::new(precision),
            config,
            step: 0,
            pictures: 0,
            devices: vec![device.clone().autodiff()],
            #[cfg(feature = "cli")]
            ranks: std::sync::Arc::new(super::ranks::Alone),
            #[cfg(feature = "cli")]
            files: None,
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

    /// The schedules that follow the loss, as they are now.
    pub fn adapted(&self) -> &Adapted {
        &self.adapted
    }

    /// Learn from one batch.
    ///
    /// # Errors
    /// [`TrainError::NotFinite`] where the loss or a gradient is no number; the networks are left
    /// as they were. [`TrainError::Setting`] for a batch of one where views are compared.
    pub fn step(&mut self, batch: &Batch) -> Result<StepReport, TrainError> {
        loop {
            let pending = self.gradients(batch)?;
            let numbers = values(pending.numbers.clone());
            let numbers = numbers.map_err(|error| TrainError::Device(error.to_string()))?;
            if !self.loss_scale.overflowed(numbers[0], numbers[1]) {
                return self.learn(pending, &numbers);
            }
        }
    }

    /// [`step`](Self::step) where results can only be awaited, in a browser. Between asking and
    /// having them nothing else may be asked of the trainer.
    ///
    /// # Errors
    /// As [`step`](Self::step), and [`TrainError::Device`] where the device gave no result back.
    pub async fn step_async(&mut self, batch: &Batch) -> Result<StepReport, TrainError> {
        loop {
            let pending = self.gradients(batch)?;
            let numbers = pending.numbers.clone().into_data_async().await;
            let numbers = numbers.map_err(|error| TrainError::Device(error.to_string()))?;
            let numbers: Vec<f32> = numbers.iter().collect();
            if !self.loss_scale.overflowed(numbers[0], numbers[1]) {
                return self.learn(pending, &numbers);
            }
        }
    }

    /// Loss and gradients of a batch, gone through in parts.
    fn gradients(&self, batch: &Batch) -> Result<Pending, TrainError> {
        let (count, size) = (batch.count, batch.size);
        let draws = Draws::new(&self.config, &self.adapted, count, size, self.step);
        let found = self.shared_gradients(batch, &draws)?;
        let norm = norm(&self.learner, &found.grads) / self.loss_scale.factor();
        let mut numbers = found.numbers;
        numbers.insert(0, norm);
        Ok(Pending {
            draws,
            grads: found.grads,
            critic: self.config.critic_at(self.pictures).map(|_| found.critic),
            numbers: Tensor::cat(numbers, 0),
            terms: found.terms,
            parts: found.parts,
            latents: (!found.latents.is_empty()).then(|| Tensor::cat(found.latents, 0)),
        })
    }

    /// Take the step whose numbers have been read.
    fn learn(&mut self, pending: Pending, numbers: &[f32]) -> Result<StepReport, TrainError> {
        let (count, step) = (pending.parts.iter().sum::<usize>(), self.step);
        let mut numbers = numbers.iter().copied();
        let mut next = || numbers.next().expect("a number for each");
        let gradient = next();
        let (mut total, mut terms, mut critic) = (0.0, [0.0; 3], [0.0; 3]);
        let (mut errors, mut latent_errors) = (Vec::new(), Vec::new());
        for &size in &pending.parts {
            let share = size as f32 / count as f32;
            total += share * next();
            for (term, present) in terms.iter_mut().zip(pending.terms) {
                *term += if present { share * next() } else { 0.0 };
            }
            if pending.critic.is_some() {
                critic.iter_mut().for_each(|sum| *sum += share * next());
            }
            if pending.terms[0] {
                errors.extend((0..size).map(|_| next()));
            }
            if pending.terms[1] {
                latent_errors.extend((0..size).map(|_| next()));
            }
        }
        if let Some(i) = terms.iter().position(|term| !term.is_finite()) {
            let cause = format!("{} ({})", TERMS[i], terms[i]);
            return Err(TrainError::NotFinite { step, cause });
        }
        if !critic.iter().all(|number| number.is_finite()) {
            let cause = format!("what the critic says ({critic:?})");
            return Err(TrainError::NotFinite { step, cause });
        }
        if !total.is_finite() {
            let cause = format!("the loss ({total})");
            return Err(TrainError::NotFinite { step, cause });
        }
        if !gradient.is_finite() {
            // Browsers cannot wait for the names to be read.
            let names = if cfg!(target_family = "wasm") {
                Vec::new()
            } else {
                not_finite(&self.learner, &pending.grads)
            };
            let cause = match names.as_slice() {
                [] => "the gradient's norm".to_owned(),
                [only] => format!("the gradient by {only}"),
                [first, rest @ ..] => {
                    format!("the gradient by {first} and {} others", rest.len())
                }
            };
            return Err(TrainError::NotFinite { step, cause });
        }

        let rate = self.config.rate(self.step, self.pictures);
        let learner = self.learner.clone();
        let factor = self.loss_scale.factor();
        let grads = clip_known(&learner, pending.grads, gradient, self.config.clip, factor);
        self.learner = self.optimizer.step(rate, learner, grads);
        if let (Some(target), Some(online)) = (self.target.take(), Target::of(&self.learner)) {
            let momentum = self.config.momentum(self.pictures);
            self.target = Some(average(target, &online, momentum));
        }
        let took_part = pending.critic.is_some();
        if let (Some(state), Some(grads), Some(settings)) =
            (&mut self.critic, pending.critic, &self.config.critic)
        {
            state.learn(settings.learning_rate, grads, [critic[1], critic[2]]);
        }
        self.loss_scale.took_a_step();
        self.step += 1;
        self.pictures += count;
        // Early on averages follow closely: after n steps over about n/10 of them.
        let early = (1 + self.step) as f64 / (10 + self.step) as f64;
        if let Some(latents) = pending.latents {
            let normaliser = &mut self.learner.networks.normaliser;
            *normaliser = normaliser.clone().follow(latents, early.min(0.99));
        }
        // Something else is put in its place, so that it is the only one and changes in place.
        let averaged = std::mem::replace(&mut self.averaged, self.learner.networks.clone());
        self.averaged = average(averaged, &self.learner.networks, self.config.ema.min(early));
        self.adapt(&pending.draws, &errors, &latent_errors);
        Ok(StepReport {
            step: self.step,
            pictures: self.pictures,
            loss: total,
            reconstruction: pending.terms[0].then_some(terms[0]),
            dsm: pending.terms[1].then_some(terms[1]),
            consistency: pending.terms[2].then_some(terms[2]),
            critic: took_part.then_some(critic[0]),
            gradient,
            rate,
        })
    }

    /// Tell the schedules what they led to.
    fn adapt(&mut self, draws: &Draws, errors: &[f32], latent_errors: &[f32]) {
        if let Some(schedule) = &mut self.adapted.pixels {
            schedule.observe(&draws.log_snr, &errors_of_x(&draws.log_snr, errors));
        }
        if let (Some(schedule), Some(draws)) = (&mut self.adapted.latents, &draws.latents) {
            schedule.observe(&draws.log_snr, &errors_of_x(&draws.log_snr, latent_errors));
        }
    }
}
