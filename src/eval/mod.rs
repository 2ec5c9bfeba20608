//! What a model is worth: reconstruction against yardsticks, what the groups of a latent carry,
//! other views of a thing, and sheets to look at.

mod levels;
mod look;
mod metrics;
mod pca;
pub mod sheet;
mod views;

pub use levels::Swaps;
pub use look::{Look, RESPECTS, Travel};
pub use metrics::{Quality, psnr, ssim};
pub use pca::Pca;
pub use views::{Painted, Transfer, ViewPair, view_pairs};
