//! What a training run is: everything that decides its result but the pictures themselves.

use super::baselines::at_least_two;
use super::phase::{self, Phase};
use super::terms::{self, Closeness, Consistency, LatentDenoising, Weighting};
use super::{BaselineConfig, CriticConfig, TrainError};
use crate::data::ViewPairs;
use crate::diffusion::{Adaptive, Schedule};
use crate::latent::Interpolation;
use crate::model::{MixedPrecision, ModelConfig};
use crate::weights::Objective;
use serde::{Deserialize, Serialize};

/// Settings of a run, kept beside its checkpoints as `train.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainConfig {
    /// The networks.
    pub model: ModelConfig,
    /// Name of the model.
    pub name: String,
    /// What is minimised: SODA's loss, or a baseline's. Baselines read no `schedule`, `autoencode`
    /// and `mask`.
    pub objective: Objective,
    /// Settings of the baselines.
    pub baseline: BaselineConfig,
    /// Resolutions, in order. Early steps at a low resolution cost a fraction.
    pub phases: Vec<Phase>,
    /// How source and target are drawn.
    pub pairs: ViewPairs,
    /// Views whose pictures are never trained on, to measure the model on afterwards.
    pub held_out_views: Vec<String>,
    /// How the trained model interpolates latents; training itself has no use for it.
    pub interpolation: Interpolation,
    /// How much of a latent's error the trained model corrects, in [0, 1]; training itself has no
    /// use for it.
    pub correction: f64,
    /// Schedule that noise levels are drawn from, at uniform times.
    pub schedule: Schedule,
    /// Draw noise levels where the error changes, beginning with `schedule`.
    pub adaptive: Option<Adaptive>,
    /// How errors at different noise weigh.
    pub weighting: Weighting,
    /// Train the prior with everything else; needs `model.prior`.
    pub dsm: Option<LatentDenoising>,
    /// Pull the latents of a pair's two views together.
    pub consistency: Option<Consistency>,
    /// Sharpen reconstructions by a critic, late in the run.
    pub critic: Option<CriticConfig>,
    /// Share of targets that are pure noise instead, in [0, 1]: there the loss is a plain
    /// autoencoder's, and the encoder learns fastest.
    pub autoencode: f64,
    /// Probability that a latent group is dropped, each on its own, in [0, 1).
    pub mask: f64,
    /// Peak learning rate of AdamW (Loshchilov and Hutter 2019).
    pub learning_rate: f64,
    /// Steps over which the rate rises from 0.
    pub warmup: usize,
    /// Share of the run that stays at the peak before the rate falls along a cosine, in [0, 1).
    pub hold: f64,
    /// Share of the peak that the cosine ends at, in [0, 1].
    pub final_rate: f64,
    /// AdamW's decoupled weight decay.
    pub weight_decay: f32,
    /// Parts that a batch is gone through in, on each device that shares it, at least 1: the
    /// gradient is that of the whole batch, memory that of a part.
    pub accumulate: usize,
    /// What feature maps are stored in while training; a device that lacks it is an error.
    pub precision: MixedPrecision,
    /// Largest norm of the whole gradient.
    pub clip: f64,
    /// Decay of the moving average of weights, in [0, 1); early steps average over fewer.
    pub ema: f64,
    /// Seed of weights, noise and order.
    pub seed: u64,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            model: ModelConfig::preset("browser").expect("a preset"),
            name: "soda".to_owned(),
            objective: Objective::Soda,
            baseline: BaselineConfig::default(),
            phases: vec![Phase {
                size: 64,
                pictures: 1_000_000,
                batch: 32,
            }],
            pairs: ViewPairs::default(),
            held_out_views: Vec::new(),
            interpolation: Interpolation::default(),
            correction: 0.0,
            schedule: Schedule::Cosine,
            adaptive: None,
            weighting: Weighting::Velocity,
            dsm: None,
            consistency: None,
            critic: None,
            autoencode: 0.75,
            mask: 0.0,
            learning_rate: 1.2e-3,
            warmup: 100,
            hold: 0.3,
            final_rate: 0.01,
            weight_decay: 0.01,
            accumulate: 1,
            precision: MixedPrecision::F32,
            clip: 1.0,
            ema: 0.999,
            seed: 1,
        }
    }
}

impl TrainConfig {
    /// Pictures that the whole run sees.
    pub fn pictures(&self) -> usize {
        let pictures = self.phases.iter().map(|phase| phase.pictures);
        pictures.fold(0, usize::saturating_add)
    }

    /// The phase after `seen` pictures and the pictures left in it, or none when the run is over.
    pub fn phase(&self, seen: usize) -> Option<(Phase, usize)> {
        let mut end = 0;
        self.phases.iter().find_map(|phase| {
            end = phase.pictures.saturating_add(end);
            (seen < end).then(|| (*phase, end - seen))
        })
    }

    /// Learning rate at `step` after `seen` pictures: linear warm-up, then the peak, then a cosine
    /// over the rest of the run (Loshchilov and Hutter, *SGDR*, 2017).
    pub fn rate(&self, step: usize, seen: usize) -> f64 {
        let warm = ((step + 1) as f64 / self.warmup.max(1) as f64).min(1.0);
        let progress = (seen as f64 / self.pictures().max(1) as f64).min(1.0);
        let falling = ((progress - self.hold) / (1.0 - self.hold)).max(0.0);
        let cosine = 0.5 * (1.0 + (std::f64::consts::PI * falling).cos());
        self.learning_rate * warm * (self.final_rate + (1.0 - self.final_rate) * cosine)
    }

    /// The critic's settings, if it takes part after `seen` pictures.
    pub fn critic_at(&self, seen: usize) -> Option<&CriticConfig> {
        let progress = seen as f64 / self.pictures().max(1) as f64;
        self.critic
            .as_ref()
            .filter(|critic| progress >= critic.from)
    }

    /// Momentum of BYOL's target after `seen` pictures: from the setting to 1 along a cosine (Grill
    /// et al. 2020, §3.3).
    pub fn momentum(&self, seen: usize) -> f64 {
        let progress = (seen as f64 / self.pictures().max(1) as f64).min(1.0);
        let cosine = 0.5 * (1.0 + (std::f64::consts::PI * progress).cos());
        1.0 - (1.0 - self.baseline.byol.momentum) * cosine
    }

    /// Whether the loss of a batch is the mean of those of its parts: no term compares pictures of
    /// one batch. A critic does not count: its push is bounded in every part.
    pub fn is_divisible(&self) -> bool {
        let closeness = self.consistency.map(|consistency| consistency.closeness);
        !self.objective.is_contrastive() && closeness != Some(Closeness::Vicreg)
    }

    /// Check every range, naming the first setting that is out of it.
    pub fn validate(&self) -> Result<(), TrainError> {
        let setting = |field, reason: String| Err(TrainError::Setting { field, reason });
        self.model.validate()?;
        self.pairs.validate()?;
        self.baseline.validate()?;
        if self.phases.is_empty() || self.pictures() == 0 {
            return setting("phases", "needs at least one phase with pictures".into());
        }
        phase::check(&self.phases)?;
        for phase in &self.phases {
            self.model.validate_size(phase.size)?;
            if phase.batch == 0 {
                return setting("phases", "a batch needs at least one picture".into());
            }
            if self.objective.is_contrastive() {
                at_least_two("phases", phase.batch)?;
            }
        }
        let terms = self.dsm.is_some() || self.consistency.is_some() || self.adaptive.is_some();
        if (terms || self.critic.is_some()) && self.objective != Objective::Soda {
            let reason = "has no dsm, consistency, critic or adaptive schedule; leave them out";
            return setting("objective", format!("{} {reason}", self.objective));
        }
        terms::validate(self.weighting, self.adaptive, self.dsm, self.consistency)?;
        if let Some(critic) = &self.critic {
            critic.validate(self.phases.iter().map(|phase| phase.size))?;
        }
        if self.dsm.is_some() && self.model.prior.is_none() {
            return setting("dsm", "needs a prior to train: add `model.prior`".into());
        }
        let smallest = self.phases.iter().map(|phase| phase.batch).min();
        if !(1..=smallest.unwrap_or(1)).contains(&self.accumulate) {
            let reason = "needs 1 to the pictures of the smallest batch";
            return setting("accumulate", format!("is {}, {reason}", self.accumulate));
        }
        for (field, value, least, below) in [
            ("autoencode", self.autoencode, 0.0, 1.0 + 1e-9),
            ("mask", self.mask, 0.0, 1.0),
            ("learning_rate", self.learning_rate, 1e-9, 1.0),
            ("hold", self.hold, 0.0, 1.0),
            ("final_rate", self.final_rate, 0.0, 1.0 + 1e-9),
            ("weight_decay", self.weight_decay as f64, 0.0, 1.0),
            ("clip", self.clip, 1e-6, 1e6),
            ("ema", self.ema, 0.0, 1.0),
        ] {
            if !(least..below).contains(&value) {
                return setting(field, format!("is {value}, needs {least} to {below:.0}"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> TrainConfig {
        TrainConfig {
            phases: vec!["32:1000:10".parse().unwrap(), "64:500:5".parse().unwrap()],
            warmup: 10,
            hold: 0.0,
            ..TrainConfig::default()
        }
    }

    #[test]
    fn phases_follow_one_another() {
        let config = config();
        assert_eq!(config.phase(0).unwrap(), (config.phases[0], 1000));
        assert_eq!(config.phase(999).unwrap(), (config.phases[0], 1));
        assert_eq!(config.phase(1000).unwrap(), (config.phases[1], 500));
        assert_eq!(config.phase(1500), None);
    }

    #[test]
    fn the_rate_warms_up_and_then_falls() {
        let config = config();
        assert!((config.rate(4, 0) - 0.5 * config.learning_rate).abs() < 1e-9);
        let rates: Vec<f64> = (0..=15).map(|i| config.rate(1000, i * 100)).collect();
        assert!(rates.windows(2).all(|w| w[0] > w[1]));
        assert!((rates[15] / config.learning_rate - config.final_rate).abs() < 1e-9);
    }

    #[test]
    fn the_momentum_rises_to_one() {
        let config = config();
        assert!((config.momentum(0) - 0.99).abs() < 1e-12);
        assert!((config.momentum(750) - 0.995).abs() < 1e-12);
        assert!((config.momentum(1500) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn views_are_compared_within_batches_of_two_or_more() {
        let wrong = TrainConfig {
            objective: Objective::VicReg,
            phases: vec!["32:10:1".parse().unwrap()],
            ..config()
        };
        let error = wrong.validate().unwrap_err().to_string();
        assert!(error.contains("needs 2 or more"), "{error}");
        let wrong = r#"{"baseline": {"simclr": {"temprature": 1}}}"#;
        assert!(serde_json::from_str::<TrainConfig>(wrong).is_err());
        let zero = r#"{"baseline": {"simclr": {"temperature": 0}}}"#;
        let zero: TrainConfig = serde_json::from_str(zero).unwrap();
        let error = zero.validate().unwrap_err().to_string();
        assert!(
            error.contains("baseline.simclr.temperature: is 0"),
            "{error}"
        );
    }

    #[test]
    fn settings_out_of_range_are_named() {
        let wrong = TrainConfig {
            mask: 1.0,
            ..config()
        };
        assert!(
            wrong
                .validate()
                .unwrap_err()
                .to_string()
                .starts_with("train: mask: is 1")
        );
        let wrong = TrainConfig {
            phases: vec!["48:10:1".parse().unwrap()],
            ..config()
        };
        assert!(wrong.validate().is_err());
        assert!("32:x:1".parse::<Phase>().unwrap_err().contains("\"x\""));
        config().validate().unwrap();
    }
}
