//! The residual block of the U-Net and what it is made of.

use super::mixed::cast;
use crate::ops::{self, Rearrange};
use burn::module::{Initializer, Module};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{GroupNorm, GroupNormConfig, Linear, PaddingConfig2d};
use burn::tensor::module::avg_pool2d;
use burn::tensor::ops::AvgPoolOptions;
use burn::tensor::{Device, Tensor};

/// 3×3 convolution, stride 1, that keeps the resolution.
pub(crate) fn conv3x3(channels_in: usize, channels_out: usize, device: &Device) -> Conv2d {
    Conv2dConfig::new([channels_in, channels_out], [3, 3])
        .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
        .init(device)
}

/// 1×1 convolution.
pub(crate) fn conv1x1(channels_in: usize, channels_out: usize, device: &Device) -> Conv2d {
    Conv2dConfig::new([channels_in, channels_out], [1, 1]).init(device)
}

/// Convolution over non-overlapping patches of side `patch`, which divides the resolution by it.
pub(super) fn patches(
    channels_in: usize,
    channels_out: usize,
    patch: usize,
    device: &Device,
) -> Conv2d {
    Conv2dConfig::new([channels_in, channels_out], [patch, patch])
        .with_stride([patch, patch])
        .init(device)
}

/// The same convolution, starting at zero: a residual branch that starts as the identity.
pub(super) fn zero_conv3x3(channels_in: usize, channels_out: usize, device: &Device) -> Conv2d {
    Conv2dConfig::new([channels_in, channels_out], [3, 3])
        .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
        .with_initializer(Initializer::Zeros)
        .init(device)
}

/// Any of these convolutions, by our own kernels, in the type of `x`.
///
/// # Shapes
/// - input: `[batch, channels_in, height, width]`
/// - output: `[batch, channels_out, height, width]`, divided by the patch's side for patches
pub(super) fn convolve(conv: &Conv2d, x: Tensor<4>) -> Tensor<4> {
    convolve_with(conv, x, conv.weight.val())
}

/// The same with other weights of the same shape.
pub(crate) fn convolve_with(conv: &Conv2d, x: Tensor<4>, weight: Tensor<4>) -> Tensor<4> {
    let bias = conv.bias.as_ref().expect("convolutions here have a bias");
    let (weight, bias) = (cast(weight, x.dtype()), cast(bias.val(), x.dtype()));
    match conv.kernel_size {
        [3, 3] => ops::conv3x3(x, weight, bias),
        [1, 1] => ops::conv1x1(x, weight, bias),
        _ => ops::patches(x, weight, bias),
    }
}

/// GroupNorm over groups of `per_group` channels (Wu and He 2018).
pub(super) fn group_norm(channels: usize, per_group: usize, device: &Device) -> GroupNorm {
    GroupNormConfig::new(channels / per_group, channels).init(device)
}

/// Normalisation, its learnt scale and shift, and SiLU.
///
/// # Shapes
/// - input, output: `[batch, channels, height, width]`
pub(super) fn norm_silu(norm: &GroupNorm, x: Tensor<4>) -> Tensor<4> {
    let [batch, channels, _, _] = x.dims();
    let [scale, shift] = [&norm.gamma, &norm.beta].map(|param| {
        let param = param.as_ref().expect("a norm with scale and shift");
        let param = cast(param.val(), x.dtype());
        param.unsqueeze_dim::<2>(0).expand([batch, channels])
    });
    ops::norm_silu(x, scale, shift, norm.num_groups, norm.epsilon)
}

/// A linear layer.
///
/// # Shapes
/// - input: `[batch, in]`; output: `[batch, out]`
pub(super) fn linear(layer: &Linear, x: Tensor<2>) -> Tensor<2> {
    match &layer.bias {
        Some(bias) => ops::linear(x, layer.weight.val(), bias.val()),
        None => layer.forward(x),
    }
}

/// Doubles the resolution by repeating every pixel.
///
/// # Shapes
/// - input: `[batch, channels, height, width]`
/// - output: `[batch, channels, 2·height, 2·width]`
pub(super) fn upsample(x: Tensor<4>) -> Tensor<4> {
    ops::rearrange(x, Rearrange::Repeat)
}

/// Mean over non-overlapping squares of side `factor`, which divides the sides.
pub(super) fn pool(x: Tensor<4>, factor: usize) -> Tensor<4> {
    match factor {
        1 => x,
        2 => ops::rearrange(x, Rearrange::Sum) * 0.25,
        factor => avg_pool2d(x, AvgPoolOptions::new([factor; 2])),
    }
}

/// Space to depth: `[B, C, H, W]` to `[B, C·p², H/p, W/p]`.
pub(crate) fn fold(x: Tensor<4>, p: usize) -> Tensor<4> {
    match p {
        1 => x,
        p => ops::rearrange(x, Rearrange::Fold(p)),
    }
}

/// Depth to space, the inverse of [`fold`].
pub(super) fn unfold(x: Tensor<4>, p: usize) -> Tensor<4> {
    match p {
        1 => x,
        p => ops::rearrange(x, Rearrange::Unfold(p)),
    }
}

/// Pre-activation residual block: `x + conv(silu(AdaGN(conv(silu(GN(x))))))`.
#[derive(Module, Debug)]
pub struct ResBlock {
    norm1: GroupNorm,
    conv1: Conv2d,
    norm2: GroupNorm,
    conv2: Conv2d,
}

impl ResBlock {
    /// A block of `channels` feature maps.
    pub fn new(channels: usize, norm_channels: usize, device: &Device) -> Self {
        Self {
            norm1: group_norm(channels, norm_channels, device),
            conv1: conv3x3(channels, channels, device),
            norm2: GroupNormConfig::new(channels / norm_channels, channels)
                .with_affine(false)
                .init(device),
            conv2: zero_conv3x3(channels, channels, device),
        }
    }

    /// # Shapes
    /// - x: `[batch, channels, height, width]`
    /// - scale, shift: `[batch, channels]`, from [`Modulation`](super::Modulation)
    /// - output: as x
    pub fn forward(&self, x: Tensor<4>, (scale, shift): (Tensor<2>, Tensor<2>)) -> Tensor<4> {
        let h = convolve(&self.conv1, norm_silu(&self.norm1, x.clone()));
        let norm = &self.norm2;
        let (scale, shift) = (cast(scale, h.dtype()), cast(shift, h.dtype()));
        let h = ops::norm_silu(h, scale, shift, norm.num_groups, norm.epsilon);
        x + convolve(&self.conv2, h)
    }
}
