//! Training: the objective, the optimiser and EMA, the step, checkpoints.
//!
//! ```text
//!   Prefetcher ─► Batch ─► Trainer::step ─► loss ─► backward ─► clip ─► AdamW ─► EMA
//!                             ▲                                              │
//!                    Draws (noise, log-SNR, masks), seeded by step           ▼
//!                                                     Checkpoint, sheets, exported weights
//! ```
//!
//! The loss is SODA's ([`loss`]) or a baseline's (`baselines`), as the settings' objective says.
//! The step itself ([`Trainer`]) needs no files or clock, and threads only where several devices
//! share a batch ([`Trainer::with_replicas`]), so the browser can run it too; [`run`](run::run) is
//! the native loop around it, and [`ranks`] are processes that train together.

mod adamw;
mod baselines;
mod batch_gradients;
#[cfg(feature = "cli")]
mod board;
mod checkpoint;
mod config;
mod consistency;
mod critic;
mod draws;
mod ema;
mod fine_tune;
mod gradients;
pub mod losses;
mod objective;
#[cfg(feature = "cli")]
mod origin;
mod part;
mod phase;
mod prior;
#[cfg(feature = "cli")]
pub mod ranks;
mod renderer;
mod replicas;
#[cfg(feature = "cli")]
pub mod run;
mod scale;
#[cfg(feature = "cli")]
mod schedules_chart;
mod terms;
mod trainer;

pub use baselines::{BaselineConfig, ByolConfig, SimClrConfig, VaeConfig, VicRegConfig};
pub use checkpoint::{Checkpoint, latest_checkpoints};
pub use config::TrainConfig;
pub use critic::CriticConfig;
pub use draws::{Adapted, Draws, LatentDraws};
pub use fine_tune::{FineTune, FineTuning, MOST_PICTURES, Taught};
pub use objective::{Loss, loss};
#[cfg(feature = "cli")]
pub use origin::Origin;
pub use phase::Phase;
pub use prior::{PriorReport, PriorTraining, train_prior};
pub use renderer::{Painted, RendererReport, RendererTraining, train_renderer};
pub use scale::LossScale;
#[cfg(feature = "cli")]
pub use schedules_chart::schedules_chart;
pub use terms::{Closeness, Consistency, DsmGradient, LatentDenoising, Weighting};
pub use trainer::{StepReport, Trainer};

use crate::data::DataError;
use crate::model::ConfigError;
use crate::weights::WeightsError;
use std::path::PathBuf;

/// Why training cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A setting of the networks.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A setting of training.
    #[error("train: {field}: {reason}")]
    Setting {
        /// The setting.
        field: &'static str,
        /// What is wrong with it and what would be right.
        reason: String,
    },
    /// Pictures.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Writing weights.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// A loss or a gradient that is no number.
    #[error(
        "train: {cause} is no number at step {step}; what was learnt before is kept. Lower the \
         learning rate"
    )]
    NotFinite {
        /// The step.
        step: usize,
        /// The term of the loss, or the parameters by whose gradients it went wrong.
        cause: String,
    },
    /// The device gave no result back.
    #[error("train: the device gave no result back: {0}")]
    Device(String),
    /// What another rank could not do; all ranks say the same.
    #[error("rank {rank}: {reason}")]
    Rank {
        /// Which one.
        rank: usize,
        /// What it said.
        reason: String,
    },
    /// Ranks that would not train the same thing; all ranks say the same.
    #[error("{reason}")]
    Unlike {
        /// What differs, with both sides, and the remedy.
        reason: String,
    },
    /// A checkpoint that cannot be read.
    #[error("{path}: {reason}", path = path.display())]
    Checkpoint {
        /// The checkpoint.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A run folder that already holds a run, or holds none to resume.
    #[error("{path}: {reason}", path = path.display())]
    Run {
        /// The run folder.
        path: PathBuf,
        /// What is in the way, and the remedy.
        reason: String,
    },
    /// The file system.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl TrainError {
    /// All ranks have it, at the same step: none needs to be told.
    pub fn is_shared(&self) -> bool {
        matches!(
            self,
            Self::NotFinite { .. } | Self::Rank { .. } | Self::Unlike { .. }
        )
    }
}
