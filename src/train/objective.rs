//! The training objective, `L = L_recon + λ·L_dsm + μ·L_consistency`.
//!
//! `L_recon = E w(t)·‖x − x̂(x_t, t, z)‖²`, written as an error of `v`: `x̂ = α·x_t − σ·v̂`, so
//! `‖x − x̂‖² = σ²·‖v − v̂‖²` (Salimans and Ho 2022, §4), and [`Weighting`](super::Weighting) says
//! how errors weigh. `z` comes from the source view and `x` is the target view. Each group of `z`
//! is dropped on its own, which trains classifier-free guidance and makes every level useful alone
//! (Hudson et al. 2024, §3.2).
//!
//! `L_dsm` is the error of the prior on noisy normalised latents, `L_consistency` the distance
//! between the latents of the two views of a pair.
//!
//! Where a target is known to lie between two pictures, `z` is mixed from the latents of those two:
//! the straight way between latents is taught to be the way between pictures.

use super::consistency::distance;
use super::prior::denoising_errors;
use super::{Draws, DsmGradient, TrainConfig};
use crate::data::Batch;
use crate::diffusion::{alpha, diffuse, sigma, velocity};
use crate::model::{Autoencoder, Condition};
use burn::tensor::{Device, Int, Tensor, TensorData};

/// The loss of a batch, and what it is made of. A baseline's is made of nothing else.
#[derive(Debug, Clone)]
pub struct Loss {
    /// `L`, `[1]`.
    pub total: Tensor<1>,
    /// `L_recon`, `L_dsm` and `L_consistency`, those that there are, `[1]` each.
    pub terms: [Option<Tensor<1>>; 3],
    /// Squared error of `v` of each target, `[B]`, where there is `L_recon`.
    pub errors: Option<Tensor<1>>,
    /// Squared error of the prior's `v` of each latent, `[B]`, where there is `L_dsm`.
    pub latent_errors: Option<Tensor<1>>,
    /// Latents of the sources, `[B, D]`, where there is `L_dsm`.
    pub latents: Option<Tensor<2>>,
    /// Targets `x` and what was painted of them `x̂`, `[B, 3, S, S]` each, where there is a critic.
    pub painted: Option<[Tensor<4>; 2]>,
}

/// The mean loss of a batch.
pub fn loss(
    networks: &Autoencoder,
    config: &TrainConfig,
    batch: &Batch,
    draws: &Draws,
    device: &Device,
) -> Loss {
    let (b, s) = (batch.count, batch.size);
    let target = pictures(&batch.target, b, s, device);
    let sources = latents(&|x| networks.encode(x), batch, device);
    let z = sources.mixed.clone();
    let (errors, painted) =
        painting_errors(networks, batch, draws, &target, z, config.critic.is_some());
    let reconstruction = (errors.clone() * numbers(&draws.weight, device)).mean();
    let mut total = reconstruction.clone();

    let mut dsm = None;
    let mut latent_errors = None;
    if let (Some(settings), Some(prior), Some(draws)) =
        (&config.dsm, &networks.prior, &draws.latents)
    {
        let z = match settings.gradient {
            DsmGradient::Flow => sources.own.clone(),
            DsmGradient::Stop => sources.own.clone().detach(),
        };
        let z = networks.normaliser.normalise(z);
        let noise = TensorData::new(draws.noise.clone(), z.dims());
        let noise = Tensor::from_data(noise, device);
        let errors = denoising_errors(prior, z, noise, &draws.log_snr);
        let term = errors.clone().mean();
        total = total + term.clone() * settings.lambda;
        dsm = Some(term);
        latent_errors = Some(errors);
    }

    let consistency = config.consistency.map(|settings| {
        let other = networks.encode(target.clone());
        distance(sources.mixed, other, settings.closeness)
    });
    if let (Some(term), Some(settings)) = (&consistency, &config.consistency) {
        total = total + term.clone() * settings.mu;
    }
    Loss {
        total,
        terms: [Some(reconstruction), dsm, consistency],
        errors: Some(errors),
        latents: latent_errors.is_some().then_some(sources.own),
        latent_errors,
        painted: painted.map(|painted| [target, painted]),
    }
}

/// Squared error of `v` of each target, `[B]`, painted from `z [B, D]`, and for a critic the
/// picture `x̂` that was painted, `[B, 3, S, S]`.
fn painting_errors(
    networks: &Autoencoder,
    batch: &Batch,
    draws: &Draws,
    target: &Tensor<4>,
    z: Tensor<2>,
    for_critic: bool,
) -> (Tensor<1>, Option<Tensor<4>>) {
    let (b, s, device) = (batch.count, batch.size, &target.device());
    let per_picture = |f: fn(f64) -> f64| {
        let values: Vec<f64> = draws.log_snr.iter().map(|&l| f(l)).collect();
        numbers(&values, device)
    };
    let (alpha, sigma) = (per_picture(alpha), per_picture(sigma));
    let noise = pictures(&draws.noise, b, s, device);
    let noisy = diffuse(target.clone(), noise.clone(), alpha.clone(), sigma.clone());
    let wanted = velocity(target.clone(), noise, alpha.clone(), sigma.clone());

    let labels: Vec<i64> = batch.labels.iter().map(|&label| label as i64).collect();
    let groups = draws.keep.len() / b;
    let keep = Tensor::from_data(TensorData::new(draws.keep.clone(), [b, groups]), device);
    let condition = Condition {
        log_snr: per_picture(|l| l),
        latent: networks.condition(z, Some(keep), s),
        view: Some(Tensor::<1, Int>::from_data(labels.as_slice(), device)),
    };
    let v = networks.unet.forward(noisy.clone(), condition);
    let errors: Tensor<2> = (v.clone() - wanted).square().flatten(1, 3);
    let painted = for_critic.then(|| {
        let [alpha, sigma] = [alpha, sigma].map(|each| each.reshape([b, 1, 1, 1]));
        noisy * alpha - v * sigma
    });
    (errors.mean_dim(1).squeeze_dim(1), painted)
}

/// Latents of a batch.
pub(super) struct Latents {
    /// Of the sources, `[B, D]`.
    own: Tensor<2>,
    /// What the targets are painted from: mixed where a pair has two sources, `[B, D]`.
    pub mixed: Tensor<2>,
}

pub(super) fn latents(
    encode: &dyn Fn(Tensor<4>) -> Tensor<2>,
    batch: &Batch,
    device: &Device,
) -> Latents {
    let (b, m, s) = (batch.count, batch.mixed.len(), batch.size);
    let pixels = [batch.source.as_slice(), &batch.partners].concat();
    let z = encode(pictures(&pixels, b + m, s, device));
    if m == 0 {
        return Latents {
            own: z.clone(),
            mixed: z,
        };
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
    let weights = Tensor::<2>::from_data(TensorData::new(weights, [b, b + m]), device);
    Latents {
        own: z.clone().narrow(0, 0, b),
        mixed: weights.matmul(z),
    }
}

fn pictures(values: &[f32], count: usize, size: usize, device: &Device) -> Tensor<4> {
    let shape = [count, 3, size, size];
    Tensor::from_data(TensorData::new(values.to_vec(), shape), device)
}

fn numbers(values: &[f64], device: &Device) -> Tensor<1> {
    let values: Vec<f32> = values.iter().map(|&value| value as f32).collect();
    Tensor::from_floats(values.as_slice(), device)
}
