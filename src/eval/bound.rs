//! How unusual a latent is to the prior.

use crate::diffusion::{LOG_SNR_LIMIT, alpha, sigma};
use crate::engine::{RequestError, values};
use crate::model::Prior;
use crate::recognition::Rows;
use burn::tensor::{Device, Tensor, TensorData};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Latents at a time.
const BATCH: usize = 256;

/// An upper bound on `−ln p(z)` in nats, of every row: the variational bound of a diffusion model
/// in continuous time (Kingma et al., *Variational Diffusion Models*, 2021, eq. 12 and appendix E),
///
/// `KL(q(z_λ₋ | z) ‖ N(0, I)) + ½·∫ E‖ε − ε̂(z_λ, λ)‖² dλ + E[−ln p(z | z_λ₊)]`,
///
/// with λ the log-SNR from `λ₋ = −10` to `λ₊ = 10`. The integral is a sum over `points` log-SNRs,
/// the middles of as many equal parts; every latent meets the same noise there, drawn from `seed`,
/// and its mirror image, so that differences between latents are not differences between draws.
/// `½·∫ α⁴·(‖ε‖² − D) dλ`, whose mean is 0, is taken away, which is most of what the draws change.
///
/// # Shapes
/// - rows: `[N, D]`, normalised latents
/// - output: `N`
///
/// # Errors
/// [`RequestError::Device`].
pub fn prior_bound(
    prior: &Prior,
    rows: &Rows,
    points: usize,
    seed: u64,
    device: &Device,
    on_rows: &mut dyn FnMut(usize),
) -> Result<Vec<f64>, RequestError> {
    let width = rows.width();
    let (low, high) = (-LOG_SNR_LIMIT, LOG_SNR_LIMIT);
    let step = (high - low) / points as f64;
    let rng = ChaCha8Rng::seed_from_u64(seed);
    let noise: Vec<f32> = StandardNormal
        .sample_iter(rng)
        .take(points * width)
        .collect();
    let log_snrs: Vec<f64> = (0..points).map(|k| low + (k as f64 + 0.5) * step).collect();
    let excess = log_snrs
        .iter()
        .zip(noise.chunks_exact(width))
        .map(|(&log_snr, noise)| {
            let squares: f64 = noise.iter().map(|&v| f64::from(v).powi(2)).sum();
            0.5 * step * alpha(log_snr).powi(4) * (squares - width as f64)
        });
    let excess: f64 = excess.sum();
    let mut bounds = Vec::with_capacity(rows.len());
    for part in rows.values().chunks(BATCH * width) {
        let n = part.len() / width;
        let z = Tensor::<2>::from_data(TensorData::new(part.to_vec(), [n, width]), device);
        let mut sums = Tensor::<2>::zeros([n, 1], device);
        for (&log_snr, noise) in log_snrs.iter().zip(noise.chunks_exact(width)) {
            let (a, s) = (alpha(log_snr), sigma(log_snr));
            let noise = Tensor::<1>::from_floats(noise, device).unsqueeze::<2>();
            for sign in [1.0, -1.0] {
                let noise = noise.clone() * sign;
                let noisy = z.clone() * a + noise.clone() * s;
                let v = prior.forward(noisy, Tensor::full([n], log_snr, device));
                // ε − ε̂ = α·(v − v̂).
                let error = noise * a - z.clone() * s - v;
                sums = sums + error.square().sum_dim(1) * (0.25 * step * a * a);
            }
        }
        for (row, sum) in part.chunks_exact(width).zip(values(sums)?) {
            let squares: f64 = row.iter().map(|&v| f64::from(v).powi(2)).sum();
            bounds.push(f64::from(sum) - excess + ends(squares, width as f64, low, high));
        }
        on_rows(bounds.len());
    }
    Ok(bounds)
}

/// What the bound has at its two ends, for a latent of squared length `squares`.
fn ends(squares: f64, width: f64, low: f64, high: f64) -> f64 {
    let (a, variance) = (alpha(low), sigma(low).powi(2));
    let divergence = 0.5 * (a * a * squares + width * (variance - 1.0 - variance.ln()));
    // p(z | z_λ) is Gaussian around z_λ/α with variance e^(−λ), so this does not depend on z.
    let entropy = 0.5 * width * ((2.0 * std::f64::consts::PI).ln() + 1.0 - high);
    divergence + entropy
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;
    use crate::model::{ModelConfig, PriorConfig};

    /// A fresh prior predicts `v = 0`, which is best for latents distributed as N(0, I): the bound
    /// is then `−ln N(z; 0, I) = ½‖z‖² + D/2·ln 2π`.
    #[test]
    fn for_gaussian_latents_the_bound_is_their_likelihood() {
        let device = Device::flex();
        let config = ModelConfig {
            groups: vec![4, 2, 2],
            ..ModelConfig::preset("tiny").unwrap()
        };
        let shape = PriorConfig {
            widths: vec![8, 4],
            embedding: 8,
            ..PriorConfig::default()
        };
        let prior = Prior::new(&config, &shape, &device);
        let rows: Vec<f32> = (0..3 * 8).map(|i| (i as f32 * 1.7).sin() * 1.5).collect();
        let rows = Rows::new(rows, 8);
        let bounds = prior_bound(&prior, &rows, 400, 1, &device, &mut |_| ()).unwrap();
        for (row, bound) in rows.iter().zip(bounds) {
            let squares: f64 = row.iter().map(|&v| f64::from(v).powi(2)).sum();
            let wanted = 0.5 * squares + 4.0 * (2.0 * std::f64::consts::PI).ln();
            assert!((bound - wanted).abs() < 0.01, "{bound}, {wanted}");
        }
    }

    #[test]
    fn a_row_scores_the_same_in_any_company() {
        let device = Device::flex();
        let config = ModelConfig::preset("tiny").unwrap();
        let shape = PriorConfig {
            widths: vec![8, 4],
            embedding: 8,
            ..PriorConfig::default()
        };
        let prior = Prior::new(&config, &shape, &device);
        let width = config.latent();
        let rows = Rows::new((0..300 * width).map(|i| (i as f32).cos()).collect(), width);
        let all = prior_bound(&prior, &rows, 4, 1, &device, &mut |_| ()).unwrap();
        let one = prior_bound(&prior, &rows.chosen(&[299]), 4, 1, &device, &mut |_| ()).unwrap();
        assert!((all[299] - one[0]).abs() < 1e-3);
    }
}
