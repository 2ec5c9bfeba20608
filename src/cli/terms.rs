//! Options of `soda train` that name the terms of the objective.

use crate::diffusion::{Adaptive, Schedule};
use crate::model::{MixedPrecision, PriorConfig};
use crate::train::{Closeness, Consistency, DsmGradient, LatentDenoising, TrainConfig, Weighting};
use clap::Args;
use serde::de::DeserializeOwned;

/// The terms of the objective, `L = L_recon + λ·L_dsm + μ·L_consistency`.
#[derive(Debug, Args)]
pub struct TermArgs {
    /// Schedule that noise levels are drawn from: inverted_cosine, cosine, linear.
    #[arg(long, value_parser = named::<Schedule>)]
    schedule: Option<Schedule>,
    /// Draw noise levels where the error changes, beginning with the schedule.
    #[arg(long)]
    adaptive: bool,
    /// How errors weigh: velocity, min_snr:GAMMA, sigmoid:BIAS.
    #[arg(long, value_parser = weighting)]
    weighting: Option<Weighting>,
    /// Weight of the prior's loss; trains a prior with everything else.
    #[arg(long)]
    lambda: Option<f64>,
    /// Whether the prior's gradient reaches the encoder: flow, stop.
    #[arg(long, value_parser = named::<DsmGradient>)]
    dsm_gradient: Option<DsmGradient>,
    /// Weight of the distance between the latents of two views.
    #[arg(long)]
    mu: Option<f64>,
    /// What that distance is: cosine, mse, vicreg.
    #[arg(long, value_parser = named::<Closeness>)]
    consistency: Option<Closeness>,
    /// Probability that a latent group is dropped.
    #[arg(long)]
    mask: Option<f64>,
    /// Parts that a batch is gone through in, which bounds memory.
    #[arg(long)]
    accumulate: Option<usize>,
    /// What feature maps are stored in, on devices that have it: f32, f16, bf16. On a CPU bf16 is
    /// what 3×3 convolutions multiply, which is faster where it has `avx512_bf16`.
    #[arg(long)]
    precision: Option<MixedPrecision>,
}

impl TermArgs {
    /// Put what was given on top of `config`.
    pub fn apply(&self, config: &mut TrainConfig) {
        config.schedule = self.schedule.unwrap_or(config.schedule);
        config.weighting = self.weighting.unwrap_or(config.weighting);
        config.mask = self.mask.unwrap_or(config.mask);
        config.accumulate = self.accumulate.unwrap_or(config.accumulate);
        config.precision = self.precision.unwrap_or(config.precision);
        if self.adaptive {
            config.adaptive.get_or_insert_with(Adaptive::default);
        }
        if self.lambda.is_some() || self.dsm_gradient.is_some() {
            let dsm = config.dsm.get_or_insert_with(LatentDenoising::default);
            dsm.lambda = self.lambda.unwrap_or(dsm.lambda);
            dsm.gradient = self.dsm_gradient.unwrap_or(dsm.gradient);
            if self.adaptive {
                dsm.adaptive.get_or_insert_with(Adaptive::default);
            }
            config.model.prior.get_or_insert_with(PriorConfig::default);
        }
        if self.mu.is_some() || self.consistency.is_some() {
            let consistency = config.consistency.get_or_insert_with(Consistency::default);
            consistency.mu = self.mu.unwrap_or(consistency.mu);
            consistency.closeness = self.consistency.unwrap_or(consistency.closeness);
        }
    }
}

/// A setting by the name that JSON has for it.
fn named<T: DeserializeOwned>(name: &str) -> Result<T, String> {
    serde_json::from_value(name.into()).map_err(|error| error.to_string())
}

/// `velocity`, `min_snr:5` or `sigmoid:-1`.
fn weighting(text: &str) -> Result<Weighting, String> {
    let number = |text: &str| {
        let number = text.parse::<f64>();
        number.map_err(|_| format!("{text:?} is no number"))
    };
    match text.split_once(':') {
        None if text == "velocity" => Ok(Weighting::Velocity),
        Some(("min_snr", gamma)) => Ok(Weighting::MinSnr {
            gamma: number(gamma)?,
        }),
        Some(("sigmoid", bias)) => Ok(Weighting::Sigmoid {
            bias: number(bias)?,
        }),
        _ => Err(format!(
            "{text:?} is not velocity, min_snr:GAMMA or sigmoid:BIAS"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weightings_are_read_by_name() {
        assert_eq!(weighting("velocity").unwrap(), Weighting::Velocity);
        assert_eq!(
            weighting("min_snr:5").unwrap(),
            Weighting::MinSnr { gamma: 5.0 }
        );
        assert_eq!(
            weighting("sigmoid:-1.5").unwrap(),
            Weighting::Sigmoid { bias: -1.5 }
        );
        assert!(weighting("min_snr").unwrap_err().contains("GAMMA"));
        assert!(weighting("sigmoid:x").unwrap_err().contains("\"x\""));
        assert_eq!(named("flow"), Ok(DsmGradient::Flow));
        assert!(
            named::<Schedule>("sine")
                .unwrap_err()
                .contains("inverted_cosine")
        );
    }
}
