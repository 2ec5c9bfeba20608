//! What a model is worth: reconstruction against yardsticks, and sheets to look at.

mod metrics;
mod pca;
pub mod plot;
mod schedules;
pub mod sheet;

pub use metrics::{Quality, psnr, ssim};
pub use pca::Pca;
pub use schedules::schedules_chart;
