//! The denoising U-Net, which is also the decoder `D`.
//!
//! ```text
//!            x_t [B, 3, S, S]                         v [B, 3, S, S]
//!                  │ gate, fold into patches               ▲ conv, unfold, conv
//!   level 0   ┌─ +blobs, blocks ───── skip ────► +blobs, blocks ─┐
//!   level 1   └► ↓2, +blobs, blocks ─ skip ────► +blobs, blocks, ↑2
//!   ...
//!   middle             └──────────► blocks ─────────┘
//! ```
//!
//! The latent reaches it in two ways. Its layout and appearance are painted into the feature maps
//! of every level as elliptic blobs ([`Splat`]), so that what is interpolated is a position. Its
//! global numbers modulate every block. A model without blobs is the paper's: latent group `l`
//! modulates the blocks of its own level, on both sides (layer modulation: Hudson et al., *SODA*,
//! CVPR 2024, §3.2). Time and view label reach every block through one embedding.

use super::blobs::Splat;
use super::blocks::{
    ResBlock, conv1x1, conv3x3, convolve, fold, group_norm, linear, norm_silu, patches, pool,
    unfold, upsample, zero_conv3x3,
};
use super::config::ModelConfig;
use super::embedding::sinusoids;
use super::mixed::{MixedPrecision, cast};
use super::modulation::{Modulation, ScaleShift};
use burn::module::{Initializer, Module, Param};
use burn::nn::conv::Conv2d;
use burn::nn::{Embedding, EmbeddingConfig, GroupNorm, Linear, LinearConfig};
use burn::tensor::activation::{sigmoid, silu};
use burn::tensor::{DType, Device, Int, Tensor};

/// Sines and cosines that log-SNR is embedded by.
const SINUSOIDS: usize = 32;
/// Feature maps at full resolution, before the last convolution.
const FULL_CHANNELS: usize = 16;

/// What the U-Net is told besides the noisy pictures. All tensors share the batch.
#[derive(Debug, Clone)]
pub struct Condition {
    /// log-SNR of each picture, `[batch]`.
    pub log_snr: Tensor<1>,
    /// View labels, `[batch]`; the number of views stands for "no label".
    pub view: Option<Tensor<1, Int>>,
    /// What the latents say.
    pub latent: LatentCondition,
}

/// What latents say to the U-Net, computed once for all steps of a sampling run; made by
/// [`Autoencoder::condition`](super::Autoencoder::condition) for one side of pictures.
#[derive(Debug, Clone)]
pub struct LatentCondition {
    modulation: ScaleShift,
    /// What blobs paint at each level, fine to coarse; empty without blobs.
    maps: Vec<Tensor<4>>,
}

/// One resolution level.
#[derive(Module, Debug)]
struct Level {
    /// Halves the resolution on the way down; the finest level has none.
    shrink: Option<Conv2d>,
    /// A constant feature map, `[1, channels, side, side]`: where things are on the picture.
    position: Param<Tensor<4>>,
    down: Vec<ResBlock>,
    up: Vec<ResBlock>,
    /// Fits the width of the next finer level before the resolution is doubled.
    grow: Option<Conv2d>,
}

/// Embedding of log-SNR and view label.
#[derive(Module, Debug)]
struct TimeEmbedding {
    linear1: Linear,
    linear2: Linear,
    view: Option<Embedding>,
}

impl TimeEmbedding {
    fn new(width: usize, views: usize, device: &Device) -> Self {
        Self {
            linear1: LinearConfig::new(SINUSOIDS, width).init(device),
            linear2: LinearConfig::new(width, width).init(device),
            view: (views > 0).then(|| {
                EmbeddingConfig::new(views + 1, width)
                    .with_initializer(Initializer::Zeros)
                    .init(device)
            }),
        }
    }

    fn forward(&self, log_snr: Tensor<1>, view: Option<Tensor<1, Int>>) -> Tensor<2> {
        let device = log_snr.device();
        let mut h = linear(&self.linear1, sinusoids(log_snr, SINUSOIDS));
        if let Some(embedding) = &self.view {
            let [batch, width] = h.dims();
            let label = view.unwrap_or_else(|| {
                let none = embedding.weight.dims()[0] - 1;
                Tensor::<1, Int>::full([batch], none as i64, &device)
            });
            h = h + embedding
                .forward(label.unsqueeze_dim::<2>(1))
                .reshape([batch, width]);
        }
        silu(linear(&self.linear2, silu(h)))
    }
}

/// The U-Net over noisy pictures. Predicts `v = α·ε − σ·x` (Salimans and Ho, *Progressive
/// Distillation*, ICLR 2022).
#[derive(Module, Debug)]
pub struct UNet {
    time: TimeEmbedding,
    input: Conv2d,
    levels: Vec<Level>,
    middle: Vec<ResBlock>,
    splat: Option<Splat>,
    modulation: Modulation,
    norm: GroupNorm,
    /// To full resolution, with [`FULL_CHANNELS`] for each pixel.
    expand: Conv2d,
    /// Over the borders of patches, so that no grid of them shows.
    output: Conv2d,
    patch: usize,
    #[module(skip)]
    input_gate: Option<f32>,
    #[module(skip)]
    groups: Vec<usize>,
    #[module(skip)]
    pub(super) precision: MixedPrecision,
}

impl UNet {
    /// The U-Net of `config`, which must be valid.
    pub(super) fn new(config: &ModelConfig, device: &Device) -> Self {
        let unet = &config.unet;
        let (channels, levels) = (&unet.channels, config.levels());
        let blocks = |count: usize, width: usize| -> Vec<ResBlock> {
            (0..count)
                .map(|_| ResBlock::new(width, unet.norm_channels, device))
                .collect()
        };
        let level = |l: usize| {
            let side = (config.size / unet.patch) >> l;
            let normal = Initializer::Normal {
                mean: 0.0,
                std: 0.1,
            };
            Level {
                shrink: (l > 0).then(|| patches(channels[l - 1], channels[l], 2, device)),
                position: normal.init([1, channels[l], side, side], device),
                down: blocks(unet.blocks, channels[l]),
                up: blocks(unet.blocks, channels[l]),
                grow: (l > 0).then(|| conv1x1(channels[l], channels[l - 1], device)),
            }
        };
        let area = unet.patch * unet.patch;
        Self {
            time: TimeEmbedding::new(unet.embedding, config.views, device),
            input: conv3x3(3 * area, channels[0], device),
            levels: (0..levels).map(level).collect(),
            middle: blocks(unet.middle, channels[levels - 1]),
            splat: config
                .blobs
                .map(|blobs| Splat::new(channels, blobs, device)),
            modulation: modulation(config, device),
            norm: group_norm(channels[0], unet.norm_channels, device),
            expand: conv3x3(channels[0], FULL_CHANNELS * area, device),
            output: zero_conv3x3(FULL_CHANNELS, 3, device),
            patch: unet.patch,
            input_gate: unet.input_gate,
            groups: config.groups.clone(),
            precision: MixedPrecision::F32,
        }
    }

    /// See [`Autoencoder::condition`](super::Autoencoder::condition).
    pub(super) fn condition(
        &self,
        z: Tensor<2>,
        keep: Option<Tensor<2>>,
        size: usize,
    ) -> LatentCondition {
        let groups = split_groups(z, keep, &self.groups);
        match (&self.splat, &groups[..]) {
            (Some(splat), [layout, appearance, global]) => LatentCondition {
                modulation: self.modulation.latent(std::slice::from_ref(global)),
                maps: splat.forward(layout.clone(), appearance.clone(), size / self.patch),
            },
            _ => LatentCondition {
                modulation: self.modulation.latent(&groups),
                maps: Vec::new(),
            },
        }
    }

    /// # Shapes
    /// - x: `[batch, 3, size, size]`, the noisy pictures `x_t`
    /// - output: `[batch, 3, size, size]`, the prediction of `v`
    pub fn forward(&self, x: Tensor<4>, condition: Condition) -> Tensor<4> {
        let LatentCondition { modulation, maps } = condition.latent;
        let x = match self.input_gate {
            Some(gate) => {
                let alpha = sigmoid(condition.log_snr.clone()).sqrt();
                x * (alpha * gate).clamp_max(1.0).reshape([-1, 1, 1, 1])
            }
            None => x,
        };
        let time = self.time.forward(condition.log_snr, condition.view);
        let mut scales = self.modulation.forward(time, &modulation);
        let mut scales_of = |level: usize, count: usize| {
            let group = if self.splat.is_some() {
                0
            } else {
                self.levels.len() - level
            };
            scales[group].drain(..count).collect::<Vec<_>>()
        };
        let dtype = self.precision.dtype();
        // What is added where level `l` begins, on the way down and up again.
        let painted: Vec<Tensor<4>> = self
            .levels
            .iter()
            .enumerate()
            .map(|(l, level)| {
                let side = (x.dims()[2] / self.patch) >> l;
                let position = level.position.val();
                let position = pool(position.clone(), position.dims()[2] / side);
                cast(
                    match maps.get(l) {
                        Some(map) => map.clone() + position,
                        None => position,
                    },
                    dtype,
                )
            })
            .collect();

        let mut h = convolve(&self.input, cast(fold(x, self.patch), dtype));
        let mut skips = Vec::new();
        for (l, level) in self.levels.iter().enumerate() {
            if let Some(shrink) = &level.shrink {
                h = convolve(shrink, h);
            }
            h = h + painted[l].clone();
            for (block, scale) in level.down.iter().zip(scales_of(l, level.down.len())) {
                h = block.forward(h, scale);
                skips.push(h.clone());
            }
        }
        let coarsest = self.levels.len() - 1;
        // Without blobs, group 0 modulates the middle alone.
        let scales = scales_of(coarsest + 1, self.middle.len());
        for (block, scale) in self.middle.iter().zip(scales) {
            h = block.forward(h, scale);
        }
        for (l, level) in self.levels.iter().enumerate().rev() {
            if l < coarsest {
                h = h + painted[l].clone();
            }
            for (block, scale) in level.up.iter().zip(scales_of(l, level.up.len())) {
                let skip = skips
                    .pop()
                    .expect("one skip for each block on the way down");
                h = block.forward(h + skip, scale);
            }
            if let Some(grow) = &level.grow {
                h = upsample(convolve(grow, h));
            }
        }
        let h = convolve(&self.expand, norm_silu(&self.norm, h));
        let v = convolve(&self.output, silu(unfold(h, self.patch)));
        cast(v, DType::F32)
    }
}

/// The modulation of all blocks: with blobs by the global numbers, without by the group of each
/// block's level, the middle being group 0.
fn modulation(config: &ModelConfig, device: &Device) -> Modulation {
    let (unet, levels) = (&config.unet, config.levels());
    let widths = (0..=levels).map(|group| match group {
        0 => vec![unet.channels[levels - 1]; unet.middle],
        group => vec![unet.channels[levels - group]; 2 * unet.blocks],
    });
    if config.blobs.is_none() {
        return Modulation::new(unet.embedding, &config.groups, widths.collect(), device);
    }
    // In the order in which the blocks run.
    let level = |l: &usize| vec![unet.channels[*l]; unet.blocks];
    let levels: Vec<usize> = (0..levels).collect();
    let widths = levels
        .iter()
        .flat_map(level)
        .chain(vec![unet.channels[levels.len() - 1]; unet.middle])
        .chain(levels.iter().rev().flat_map(level));
    let global = &config.groups[2..];
    Modulation::new(unet.embedding, global, vec![widths.collect()], device)
}

/// Cut `z [B, D]` into its groups, coarse to fine, with the dropped ones set to zero.
fn split_groups(z: Tensor<2>, keep: Option<Tensor<2>>, groups: &[usize]) -> Vec<Tensor<2>> {
    let mut start = 0;
    groups
        .iter()
        .enumerate()
        .map(|(i, &length)| {
            let group = z.clone().narrow(1, start, length);
            start += length;
            match &keep {
                Some(keep) => group * keep.clone().narrow(1, i, 1),
                None => group,
            }
        })
        .collect()
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;
    use burn::tensor::{Distribution, Tolerance};

    fn random(shape: [usize; 4]) -> Tensor<4> {
        Tensor::random(shape, Distribution::Normal(0.0, 1.0), &Device::flex())
    }

    #[test]
    fn unfold_undoes_fold() {
        let x = random([2, 3, 8, 12]);
        let back = unfold(fold(x.clone(), 2), 2);
        back.into_data().assert_eq(&x.into_data(), true);
    }

    #[test]
    fn upsample_repeats_every_pixel() {
        let x = Tensor::<4>::from_floats([[[[1.0, 2.0], [3.0, 4.0]]]], &Device::flex());
        let expected = Tensor::<4>::from_floats(
            [[[
                [1.0, 1.0, 2.0, 2.0],
                [1.0, 1.0, 2.0, 2.0],
                [3.0, 3.0, 4.0, 4.0],
                [3.0, 3.0, 4.0, 4.0],
            ]]],
            &Device::flex(),
        );
        upsample(x)
            .into_data()
            .assert_eq(&expected.into_data(), true);
    }

    #[test]
    fn masking_every_level_equals_the_unconditional_model() {
        let device = Device::flex();
        device.seed(1);
        let config = ModelConfig::preset("tiny").unwrap();
        let model = crate::model::randomised(config.init(&device).unwrap());
        let (x, log_snr) = (
            random([2, 3, 16, 16]),
            Tensor::from_floats([0.5, -1.0], &device),
        );
        let run = |z: Tensor<2>, keep: f32| {
            let condition = Condition {
                log_snr: log_snr.clone(),
                view: None,
                latent: model.condition(z, Some(Tensor::full([2, 3], keep, &device)), 16),
            };
            model.unet.forward(x.clone(), condition).into_data()
        };
        let z = Tensor::random([2, 16], Distribution::Normal(0.0, 1.0), &device);
        let masked = run(z.clone(), 0.0);
        masked.assert_approx_eq::<f32>(&run(z.zeros_like(), 1.0), Tolerance::default());
        assert!(
            masked != run(z, 1.0),
            "the latent must matter when it is kept"
        );
    }
}
