//! The denoising U-Net, which is also the decoder `D`.
//!
//! ```text
//!            x_t [B, 3, S, S]                         v [B, 3, S, S]
//!                  │ fold pixels into patches              ▲ unfold
//!   level 0   ┌─ blocks ───────────── skip ──────────► blocks ─┐   ◄ z[L]    (finest group)
//!   level 1   └► ↓2, blocks ───────── skip ──────► blocks, ↑2 ─┘   ◄ z[L-1]
//!   ...
//!   middle             └────────► blocks ────────────┘             ◄ z[0]    (coarsest group)
//! ```
//!
//! Time and view label reach every block through one embedding; latent group `l` reaches the
//! blocks of its own level, on both sides (layer modulation: Hudson et al., *SODA*, CVPR 2024,
//! §3.2). Beyond the paper, a coarse group also paints a feature map linearly (its *seed*), added
//! where its level begins on the way up: the map tells the convolutions where things are, which
//! modulation alone, the same for every pixel, has to learn through padding.

use super::blocks::{
    ResBlock, conv1x1, conv3x3, convolve, linear, norm_silu, patches, upsample, zero_conv3x3,
};
use super::config::ModelConfig;
use super::embedding::waves;
use super::encoder::pool;
use super::mixed::{MixedPrecision, cast};
use super::modulation::{Modulation, ScaleShift};
use super::principal::Principal;
use crate::ops::{self, Rearrange};
use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::{Embedding, EmbeddingConfig, GroupNorm, GroupNormConfig, Linear, LinearConfig};
use burn::tensor::activation::{sigmoid, silu};
use burn::tensor::{DType, Device, Int, Tensor};

/// What the U-Net is told besides the noisy pictures. All tensors share the batch.
#[derive(Debug, Clone)]
pub struct Condition {
    /// log-SNR of each picture, `[batch]`.
    pub log_snr: Tensor<1>,
    /// View labels, `[batch]`; the number of views stands for "no label".
    pub view: Option<Tensor<1, Int>>,
    /// What the latents say.
    pub steering: Steering,
}

/// What latents say to the U-Net, worked out once for all steps of a painting; made by
/// [`Autoencoder::steer`](super::Autoencoder::steer) for one side of pictures.
#[derive(Debug, Clone)]
pub struct Steering {
    modulation: ScaleShift,
    /// Feature maps by group, coarse to fine.
    seeds: Vec<Option<Tensor<4>>>,
    /// What the principal components paint, `[batch, 3, size, size]`.
    base: Option<Tensor<4>>,
}

/// A feature map painted linearly from a latent group.
#[derive(Module, Debug)]
pub(super) struct Seed {
    pub paint: Linear,
    project: Conv2d,
    channels: usize,
    side: usize,
}

impl Seed {
    fn forward(&self, z: Tensor<2>, side: usize) -> Tensor<4> {
        let batch = z.dims()[0];
        let map = linear(&self.paint, z).reshape([batch, self.channels, self.side, self.side]);
        convolve(&self.project, pool(map, self.side / side))
    }
}

/// One resolution level.
#[derive(Module, Debug)]
pub(super) struct Level {
    /// Halves the resolution on the way down; the finest level has none.
    shrink: Option<Conv2d>,
    down: Vec<ResBlock>,
    up: Vec<ResBlock>,
    /// Fits the width of the next finer level before the resolution is doubled.
    grow: Option<Conv2d>,
    pub(super) seed: Option<Seed>,
}

/// Embedding of log-SNR and view label.
#[derive(Module, Debug)]
struct TimeEmbedding {
    linear1: Linear,
    linear2: Linear,
    view: Option<Embedding>,
    width: usize,
}

impl TimeEmbedding {
    fn forward(&self, log_snr: Tensor<1>, view: Option<Tensor<1, Int>>) -> Tensor<2> {
        let device = log_snr.device();
        let mut h = linear(&self.linear1, waves(log_snr, self.width));
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
    pub(super) levels: Vec<Level>,
    middle: Vec<ResBlock>,
    pub(super) middle_seed: Option<Seed>,
    pub(super) modulation: Modulation,
    norm: GroupNorm,
    output: Conv2d,
    patch: usize,
    #[module(skip)]
    pub(super) groups: Vec<usize>,
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
                .map(|_| ResBlock::new(width, unet.norm_groups, device))
                .collect()
        };
        let widths = (0..=levels).map(|group| match group {
            0 => vec![channels[levels - 1]; unet.middle],
            group => vec![channels[levels - group]; 2 * unet.blocks],
        });
        let seed = |group: usize, level: usize| {
            let side = (config.size / unet.patch) >> level;
            let width = unet.seeds[group];
            (width > 0).then(|| Seed {
                paint: LinearConfig::new(config.groups[group], width * side * side).init(device),
                project: conv1x1(width, channels[level], device),
                channels: width,
                side,
            })
        };
        let pixels = 3 * unet.patch * unet.patch;
        Self {
            time: TimeEmbedding {
                linear1: LinearConfig::new(unet.embedding, unet.embedding).init(device),
                linear2: LinearConfig::new(unet.embedding, unet.embedding).init(device),
                view: (config.views > 0)
                    .then(|| EmbeddingConfig::new(config.views + 1, unet.embedding).init(device)),
                width: unet.embedding,
            },
            input: conv3x3(
                pixels * if config.principal.is_some() { 2 } else { 1 },
                channels[0],
                device,
            ),
            levels: (0..levels)
                .map(|l| Level {
                    shrink: (l > 0).then(|| patches(channels[l - 1], channels[l], 2, device)),
                    down: blocks(unet.blocks, channels[l]),
                    up: blocks(unet.blocks, channels[l]),
                    grow: (l > 0).then(|| conv1x1(channels[l], channels[l - 1], device)),
                    seed: seed(levels - l, l),
                })
                .collect(),
            middle: blocks(unet.middle, channels[levels - 1]),
            middle_seed: seed(0, levels - 1),
            modulation: Modulation::new(unet.embedding, &config.groups, widths.collect(), device),
            norm: GroupNormConfig::new(unet.norm_groups, channels[0]).init(device),
            output: zero_conv3x3(channels[0], pixels, device),
            patch: unet.patch,
            groups: config.groups.clone(),
            precision: MixedPrecision::F32,
        }
    }

    /// See [`Autoencoder::steer`](super::Autoencoder::steer).
    pub(super) fn steer(
        &self,
        z: Tensor<2>,
        keep: Option<Tensor<2>>,
        principal: Option<&Principal>,
        size: usize,
    ) -> Steering {
        let groups = split_groups(z, keep, &self.groups);
        let levels = self.levels.len();
        let seed = |group: usize| {
            let (seed, level) = match group {
                0 => (&self.middle_seed, levels - 1),
                group => (&self.levels[levels - group].seed, levels - group),
            };
            let side = (size / self.patch) >> level;
            seed.as_ref()
                .map(|seed| seed.forward(groups[group].clone(), side))
        };
        Steering {
            modulation: self.modulation.latent(&groups),
            seeds: (0..=levels).map(seed).collect(),
            base: principal.map(|p| p.decode(Tensor::cat(groups.clone(), 1), size)),
        }
    }

    /// # Shapes
    /// - x: `[batch, 3, size, size]`, the noisy pictures `x_t`
    /// - output: `[batch, 3, size, size]`, the prediction of `v`
    pub fn forward(&self, x: Tensor<4>, condition: Condition) -> Tensor<4> {
        let steering = condition.steering;
        let time = self.time.forward(condition.log_snr.clone(), condition.view);
        let mut scales = self.modulation.forward(time, &steering.modulation);
        let levels = self.levels.len();

        let folded = match &steering.base {
            Some(base) => Tensor::cat(vec![fold(x, self.patch), fold(base.clone(), self.patch)], 1),
            None => fold(x, self.patch),
        };
        let dtype = self.precision.dtype();
        let mut h = convolve(&self.input, cast(folded, dtype));
        let mut skips = Vec::new();
        for (l, level) in self.levels.iter().enumerate() {
            if let Some(shrink) = &level.shrink {
                h = convolve(shrink, h);
            }
            let scales = scales[levels - l].drain(..level.down.len());
            for (block, scale) in level.down.iter().zip(scales) {
                h = block.forward(h, scale);
                skips.push(h.clone());
            }
        }
        if let Some(seed) = &steering.seeds[0] {
            h = h + cast(seed.clone(), dtype);
        }
        for (block, scale) in self.middle.iter().zip(scales[0].drain(..)) {
            h = block.forward(h, scale);
        }
        for (l, level) in self.levels.iter().enumerate().rev() {
            if let Some(seed) = &steering.seeds[levels - l] {
                h = h + cast(seed.clone(), dtype);
            }
            for (block, scale) in level.up.iter().zip(scales[levels - l].drain(..)) {
                let skip = skips
                    .pop()
                    .expect("one skip for each block on the way down");
                h = block.forward(h + skip, scale);
            }
            if let Some(grow) = &level.grow {
                h = upsample(convolve(grow, h));
            }
        }
        let h = convolve(&self.output, norm_silu(&self.norm, h));
        let v = unfold(cast(h, DType::F32), self.patch);
        match steering.base {
            // `v = α·ε − σ·x`: the base's part of x is known already.
            Some(base) => {
                let sigma = sigmoid(condition.log_snr.neg()).sqrt();
                v - base * sigma.reshape([-1, 1, 1, 1])
            }
            None => v,
        }
    }
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

/// Space to depth: `[B, C, H, W]` to `[B, C·p², H/p, W/p]`.
fn fold(x: Tensor<4>, p: usize) -> Tensor<4> {
    ops::rearrange(x, Rearrange::Fold(p))
}

/// Depth to space, the inverse of [`fold`].
fn unfold(x: Tensor<4>, p: usize) -> Tensor<4> {
    ops::rearrange(x, Rearrange::Unfold(p))
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
                steering: model.steer(z, Some(Tensor::full([2, 3], keep, &device)), 16),
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
