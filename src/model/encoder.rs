//! The encoder `E`: a picture to its latent.

use super::blocks::{conv1x1, conv3x3, convolve, linear, norm_silu, patches};
use super::config::{BlockKind, ModelConfig};
use super::mixed::{MixedPrecision, cast};
#[cfg(feature = "train")]
use super::span::masked;
use burn::module::{Initializer, Module};
use burn::nn::conv::Conv2d;
use burn::nn::{GroupNorm, GroupNormConfig, Linear, LinearConfig};
use burn::tensor::module::avg_pool2d;
use burn::tensor::ops::AvgPoolOptions;
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
    fn new(
        kind: BlockKind,
        channels_in: usize,
        width: usize,
        norm_groups: usize,
        device: &Device,
    ) -> Self {
        let out = kind.expansion() * width;
        let norm = |c| GroupNormConfig::new(norm_groups, c).init(device);
        let (norms, convs) = match kind {
            BlockKind::Basic => (
                vec![norm(channels_in), norm(width)],
                vec![
                    conv3x3(channels_in, width, device),
                    conv3x3(width, width, device),
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

/// ResNet with GroupNorm, so that a batch of one works as any other; pool; linear to `z`.
#[derive(Module, Debug)]
pub struct Encoder {
    stem: Conv2d,
    stages: Vec<Vec<Block>>,
    norm: GroupNorm,
    project: Linear,
    pool: usize,
    #[module(skip)]
    pub(super) precision: MixedPrecision,
}

impl Encoder {
    /// The encoder of `config`, which must be valid.
    pub(super) fn new(config: &ModelConfig, device: &Device) -> Self {
        let encoder = &config.encoder;
        let stem = match encoder.stem {
            1 => conv3x3(3, encoder.channels[0], device),
            patch => patches(3, encoder.channels[0], patch, device),
        };
        let mut width_in = encoder.channels[0];
        let stages = encoder
            .channels
            .iter()
            .zip(&encoder.blocks)
            .map(|(&width, &blocks)| {
                (0..blocks)
                    .map(|_| {
                        let block =
                            Block::new(encoder.block, width_in, width, encoder.norm_groups, device);
                        width_in = encoder.block.expansion() * width;
                        block
                    })
                    .collect()
            })
            .collect();
        // With principal components below it, the encoder begins by adding nothing to them.
        let initial = match config.principal {
            Some(_) => Initializer::Zeros,
            None => LinearConfig::new(1, 1).initializer,
        };
        Self {
            stem,
            stages,
            norm: GroupNormConfig::new(encoder.norm_groups, width_in).init(device),
            project: LinearConfig::new(width_in * encoder.pool * encoder.pool, config.latent())
                .with_initializer(initial)
                .init(device),
            pool: encoder.pool,
            precision: MixedPrecision::F32,
        }
    }

    /// Add nothing to the numbers of the latent whose `keep [D]` is 0.
    #[cfg(feature = "train")]
    pub(super) fn forget(&mut self, keep: Tensor<1>) {
        let project = &mut self.project;
        project.weight = masked(project.weight.clone(), keep.clone().unsqueeze());
        project.bias = project.bias.take().map(|bias| masked(bias, keep));
    }

    /// The latent as the network gives it; see [`Normaliser`](crate::latent::Normaliser) for the
    /// scale that everything else works on.
    ///
    /// # Shapes
    /// - x: `[batch, 3, size, size]`, pixels in [-1, 1]
    /// - output: `[batch, D]`
    pub fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        self.project(self.features(x))
    }

    /// What the latent is a linear function of.
    ///
    /// # Shapes
    /// - x: `[batch, 3, size, size]`, pixels in [-1, 1]
    /// - output: `[batch, width]`, see [`width`](Self::width)
    pub fn features(&self, x: Tensor<4>) -> Tensor<2> {
        let mut h = convolve(&self.stem, cast(x, self.precision.dtype()));
        for (i, stage) in self.stages.iter().enumerate() {
            if i > 0 {
                h = pool(h, 2);
            }
            h = stage.iter().fold(h, |h, block| block.forward(h));
        }
        let h = norm_silu(&self.norm, h);
        let factor = h.dims()[2] / self.pool;
        cast(pool(h, factor), DType::F32).flatten(1, 3)
    }

    /// From [`features`](Self::features) to the latent. `[batch, width]` to `[batch, D]`.
    pub(super) fn project(&self, features: Tensor<2>) -> Tensor<2> {
        linear(&self.project, features)
    }

    /// Length of the features.
    pub fn width(&self) -> usize {
        self.project.weight.lazy_shape()[0]
    }
}

/// Mean over non-overlapping squares of side `factor`.
pub(super) fn pool(x: Tensor<4>, factor: usize) -> Tensor<4> {
    match factor {
        1 => x,
        factor => avg_pool2d(x, AvgPoolOptions::new([factor; 2])),
    }
}
