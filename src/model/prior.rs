//! The latent denoiser `f`: diffusion in the space of latents, from which new latents are drawn.

use super::blocks::linear;
use super::config::{ModelConfig, PriorConfig};
use super::embedding::sinusoids;
use burn::module::{Initializer, Module};
use burn::nn::{LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::activation::silu;
use burn::tensor::{Device, Tensor};

/// Most that drawing may lead away from a prior's guide.
pub const MOST_AUTOGUIDANCE: f64 = 10.0;

/// Residual block: `h + W₂·silu(W₁·silu((1 + s_t)·LN(h) + b_t))`.
#[derive(Module, Debug)]
struct Block {
    norm: LayerNorm,
    time: Linear,
    linear1: Linear,
    linear2: Linear,
}

impl Block {
    fn new(width: usize, embedding: usize, device: &Device) -> Self {
        let zero = |layer: LinearConfig| layer.with_initializer(Initializer::Zeros).init(device);
        Self {
            norm: LayerNormConfig::new(width).init(device),
            time: zero(LinearConfig::new(embedding, 2 * width)),
            linear1: LinearConfig::new(width, width).init(device),
            linear2: zero(LinearConfig::new(width, width)),
        }
    }

    fn forward(&self, h: Tensor<2>, time: Tensor<2>) -> Tensor<2> {
        let width = h.dims()[1];
        let time = linear(&self.time, time);
        let (scale, shift) = (
            time.clone().narrow(1, 0, width),
            time.narrow(1, width, width),
        );
        let branch = self.norm.forward(h.clone()) * scale.add_scalar(1.0) + shift;
        h + linear(&self.linear2, silu(linear(&self.linear1, silu(branch))))
    }
}

/// A U-shaped residual MLP over normalised latents: widths fall on the way down and rise on the way
/// up, where what was set aside at the same width is added. Predicts `v = α·ε − σ·z`.
///
/// Latent diffusion over a semantic code is from Preechakul et al., *Diffusion Autoencoders*, CVPR
/// 2022, §4.2, whose network is an MLP with skips as well.
#[derive(Module, Debug)]
pub struct Prior {
    time1: Linear,
    time2: Linear,
    input: Linear,
    down: Vec<Block>,
    shrink: Vec<Linear>,
    grow: Vec<Linear>,
    up: Vec<Block>,
    norm: LayerNorm,
    output: Linear,
}

impl Prior {
    /// The prior of `config`, which must be valid.
    pub fn new(config: &ModelConfig, prior: &PriorConfig, device: &Device) -> Self {
        let (widths, embedding) = (&prior.widths, prior.embedding);
        let plain = |from: usize, to: usize| LinearConfig::new(from, to).init(device);
        let block = |width: usize| Block::new(width, embedding, device);
        let last = widths.len() - 1;
        Self {
            time1: plain(embedding, embedding),
            time2: plain(embedding, embedding),
            input: plain(config.latent(), widths[0]),
            down: widths.iter().map(|&width| block(width)).collect(),
            shrink: widths.windows(2).map(|w| plain(w[0], w[1])).collect(),
            grow: widths.windows(2).map(|w| plain(w[1], w[0])).collect(),
            up: widths[..last].iter().map(|&width| block(width)).collect(),
            norm: LayerNormConfig::new(widths[0]).init(device),
            output: LinearConfig::new(widths[0], config.latent())
                .with_initializer(Initializer::Zeros)
                .init(device),
        }
    }

    /// # Shapes
    /// - z: `[batch, D]`, noisy normalised latents
    /// - log_snr: `[batch]`
    /// - output: `[batch, D]`, the prediction of `v`
    pub fn forward(&self, z: Tensor<2>, log_snr: Tensor<1>) -> Tensor<2> {
        let width = self.time1.weight.dims()[0];
        let time = silu(linear(&self.time1, sinusoids(log_snr, width)));
        let time = silu(linear(&self.time2, time));
        let mut h = linear(&self.input, z);
        let mut aside = Vec::new();
        for (i, block) in self.down.iter().enumerate() {
            h = block.forward(h, time.clone());
            if let Some(shrink) = self.shrink.get(i) {
                aside.push(h.clone());
                h = linear(shrink, h);
            }
        }
        for (block, grow) in self.up.iter().zip(&self.grow).rev() {
            h = linear(grow, h) + aside.pop().expect("one for each width");
            h = block.forward(h, time.clone());
        }
        linear(&self.output, silu(self.norm.forward(h)))
    }
}
