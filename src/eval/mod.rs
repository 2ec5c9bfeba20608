//! What a model is worth: reconstruction against yardsticks, what the groups of a latent carry,
//! other views of a thing, how far drawn pictures are from real ones, curves of training, and
//! sheets to look at.

mod curves;
mod distance;
mod levels;
mod look;
mod metrics;
mod pca;
pub mod plot;
mod schedules;
pub mod sheet;
mod views;

pub use curves::{Curves, CurvesError, curves_chart, read_curves};
pub use distance::{Features, frechet_distance, kernel_distance};
pub use levels::Swaps;
pub use look::{Look, RESPECTS, Travel};
pub use metrics::{Quality, psnr, ssim};
pub use pca::Pca;
pub use schedules::schedules_chart;
pub use views::{Painted, Transfer, ViewPair, view_pairs};
