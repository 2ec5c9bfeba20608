//! What baselines put on top of the encoder while they train: projectors, BYOL's predictor, the
//! VAE's variances. Heads stay in the checkpoints and are not part of a model.

use super::{BaselineConfig, ByolConfig};
use crate::model::{Autoencoder, ConfigError, ModelConfig, seeded};
use crate::weights::Objective;
use burn::module::{Initializer, Module, Param};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

/// The heads of one objective.
#[derive(Module, Debug)]
pub(in crate::train) enum Heads {
    SimClr(Mlp),
    Byol(ByolHeads),
    VicReg(Mlp),
    Vae(Linear),
}

/// Projector and predictor of BYOL's online network.
#[derive(Module, Debug)]
pub(in crate::train) struct ByolHeads {
    pub projector: Mlp,
    pub predictor: Mlp,
}

impl Heads {
    /// Fresh heads on the networks of `model`, if `objective` has any; their weights depend on
    /// `seed` alone.
    pub fn new(
        objective: Objective,
        settings: &BaselineConfig,
        model: &ModelConfig,
        networks: &Autoencoder,
        seed: u64,
        device: &Device,
    ) -> Result<Option<Self>, ConfigError> {
        let latent = model.latent();
        let mlp = |from: usize, widths: &[usize]| Mlp::new(from, widths, device);
        let heads = match objective {
            Objective::Soda | Objective::Autoencoder => return Ok(None),
            Objective::SimClr => Self::SimClr(mlp(latent, &settings.simclr.projector)),
            Objective::VicReg => Self::VicReg(mlp(latent, &settings.vicreg.projector)),
            Objective::Byol => {
                let ByolConfig {
                    projector,
                    predictor,
                    ..
                } = &settings.byol;
                let output = projector.last().copied().unwrap_or(latent);
                Self::Byol(ByolHeads {
                    projector: mlp(latent, projector),
                    predictor: mlp(output, &[&predictor[..], &[output]].concat()),
                })
            }
            // Every variance begins at the prior's.
            Objective::Vae => Self::Vae(
                LinearConfig::new(networks.encoder.width(), latent)
                    .with_initializer(Initializer::Zeros)
                    .init(device),
            ),
        };
        // Weights are drawn when they are first used, which is in there. Another seed than the
        // networks', which would draw the same numbers.
        seeded(seed ^ 0x6865_6164, device, || Ok(heads)).map(Some)
    }
}

/// Linear layers with batch normalisation and ReLU between them.
#[derive(Module, Debug)]
pub(in crate::train) struct Mlp {
    hidden: Vec<(Linear, BatchStandard)>,
    output: Linear,
}

impl Mlp {
    /// Layers of `widths`, of which there is at least one, over vectors of `width` numbers.
    fn new(width: usize, widths: &[usize], device: &Device) -> Self {
        let mut from = width;
        let mut layers: Vec<Linear> = widths
            .iter()
            .map(|&to| LinearConfig::new(std::mem::replace(&mut from, to), to).init(device))
            .collect();
        let output = layers.pop().expect("settings have at least one width");
        let hidden = layers
            .into_iter()
            .zip(widths)
            .map(|(layer, &width)| (layer, BatchStandard::new(width, device)))
            .collect();
        Self { hidden, output }
    }

    /// # Shapes
    /// - x: `[batch, width]`, two rows or more
    /// - output: `[batch, widths.last()]`
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let h = self
            .hidden
            .iter()
            .fold(x, |h, (layer, norm)| relu(norm.forward(layer.forward(h))));
        self.output.forward(h)
    }
}

/// Batch normalisation (Ioffe and Szegedy 2015) by the statistics of the batch at hand and no
/// others. Heads never see anything but training batches, so there are no running statistics that
/// the moving average and the checkpoints would have to carry.
#[derive(Module, Debug)]
struct BatchStandard {
    scale: Param<Tensor<1>>,
    shift: Param<Tensor<1>>,
}

impl BatchStandard {
    fn new(width: usize, device: &Device) -> Self {
        Self {
            scale: Initializer::Ones.init([width], device),
            shift: Initializer::Zeros.init([width], device),
        }
    }

    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let centred = x.clone() - x.mean_dim(0);
        let variance = centred.clone().square().mean_dim(0);
        let standard = centred / (variance + 1e-5).sqrt();
        standard * self.scale.val().unsqueeze() + self.shift.val().unsqueeze()
    }
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;
    use burn::tensor::Distribution;

    #[test]
    fn every_number_is_standardised_over_the_batch() {
        let device = Device::flex();
        let x = Tensor::<2>::random([64, 3], Distribution::Uniform(2.0, 9.0), &device);
        let values = BatchStandard::new(3, &device)
            .forward(x)
            .try_into_vec_as::<f32>();
        let values = values.unwrap();
        for d in 0..3 {
            let column: Vec<f64> = values
                .iter()
                .skip(d)
                .step_by(3)
                .map(|&v| v as f64)
                .collect();
            let mean = column.iter().sum::<f64>() / 64.0;
            let variance = column.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 64.0;
            assert!(
                mean.abs() < 1e-5 && (variance - 1.0).abs() < 1e-3,
                "{mean} {variance}"
            );
        }
    }
}
