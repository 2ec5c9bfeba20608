//! Settings of the terms of the objective, `L = L_recon + λ·L_dsm + μ·L_consistency`.

use super::TrainError;
use crate::diffusion::{Adaptive, Schedule, alpha, sigma};
use serde::{Deserialize, Serialize};

/// How errors at different noise weigh in `L_recon`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weighting {
    /// Uniform in `v` (Salimans and Ho 2022, §4: "SNR+1").
    #[default]
    Velocity,
    /// `min(SNR, γ)` on the error of `x̂` (Hang et al., *Efficient Diffusion Training via Min-SNR
    /// Weighting Strategy*, 2023, §3.4), which is `min(SNR, γ)/(SNR + 1)` on that of `v`.
    MinSnr {
        /// The largest weight, `γ > 0`; the paper's is 5.
        gamma: f64,
    },
    /// `sigmoid(b − log-SNR)` on the error of `ε̂` (Kingma and Gao, *Understanding Diffusion
    /// Objectives as the ELBO with Simple Data Augmentation*, 2023), which is
    /// `sigmoid(b − log-SNR)·α²` on that of `v`.
    Sigmoid {
        /// Where the weight is half, in log-SNR; Hoogeboom et al. 2024 take −3 to −1 for larger
        /// pictures.
        bias: f64,
    },
}

impl Weighting {
    /// Weight of the squared error of `v` at this log-SNR.
    pub fn of(self, log_snr: f64) -> f64 {
        match self {
            Self::Velocity => 1.0,
            Self::MinSnr { gamma } => log_snr.exp().min(gamma) / (log_snr.exp() + 1.0),
            Self::Sigmoid { bias } => alpha(bias - log_snr).powi(2) * alpha(log_snr).powi(2),
        }
    }
}

/// Whether the gradient of `L_dsm` reaches the encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DsmGradient {
    /// It does: latents become easy to denoise.
    Flow,
    /// It stops at the latents: the prior learns beside the autoencoder and leaves it alone.
    #[default]
    Stop,
}

/// `L_dsm`: diffusion in the space of latents, trained with everything else.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LatentDenoising {
    /// The weight `λ`, at least 0.
    pub lambda: f64,
    /// Whether it reaches the encoder.
    pub gradient: DsmGradient,
    /// Schedule that noise levels of latents are drawn from.
    pub schedule: Schedule,
    /// Draw them where the error changes.
    pub adaptive: Option<Adaptive>,
}

impl Default for LatentDenoising {
    fn default() -> Self {
        Self {
            lambda: 0.1,
            gradient: DsmGradient::Stop,
            schedule: Schedule::Cosine,
            adaptive: None,
        }
    }
}

/// What makes two latents close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closeness {
    /// `1 − cos(z, z')`.
    #[default]
    Cosine,
    /// Mean squared distance.
    Mse,
    /// VICReg (Bardes, Ponce and LeCun 2022): mean squared distance, and besides a hinge that
    /// keeps the deviation of each number at 1 or above and a penalty on covariances, so that
    /// latents cannot all become one.
    Vicreg,
}

/// `L_consistency`: the two views of a pair should have close latents.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Consistency {
    /// The weight `μ`, at least 0.
    pub mu: f64,
    /// What is close.
    pub closeness: Closeness,
}

impl Default for Consistency {
    fn default() -> Self {
        Self {
            mu: 0.1,
            closeness: Closeness::Cosine,
        }
    }
}

/// Check the ranges of all terms.
pub(super) fn validate(
    weighting: Weighting,
    adaptive: Option<Adaptive>,
    dsm: Option<LatentDenoising>,
    consistency: Option<Consistency>,
) -> Result<(), TrainError> {
    let check = |field, value: f64, fits: bool, needs: &str| {
        if fits {
            Ok(())
        } else {
            Err(TrainError::Setting {
                field,
                reason: format!("is {value}, needs {needs}"),
            })
        }
    };
    let weight = |field, value: f64| {
        let fits = value.is_finite() && value >= 0.0;
        check(field, value, fits, "a number that is not below 0")
    };
    match weighting {
        Weighting::Velocity => {}
        Weighting::MinSnr { gamma } => {
            let fits = gamma.is_finite() && gamma > 0.0;
            check("weighting.min_snr.gamma", gamma, fits, "a number above 0")?;
        }
        Weighting::Sigmoid { bias } => {
            let fits = bias.abs() <= 20.0;
            check("weighting.sigmoid.bias", bias, fits, "-20 to 20")?;
        }
    }
    for adaptive in [adaptive, dsm.and_then(|dsm| dsm.adaptive)]
        .into_iter()
        .flatten()
    {
        let (floor, decay) = (adaptive.floor, adaptive.decay);
        check(
            "adaptive.floor",
            floor,
            (0.0..=1.0).contains(&floor),
            "0 to 1",
        )?;
        check(
            "adaptive.decay",
            decay,
            (0.0..1.0).contains(&decay),
            "0 to below 1",
        )?;
    }
    if let Some(dsm) = dsm {
        weight("dsm.lambda", dsm.lambda)?;
    }
    if let Some(consistency) = consistency {
        weight("consistency.mu", consistency.mu)?;
    }
    Ok(())
}

/// Squared errors of `x̂` from those of `v`: `‖x − x̂‖² = σ²·‖v − v̂‖²`.
pub(super) fn errors_of_x(log_snr: &[f64], errors_of_v: &[f32]) -> Vec<f64> {
    let pairs = log_snr.iter().zip(errors_of_v);
    pairs
        .map(|(&at, &error)| sigma(at).powi(2) * error as f64)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights as the papers give them, on the errors of `x̂` and `ε̂`, against ours on `v`:
    /// `‖x − x̂‖² = σ²·‖v − v̂‖²`, `‖ε − ε̂‖² = α²·‖v − v̂‖²`.
    #[test]
    fn weightings_are_those_of_their_papers() {
        for log_snr in [-9.0, -2.0, 0.0, 0.7, 1.6, 5.0, 9.0f64] {
            let (snr, s2, a2) = (
                log_snr.exp(),
                sigma(log_snr).powi(2),
                alpha(log_snr).powi(2),
            );
            let close = |found: f64, wanted: f64| assert!((found - wanted).abs() < 1e-9);
            close(
                Weighting::MinSnr { gamma: 5.0 }.of(log_snr),
                snr.min(5.0) * s2,
            );
            let sigmoid = 1.0 / (1.0 + (log_snr + 1.0).exp());
            close(Weighting::Sigmoid { bias: -1.0 }.of(log_snr), sigmoid * a2);
            close(Weighting::Velocity.of(log_snr), (snr + 1.0) * s2);
        }
    }

    #[test]
    fn settings_read_as_documented() {
        let read = |json| serde_json::from_str::<Weighting>(json).unwrap();
        assert_eq!(read(r#""velocity""#), Weighting::Velocity);
        assert_eq!(
            read(r#"{"min_snr": {"gamma": 5}}"#),
            Weighting::MinSnr { gamma: 5.0 }
        );
        let dsm: LatentDenoising = serde_json::from_str(r#"{"gradient": "flow"}"#).unwrap();
        assert_eq!((dsm.gradient, dsm.lambda), (DsmGradient::Flow, 0.1));
        let wrong = Weighting::MinSnr { gamma: 0.0 };
        let error = validate(wrong, None, None, None).unwrap_err();
        assert!(error.to_string().contains("weighting.min_snr.gamma: is 0"));
    }
}
