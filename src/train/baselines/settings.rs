//! Settings of the baselines, each with the defaults of its paper where they fit latents of 256
//! numbers and short runs.

use crate::train::TrainError;
use crate::train::losses::VicRegWeights;
use serde::{Deserialize, Serialize};

/// Settings of every objective but SODA's own; a run reads those of its own objective.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BaselineConfig {
    /// For `simclr`.
    pub simclr: SimClrConfig,
    /// For `byol`.
    pub byol: ByolConfig,
    /// For `vicreg`.
    pub vicreg: VicRegConfig,
    /// For `vae`.
    pub vae: VaeConfig,
}

/// Settings of SimCLR.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SimClrConfig {
    /// Widths of the projector's layers, the last one being its output.
    pub projector: Vec<usize>,
    /// Temperature `τ`, above 0.
    pub temperature: f64,
}

impl Default for SimClrConfig {
    /// An output of 128 numbers and the temperature that suits CIFAR-10 (Chen et al. 2020, §4.2 and
    /// appendix B.9).
    fn default() -> Self {
        Self {
            projector: vec![512, 128],
            temperature: 0.5,
        }
    }
}

/// Settings of BYOL.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ByolConfig {
    /// Widths of the projector's layers, the last one being its output.
    pub projector: Vec<usize>,
    /// Widths of the predictor's hidden layers; its output is as wide as the projector's.
    pub predictor: Vec<usize>,
    /// Momentum of the target at the start, in [0, 1]; it rises to 1 along a cosine.
    pub momentum: f64,
}

impl Default for ByolConfig {
    /// An output of 256 numbers (Grill et al. 2020, §3.3), narrower hidden layers than the paper's
    /// 4096, and its momentum for runs of 100 to 300 epochs.
    fn default() -> Self {
        Self {
            projector: vec![1024, 256],
            predictor: vec![1024],
            momentum: 0.99,
        }
    }
}

/// Settings of VICReg.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VicRegConfig {
    /// Widths of the expander's layers, the last one being its output.
    pub projector: Vec<usize>,
    /// Weights of the three terms.
    pub weights: VicRegWeights,
}

impl Default for VicRegConfig {
    /// Three layers, four times as wide as a latent of 256 (Bardes et al. 2022, §4: 8192 for one of
    /// 2048).
    fn default() -> Self {
        Self {
            projector: vec![1024, 1024, 1024],
            weights: VicRegWeights::default(),
        }
    }
}

/// Settings of the VAE.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VaeConfig {
    /// Weight of the KL divergence, at least 0. It is the variance that pixels have given the
    /// latent.
    pub beta: f64,
}

impl Default for VaeConfig {
    fn default() -> Self {
        Self { beta: 0.1 }
    }
}

impl BaselineConfig {
    /// Check every range, naming the first setting that is out of it.
    pub(in crate::train) fn validate(&self) -> Result<(), TrainError> {
        let widths = |field, widths: &[usize], least| {
            let fit = widths.len() >= least && widths.iter().all(|w| (1..=65_536).contains(w));
            let reason = format!("is {widths:?}, needs {least} or more widths from 1 to 65536");
            check(field, fit, reason)
        };
        widths("baseline.simclr.projector", &self.simclr.projector, 1)?;
        widths("baseline.byol.projector", &self.byol.projector, 1)?;
        widths("baseline.byol.predictor", &self.byol.predictor, 0)?;
        widths("baseline.vicreg.projector", &self.vicreg.projector, 1)?;
        let weights = &self.vicreg.weights;
        for (field, value, least, most) in [
            (
                "baseline.simclr.temperature",
                self.simclr.temperature,
                1e-3,
                1e3,
            ),
            ("baseline.byol.momentum", self.byol.momentum, 0.0, 1.0),
            (
                "baseline.vicreg.weights.invariance",
                weights.invariance,
                0.0,
                1e6,
            ),
            (
                "baseline.vicreg.weights.variance",
                weights.variance,
                0.0,
                1e6,
            ),
            (
                "baseline.vicreg.weights.covariance",
                weights.covariance,
                0.0,
                1e6,
            ),
            ("baseline.vae.beta", self.vae.beta, 0.0, 1e6),
        ] {
            let fit = (least..=most).contains(&value);
            check(field, fit, format!("is {value}, needs {least} to {most}"))?;
        }
        Ok(())
    }
}

fn check(field: &'static str, fit: bool, reason: String) -> Result<(), TrainError> {
    if fit {
        Ok(())
    } else {
        Err(TrainError::Setting { field, reason })
    }
}

/// An error that names `field` where `batch` is 1.
pub(crate) fn at_least_two(field: &'static str, batch: usize) -> Result<(), TrainError> {
    match batch {
        2.. => Ok(()),
        _ => Err(TrainError::Setting {
            field,
            reason: format!("a batch of {batch} has no two pictures to compare; needs 2 or more"),
        }),
    }
}
