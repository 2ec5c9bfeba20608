//! The encoder `E`: a picture to its latent.

use super::blobs::BlobHead;
use super::blocks::{
    conv1x1, conv3x3, convolve, fold, group_norm, linear, norm_silu, pool, zero_conv3x3,
};
use super::config::{BlockKind, EncoderConfig, ModelConfig};
use super::mixed::{MixedPrecision, cast};
use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::{GroupNorm, Linear, LinearConfig};
use burn::tensor::{DType, Device, Tensor};

/// One residual block: pre-activation (He et al. 2016b) with GroupNorm and SiLU.
#[derive(Module, Debug)]
struct Block {
    norms: Vec<GroupNorm>,
    convs: Vec<Conv2d>,
    /// Where the width changes, the skip is a 1×1 convolution.
    skip: Option<Conv2d>,
}

impl Block {
    fn new(config: &EncoderConfig, channels_in: usize, width: usize, device: &Device) -> Self {
        let out = config.block.expansion() * width;
        let norm = |channels| group_norm(channels, config.norm_channels, device);
        let (norms, convs) = match config.block {
            BlockKind::Basic => (
                vec![norm(channels_in), norm(width)],
                vec![
                    conv3x3(channels_in, width, device),
                    zero_conv3x3(width, width, device),
                ],
            ),
            BlockKind::Bottleneck => (
                vec![norm(channels_in), norm(width), norm(width)],
                vec![
                    conv1x1(channels_in, width, device),
                    conv3x3(width, width, device),
                    conv1x1(width, out, device),
                ],
            ),
        };
        Self {
            norms,
            convs,
            skip: (channels_in != out).then(|| conv1x1(channels_in, out, device)),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let skip = match &self.skip {
            Some(conv) => convolve(conv, x.clone()),
            None => x.clone(),
        };
        let branch = self
            .norms
            .iter()
            .zip(&self.convs)
            .fold(x, |h, (norm, conv)| convolve(conv, norm_silu(norm, h)));
        skip + branch
    }
}

impl BlockKind {
    /// How much wider a block's output is than its 3×3 convolution.
    pub fn expansion(self) -> usize {
        match self {
            Self::Basic => 1,
            Self::Bottleneck => 4,
        }
    }
}

/// ResNet with GroupNorm, so that a batch of one works as any other. With blobs, the latent's
/// layout and appearance come from a [`BlobHead`]; the rest, or without blobs all of it, is linear
/// in the pooled features of the last stage.
#[derive(Module, Debug)]
pub struct Encoder {
    stem: Conv2d,
    stages: Vec<Vec<Block>>,
    norm: GroupNorm,
    blobs: Option<BlobHead>,
    project: Linear,
    pool: usize,
    patch: usize,
    #[module(skip)]
    pub(super) precision: MixedPrecision,
}

/// What the encoder gives for a batch of pictures.
#[derive(Debug, Clone)]
pub struct Encoded {
    /// The latent, `[batch, D]`, on the networks' own scale.
    pub latent: Tensor<2>,
    /// The pooled features of the last stage, `[batch, width]`, see [`Encoder::width`].
    pub features: Tensor<2>,
}

impl Encoder {
    /// The encoder of `config`, which must be valid.
    pub(super) fn new(config: &ModelConfig, device: &Device) -> Self {
        let encoder = &config.encoder;
        let mut width_in = encoder.channels[0];
        let stages = encoder
            .channels
            .iter()
            .zip(&encoder.blocks)
            .map(|(&width, &blocks)| {
                (0..blocks)
                    .map(|_| {
                        let block = Block::new(encoder, width_in, width, device);
                        width_in = encoder.block.expansion() * width;
                        block
                    })
                    .collect()
            })
            .collect();
        let blobs = config
            .blobs
            .map(|blobs| BlobHead::new(config, blobs, device));
        let linear = match config.blobs {
            Some(blobs) => config.latent() - blobs.groups().iter().sum::<usize>(),
            None => config.latent(),
        };
        Self {
            stem: conv3x3(3 * encoder.stem.pow(2), encoder.channels[0], device),
            stages,
            norm: group_norm(width_in, encoder.norm_channels, device),
            blobs,
            project: LinearConfig::new(width_in * encoder.pool.pow(2), linear).init(device),
            pool: encoder.pool,
            patch: encoder.stem,
            precision: MixedPrecision::F32,
        }
    }

    /// The latent as the network gives it; see [`Normaliser`](crate::latent::Normaliser) for the
    /// scale that everything else works on.
    ///
    /// # Shapes
    /// - x: `[batch, 3, size, size]`, pixels in [-1, 1]
    pub fn forward(&self, x: Tensor<4>) -> Encoded {
        let mut h = convolve(
            &self.stem,
            cast(fold(x, self.patch), self.precision.dtype()),
        );
        let mut before = None;
        for (i, stage) in self.stages.iter().enumerate() {
            if i > 0 {
                before = Some(h.clone());
                h = pool(h, 2);
            }
            h = stage.iter().fold(h, |h, block| block.forward(h));
        }
        let h = norm_silu(&self.norm, h);
        let factor = h.dims()[2] / self.pool;
        let features = cast(pool(h.clone(), factor), DType::F32).flatten(1, 3);
        let global = linear(&self.project, features.clone());
        let latent = match (&self.blobs, before) {
            (Some(blobs), Some(fine)) => {
                let [layout, appearance] = blobs.forward(fine, h);
                Tensor::cat(vec![layout, appearance, global], 1)
            }
            _ => global,
        };
        Encoded { latent, features }
    }

    /// Length of the features.
    pub fn width(&self) -> usize {
        self.project.weight.lazy_shape()[0]
    }
}
