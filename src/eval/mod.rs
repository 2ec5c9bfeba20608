//! What a model is worth: reconstruction against yardsticks, what the groups of a latent carry, and
//! sheets to look at.

mod levels;
mod look;
mod metrics;
mod pca;
pub mod sheet;

pub use levels::Swaps;
pub use look::{Look, RESPECTS, Travel};
pub use metrics::{Quality, psnr, ssim};
pub use pca::Pca;
