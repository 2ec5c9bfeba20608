//! Baselines: other objectives for the same encoder, on the same pictures, for the same budget.
//!
//! The contrastive ones compare the two views of each pair, source and target, through heads that
//! are thrown away afterwards; they leave the decoder as it was. Autoencoder and VAE encode the
//! target and paint it back in one call of the U-Net, at the noisiest log-SNR from a picture of
//! zeros: no noise gets in, and the engine decodes such a model in one step at temperature 0.

mod heads;
mod learner;
mod settings;

pub(super) use heads::Heads;
pub(super) use learner::{Learner, Target};
pub(super) use settings::at_least_two;
pub use settings::{BaselineConfig, ByolConfig, SimClrConfig, VaeConfig, VicRegConfig};

use super::losses::{byol, gaussian_kl, mse, nt_xent, vicreg};
use super::objective::latents;
use super::{TrainConfig, TrainError};
use crate::data::Batch;
use crate::diffusion::{LOG_SNR_LIMIT, sigma};
use crate::engine::standard_normal;
use crate::model::{Autoencoder, Condition, Encoded};
use burn::tensor::{Device, Int, Tensor, TensorData};
use heads::{ByolHeads, Mlp};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The mean loss of a batch under the baseline that `config` names, `[1]`. What is random in it
/// depends on the seed and `step` alone.
///
/// # Errors
/// A batch of one, where views are compared within the batch.
pub(super) fn loss(
    config: &TrainConfig,
    learner: &Learner,
    target: Option<&Target>,
    batch: &Batch,
    step: usize,
    device: &Device,
) -> Result<Tensor<1>, TrainError> {
    let networks = &learner.networks;
    let settings = &config.baseline;
    if config.objective.is_contrastive() {
        at_least_two("batch", batch.count)?;
    }
    Ok(match &learner.heads {
        Some(Heads::SimClr(projector)) => {
            let [a, b] = projections(networks, projector, batch, device);
            nt_xent(a, b, settings.simclr.temperature)
        }
        Some(Heads::VicReg(projector)) => {
            let [a, b] = projections(networks, projector, batch, device);
            vicreg(a, b, &settings.vicreg.weights)
        }
        Some(Heads::Byol(heads)) => byol_loss(networks, heads, target, batch, device),
        Some(Heads::Vae(variance)) => {
            let x = targets(batch, device);
            let Encoded {
                latent: mean,
                features,
            } = networks.encoder.forward(x.clone());
            // Far outside this range the exponential overflows.
            let log_variance = variance.forward(features).clamp(-10.0, 10.0);
            let mut rng = ChaCha8Rng::seed_from_u64(config.seed ^ 0x7661_6500);
            rng.set_stream(step as u64);
            let noise = standard_normal(mean.dims(), &mut rng, device);
            let z = mean.clone() + (log_variance.clone() * 0.5).exp() * noise;
            let pixels = (3 * batch.size * batch.size) as f64;
            let kl = gaussian_kl(mean, log_variance);
            reconstruction(networks, z, x) + kl * (2.0 * settings.vae.beta / pixels)
        }
        None => {
            let x = targets(batch, device);
            reconstruction(networks, networks.encode(x.clone()), x)
        }
    })
}

/// Target pictures, `[B, 3, S, S]`.
fn targets(batch: &Batch, device: &Device) -> Tensor<4> {
    let shape = [batch.count, 3, batch.size, batch.size];
    Tensor::from_data(TensorData::new(batch.target.clone(), shape), device)
}

/// Both views through encoder and projector.
fn projections(
    networks: &Autoencoder,
    projector: &Mlp,
    batch: &Batch,
    device: &Device,
) -> [Tensor<2>; 2] {
    views(&|x| networks.encode(x), batch, device).map(|z| projector.forward(z))
}

/// Latents of sources and of targets, `[B, D]` each.
fn views(
    encode: &dyn Fn(Tensor<4>) -> Tensor<2>,
    batch: &Batch,
    device: &Device,
) -> [Tensor<2>; 2] {
    [
        latents(encode, batch, device).mixed,
        encode(targets(batch, device)),
    ]
}

/// Each view predicts what the target network makes of the other, `[1]`.
fn byol_loss(
    networks: &Autoencoder,
    heads: &ByolHeads,
    target: Option<&Target>,
    batch: &Batch,
    device: &Device,
) -> Tensor<1> {
    let [a, b] = projections(networks, &heads.projector, batch, device);
    let [of_a, of_b] = match target {
        // The target learns nothing itself: it runs without autodiff.
        Some(target) => {
            views(&|x| target.forward(x), batch, &device.clone().inner()).map(Tensor::from_inner)
        }
        None => [a.clone(), b.clone()],
    };
    let [a, b] = [a, b].map(|z| heads.predictor.forward(z));
    byol(a, of_b) + byol(b, of_a)
}

/// `‖x − x̂‖²`, the mean over all numbers, `[1]`, with `x̂ = −σ·v̂(0, λ_min, z)`: what one step of
/// DDIM paints from a picture of zeros. No view label is given: the picture is to be painted as it
/// is.
fn reconstruction(networks: &Autoencoder, z: Tensor<2>, x: Tensor<4>) -> Tensor<1> {
    let [b, _, s, _] = x.dims();
    let condition = Condition {
        log_snr: Tensor::full([b], -LOG_SNR_LIMIT, &x.device()),
        latent: networks.condition(z, None, s),
        view: None::<Tensor<1, Int>>,
    };
    let v = networks.unet.forward(x.zeros_like(), condition);
    let painted = v * -sigma(-LOG_SNR_LIMIT);
    mse(painted.flatten(1, 3), x.flatten(1, 3))
}
