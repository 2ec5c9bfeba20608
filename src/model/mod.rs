//! The networks, from tensors to tensors.
//!
//! - [`Encoder`]: a picture `[B, 3, S, S]` to its latent `z [B, D]`.
//! - [`UNet`]: the denoiser, which is the decoder: `(x_t, log-SNR, z, view)` to `v [B, 3, S, S]`.
//! - [`BlobHead`] and [`Splat`]: positions as numbers in the latent, off and into feature maps.
//! - [`Prior`]: the denoiser of latents, from which new ones are drawn.
//! - [`Renderer`]: painted pictures to pictures of four times the side.
//! - [`Autoencoder`]: all of them together, with the [`Normaliser`](crate::latent::Normaliser) that
//!   puts latents on a common scale. This is what is trained, saved and shipped.
//!
//! Nothing here knows of training, files or a backend: tensors carry their device.

mod blobs;
mod blocks;
mod bounds;
mod config;
mod embedding;
mod encoder;
mod flops;
mod mixed;
mod modulation;
mod prior;
mod renderer;
mod unet;
mod validate;

pub use blobs::{BlobHead, Splat};
pub use blocks::ResBlock;
#[cfg(feature = "train")]
pub(crate) use blocks::{conv1x1, conv3x3, convolve_with, fold};
pub use bounds::learning_bytes;
pub use config::{
    BlobConfig, BlockKind, ConfigError, EncoderConfig, ModelConfig, PRESETS, PriorConfig,
    RendererConfig, UNetConfig,
};
pub use encoder::{Encoded, Encoder};
pub use flops::{Flops, flops};
pub use mixed::MixedPrecision;
pub use modulation::Modulation;
pub use prior::{MOST_AUTOGUIDANCE, Prior};
pub use renderer::{RENDER_FACTOR, Renderer};
pub use unet::{Condition, LatentCondition, UNet};

use crate::latent::Normaliser;
use burn::module::Module;
use burn::tensor::{Device, Tensor};

/// Encoder, decoder and latent normaliser: one SODA model.
#[derive(Module, Debug)]
pub struct Autoencoder {
    /// Pictures to latents.
    pub encoder: Encoder,
    /// Latents, noise and time to pictures.
    pub unet: UNet,
    /// Denoises latents, so that new ones can be drawn; if the model has one.
    pub prior: Option<Prior>,
    /// A weaker prior, which drawing leads away from; if the model has one.
    pub prior_guide: Option<Prior>,
    /// Enlarges what the U-Net paints; if the model has one.
    pub renderer: Option<Renderer>,
    /// Mean and standard deviation of latents over the training pictures.
    pub normaliser: Normaliser,
}

impl Autoencoder {
    /// Pictures to latents, on the networks' own scale.
    ///
    /// # Shapes
    /// - x: `[batch, 3, size, size]`, pixels in [-1, 1]
    /// - output: `[batch, D]`
    pub fn encode(&self, x: Tensor<4>) -> Tensor<2> {
        self.encoder.forward(x).latent
    }

    /// The same networks with feature maps of this type. Not a property of a model: it is neither
    /// saved nor loaded.
    pub fn with_precision(mut self, precision: MixedPrecision) -> Self {
        self.encoder.precision = precision;
        self.unet.precision = precision;
        self
    }

    /// What latents say to the U-Net, for pictures of side `size`.
    ///
    /// # Shapes
    /// - z: `[batch, D]`, on the networks' own scale
    /// - keep: `[batch, groups]`, 1 to keep and 0 to drop a latent group; none keeps all
    pub fn condition(&self, z: Tensor<2>, keep: Option<Tensor<2>>, size: usize) -> LatentCondition {
        self.unet.condition(z, keep, size)
    }
}

impl ModelConfig {
    /// Fresh networks on `device`. Weights come from the device's generator, when they are first
    /// used.
    ///
    /// # Errors
    /// [`ConfigError`] naming the field that does not fit the others.
    pub fn init(&self, device: &Device) -> Result<Autoencoder, ConfigError> {
        self.validate()?;
        Ok(Autoencoder {
            encoder: Encoder::new(self, device),
            unet: UNet::new(self, device),
            prior: self
                .prior
                .as_ref()
                .map(|prior| Prior::new(self, prior, device)),
            prior_guide: self
                .prior
                .as_ref()
                .and_then(PriorConfig::guide)
                .map(|guide| Prior::new(self, &guide, device)),
            renderer: self
                .renderer
                .as_ref()
                .map(|renderer| Renderer::new(self, renderer, device)),
            normaliser: Normaliser::identity(self.latent(), device),
        })
    }

    /// Fresh networks whose weights depend on `seed` alone.
    ///
    /// # Errors
    /// As [`ModelConfig::init`].
    #[cfg(feature = "train")]
    pub fn init_seeded(&self, seed: u64, device: &Device) -> Result<Autoencoder, ConfigError> {
        seeded(seed, device, || self.init(device))
    }
}

/// What `init` makes, its weights depending on `seed` alone. A device has one generator for the
/// whole program, so this lets one caller at a time use it, and nothing else may: networks that are
/// loaded draw no weights (`init` alone draws none, a test holds it to that), and noise comes from
/// the host.
#[cfg(feature = "train")]
pub(crate) fn seeded<M: Module>(
    seed: u64,
    device: &Device,
    init: impl FnOnce() -> Result<M, ConfigError>,
) -> Result<M, ConfigError> {
    static GENERATOR: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _alone = GENERATOR
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    device.seed(seed);
    let networks = init()?;
    draw(&networks);
    Ok(networks)
}

/// Draws every parameter now: Burn would put it off until the parameter is first used, when the
/// generator may stand elsewhere.
#[cfg(feature = "train")]
fn draw(networks: &impl Module) {
    use burn::module::{ModuleVisitor, Param};
    use burn::tensor::Tensor;

    struct Draw;
    impl ModuleVisitor for Draw {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            param.val();
        }
    }
    networks.visit(&mut Draw);
}

/// Every parameter drawn from N(0, 0.2²), so that tests see layers that start at zero at work.
#[cfg(test)]
pub(crate) fn randomised(model: Autoencoder) -> Autoencoder {
    use burn::module::{ModuleMapper, Param};
    use burn::tensor::{Distribution, Tensor};

    struct Randomise;
    impl ModuleMapper for Randomise {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            param.map(|t| t.random_like(Distribution::Normal(0.0, 0.2)))
        }
    }
    model.map(&mut Randomise)
}
