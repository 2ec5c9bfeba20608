//! Gaussian diffusion over pictures: schedules, the forward process, samplers and inversion.
//!
//! Everything is parameterised by log-SNR, `λ = ln(α²/σ²)` with `α² + σ² = 1`, never by a step
//! index, so that the grid used for sampling need not be the one used for training. Of networks
//! this module knows only [`Denoiser`].

mod adaptive;
mod sampler;
mod schedule;

pub use adaptive::{Adaptive, AdaptiveSchedule, Warped, shares};
pub use sampler::{Sampler, SamplerError, SamplerKind, Sampling};
pub use schedule::{LOG_SNR_LIMIT, NoiseSchedule, Schedule, alpha, grid, sigma};

use burn::tensor::Tensor;

/// A network that predicts `v = α·ε − σ·x` from a noisy picture.
pub trait Denoiser {
    /// # Shapes
    /// - x: `[batch, channels, height, width]` at log-SNR `log_snr`, the same for all
    /// - output: as x, the prediction of `v`
    fn predict_v(&self, x: Tensor<4>, log_snr: f64) -> Tensor<4>;
}

/// `x_t = α·x + σ·ε`: the forward process.
///
/// # Shapes
/// - x, noise: `[batch, channels, height, width]`
/// - alpha, sigma: `[batch]`, with `alpha² + sigma² = 1`
pub fn diffuse(x: Tensor<4>, noise: Tensor<4>, alpha: Tensor<1>, sigma: Tensor<1>) -> Tensor<4> {
    x * per_picture(alpha) + noise * per_picture(sigma)
}

/// `v = α·ε − σ·x`: what the network is trained to predict (Salimans and Ho 2022, §4).
///
/// # Shapes
/// As for [`diffuse`].
pub fn velocity(x: Tensor<4>, noise: Tensor<4>, alpha: Tensor<1>, sigma: Tensor<1>) -> Tensor<4> {
    noise * per_picture(alpha) - x * per_picture(sigma)
}

fn per_picture(values: Tensor<1>) -> Tensor<4> {
    let batch = values.dims()[0];
    values.reshape([batch, 1, 1, 1])
}
