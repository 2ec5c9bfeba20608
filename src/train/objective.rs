//! The training objective.
//!
//! `L_recon = E w(t)·‖x − x̂(x_t, t, z)‖²` with `w = 1/σ²`, which makes it the squared error of `v`:
//! `x̂ = α·x_t − σ·v̂`, so `‖x − x̂‖² = σ²·‖v − v̂‖²` (Salimans and Ho 2022, §4). `z` comes from the
//! source view and `x` is the target view. Each group of `z` is dropped on its own, which trains
//! classifier-free guidance and makes every level useful alone (Hudson et al. 2024, §3.2).
//!
//! Where a target is known to lie between two pictures, `z` is mixed from the latents of those two:
//! the straight way between latents is taught to be the way between pictures.

use super::TrainConfig;
use crate::data::Batch;
use crate::diffusion::{LOG_SNR_LIMIT, NoiseSchedule, alpha, diffuse, sigma, velocity};
use crate::model::{Autoencoder, Condition};
use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Everything random about a step's loss, from the host so that backends agree.
#[derive(Debug, Clone, PartialEq)]
pub struct Draws {
    /// log-SNR of each target, `[B]`.
    pub log_snr: Vec<f64>,
    /// Noise `ε`, `[B, 3, S, S]`.
    pub noise: Vec<f32>,
    /// Which latent groups are kept, `[B, L + 1]`.
    pub keep: Vec<f32>,
}

impl Draws {
    /// The draws of step `step`, which depend on nothing but it, the seed and the settings.
    pub fn new(config: &TrainConfig, batch: usize, size: usize, step: usize) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(config.seed ^ 0x6472_6177);
        rng.set_stream(step as u64);
        // One time in each of `batch` equal strata: the loss varies less between steps.
        let offset: f64 = rng.random();
        let log_snr = (0..batch)
            .map(|i| {
                let t = (i as f64 + offset) / batch as f64;
                match rng.random_bool(config.autoencode) {
                    true => -LOG_SNR_LIMIT,
                    false => config.schedule.log_snr(t),
                }
            })
            .collect();
        let keep = (0..batch * config.model.groups.len())
            .map(|_| {
                if rng.random_bool(config.mask) {
                    0.0
                } else {
                    1.0
                }
            })
            .collect();
        let noise = StandardNormal.sample_iter(&mut rng);
        Self {
            log_snr,
            noise: noise.take(batch * 3 * size * size).collect(),
            keep,
        }
    }
}

/// The mean loss of a batch, `[1]`.
pub fn loss(networks: &Autoencoder, batch: &Batch, draws: &Draws, device: &Device) -> Tensor<1> {
    let (b, s) = (batch.count, batch.size);
    let picture = |values: &[f32]| {
        Tensor::<4>::from_data(TensorData::new(values.to_vec(), [b, 3, s, s]), device)
    };
    let per_picture = |f: fn(f64) -> f64| {
        let values: Vec<f32> = draws.log_snr.iter().map(|&l| f(l) as f32).collect();
        Tensor::<1>::from_floats(values.as_slice(), device)
    };
    let (alpha, sigma) = (per_picture(alpha), per_picture(sigma));
    let (target, noise) = (picture(&batch.target), picture(&draws.noise));
    let noisy = diffuse(target.clone(), noise.clone(), alpha.clone(), sigma.clone());
    let wanted = velocity(target, noise, alpha, sigma);

    let labels: Vec<i64> = batch.labels.iter().map(|&label| label as i64).collect();
    let groups = draws.keep.len() / b;
    let keep = Tensor::from_data(TensorData::new(draws.keep.clone(), [b, groups]), device);
    let z = latents(&|x| networks.encode(x), batch, device);
    let condition = Condition {
        log_snr: per_picture(|l| l),
        steering: networks.steer(z, Some(keep), s),
        view: Some(Tensor::<1, Int>::from_data(labels.as_slice(), device)),
    };
    let v = networks.unet.forward(noisy, condition);
    (v - wanted).square().mean()
}

/// The latents of a batch's sources, `[B, D]`, mixed where a pair has two.
pub(super) fn latents(
    encode: &dyn Fn(Tensor<4>) -> Tensor<2>,
    batch: &Batch,
    device: &Device,
) -> Tensor<2> {
    let (b, m, s) = (batch.count, batch.mixed.len(), batch.size);
    let pixels = [batch.source.as_slice(), &batch.partners].concat();
    let sources = Tensor::<4>::from_data(TensorData::new(pixels, [b + m, 3, s, s]), device);
    let z = encode(sources);
    if m == 0 {
        return z;
    }
    // Row i weighs the latents that make up the latent of pair i.
    let mut weights = vec![0f32; b * (b + m)];
    for i in 0..b {
        weights[i * (b + m) + i] = 1.0;
    }
    for (partner, &(i, alpha)) in batch.mixed.iter().enumerate() {
        weights[i * (b + m) + i] = 1.0 - alpha;
        weights[i * (b + m) + b + partner] = alpha;
    }
    Tensor::<2>::from_data(TensorData::new(weights, [b, b + m]), device).matmul(z)
}
