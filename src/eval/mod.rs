//! What a model is worth: reconstruction against yardsticks, what the groups of a latent carry,
//! other views of a thing, how far drawn pictures are from real ones, what can be recognised from
//! latents, curves of training, and sheets to look at.
//!
//! Protocols on representations work on [`Encoded`] pictures, rows of numbers that are computed once;
//! those on recognition turn them into a [`Task`].

mod accuracy;
mod auroc;
mod curves;
mod distance;
mod encoded;
mod few_shot;
mod labels;
mod levels;
mod logistic;
mod look;
mod metrics;
mod neighbours;
mod pca;
pub mod plot;
mod probe;
mod rows;
mod schedules;
pub mod sheet;
mod task;
mod views;

pub use accuracy::Accuracy;
pub use auroc::auroc;
pub use curves::{Curves, CurvesError, curves_chart, read_curves};
pub use distance::{Features, frechet_distance, kernel_distance};
pub use encoded::{About, Encoded};
pub use few_shot::{FewShot, Spread, few_shot};
pub use labels::LabelSource;
pub use levels::Swaps;
pub use logistic::Logistic;
pub use look::{Look, RESPECTS, Travel};
pub use metrics::{Quality, psnr, ssim};
pub use neighbours::{Near, Nearness, neighbours, vote};
pub use pca::Pca;
pub use probe::{ProbeOptimiser, ProbeSettings, linear_probe};
pub use rows::{Moments, Rows};
pub use schedules::schedules_chart;
pub use task::{HeldOut, Labelled, Task, TaskError};
pub use views::{Painted, Transfer, ViewPair, view_pairs};
