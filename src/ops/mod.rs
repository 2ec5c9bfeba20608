//! Operations of our own, where Burn's are the bottleneck: what nearly all time is spent in.
//!
//! | operation | what it is |
//! |---|---|
//! | [`conv3x3`] | 3×3 convolution, stride 1, zero padding 1 |
//! | [`conv1x1`] | 1×1 convolution |
//! | [`patches`] | convolution of non-overlapping patches |
//! | [`rearrange`] | pixels folded into channels and back, repeated, summed |
//! | [`norm_silu`] | GroupNorm, scale and shift for each channel of each picture, SiLU |
//! | [`linear`] | a linear layer, which has few rows wherever a model is used |
//! | [`blend`], [`sum_of_squares`], AdamW | what training does to every parameter |
//!
//! Each is registered through Burn's extension interface, forward and backward, so that tensors
//! carry their device here as everywhere. [`cpu`] holds the CPU's kernels, `flex` gives them to
//! Burn's CPU backend, and `gpu` holds those for GPUs, which know f16 as well where the device
//! does. Other tensors get the same composed of Burn's own operations (`composed`).

mod composed;
pub mod cpu;
#[cfg(feature = "flex")]
mod flex;
#[cfg(any(feature = "wgpu", feature = "webgpu", feature = "cuda"))]
pub mod gpu;

#[cfg(feature = "train")]
mod autodiff;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;

/// A way to rearrange feature maps `[batch, C, height, width]`. Each has an adjoint, which is what
/// carries gradients back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rearrange {
    /// Squares of this side into channels (space to depth): `[batch, C·p², height/p, width/p]`,
    /// the channels in the order of [`patches`]' weights.
    Fold(usize),
    /// Channels into squares of this side, the inverse and adjoint of [`Fold`](Self::Fold).
    Unfold(usize),
    /// Every pixel twice in both directions: `[batch, C, 2·height, 2·width]`.
    Repeat,
    /// Sums of squares of two by two: `[batch, C, height/2, width/2]`, the adjoint of
    /// [`Repeat`](Self::Repeat).
    Sum,
}

impl Rearrange {
    /// The transpose of this linear map.
    pub fn adjoint(self) -> Self {
        match self {
            Self::Fold(p) => Self::Unfold(p),
            Self::Unfold(p) => Self::Fold(p),
            Self::Repeat => Self::Sum,
            Self::Sum => Self::Repeat,
        }
    }

    /// Shape of what maps of shape `[batch, C, height, width]` become.
    pub fn shape(self, [b, c, h, w]: [usize; 4]) -> [usize; 4] {
        match self {
            Self::Fold(p) => [b, c * p * p, h / p, w / p],
            Self::Unfold(p) => [b, c / (p * p), h * p, w * p],
            Self::Repeat => [b, c, 2 * h, 2 * w],
            Self::Sum => [b, c, h / 2, w / 2],
        }
    }
}

/// `keep·x + add·y`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Blend {
    /// Share of what is there.
    pub keep: f32,
    /// Share of what comes.
    pub add: f32,
    /// Whether the square of `y` comes instead.
    pub squared: bool,
}

/// The numbers of a step of AdamW.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamStep {
    /// Learning rate.
    pub rate: f32,
    /// Weight decay, per unit of the learning rate.
    pub decay: f32,
    /// What the mean gradient is divided by, `1 − β₁ᵗ`.
    pub bias_1: f32,
    /// What the mean square is divided by, `1 − β₂ᵗ`.
    pub bias_2: f32,
    /// Added to the root mean square.
    pub epsilon: f32,
}

/// Forward operations, which a backend may have kernels for.
#[backend_extension(
    Flex: cfg(feature = "flex"),
    Cube: cfg(any(feature = "wgpu", feature = "webgpu", feature = "cuda")),
    Autodiff: cfg(feature = "train"),
)]
pub trait Operations: Backend {
    /// See [`conv3x3`].
    fn ext_conv3x3(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        composed::conv::<Self>(x, weight, bias)
    }

    /// See [`conv1x1`].
    fn ext_conv1x1(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        composed::conv::<Self>(x, weight, bias)
    }

    /// See [`rearrange`].
    fn ext_rearrange(x: FloatTensor<Self>, kind: Rearrange) -> FloatTensor<Self> {
        composed::rearrange::<Self>(x, kind)
    }

    /// See [`norm_silu`].
    fn ext_norm_silu(
        x: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        groups: usize,
        epsilon: f64,
    ) -> FloatTensor<Self> {
        composed::norm_silu::<Self>(x, scale, shift, groups, epsilon)
    }

    /// See [`linear`].
    fn ext_linear(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        Self::linear(x, weight, Some(bias))
    }

    /// See [`linear_transposed`].
    fn ext_linear_transposed(x: FloatTensor<Self>, weight: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::float_matmul(x, Self::float_transpose(weight))
    }

    /// See [`blend`].
    fn ext_blend(x: FloatTensor<Self>, y: FloatTensor<Self>, blend: Blend) -> FloatTensor<Self> {
        composed::blend::<Self>(x, y, blend)
    }

    /// Parameters after a step of AdamW with these moments, which are up to date:
    /// `(1 − rate·decay)·x − rate·(m₁/bias₁)/(√(m₂/bias₂) + epsilon)`. All have the same shape.
    fn ext_adam_step(
        x: FloatTensor<Self>,
        moment_1: FloatTensor<Self>,
        moment_2: FloatTensor<Self>,
        step: AdamStep,
    ) -> FloatTensor<Self> {
        composed::adam_step::<Self>(x, moment_1, moment_2, step)
    }

    /// See [`sum_of_squares`].
    fn ext_sum_of_squares(x: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::float_sum(Self::float_mul(x.clone(), x))
    }
}

/// What training needs besides.
pub trait Gradients: Operations {
    /// As [`conv3x3`], with weights that will have changed by the next call.
    fn conv3x3_once(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        Self::ext_conv3x3(x, weight, bias)
    }

    /// Gradients by `x`, `weight` and `bias`, those that are `wanted`.
    fn conv3x3_backward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        dy: FloatTensor<Self>,
        wanted: [bool; 3],
    ) -> [Option<FloatTensor<Self>>; 3] {
        composed::conv_backward::<Self>(x, weight, bias, dy, wanted)
    }

    /// Gradients by `x`, `weight` and `bias`, those that are `wanted`.
    fn conv1x1_backward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        dy: FloatTensor<Self>,
        wanted: [bool; 3],
    ) -> [Option<FloatTensor<Self>>; 3] {
        composed::conv_backward::<Self>(x, weight, bias, dy, wanted)
    }

    /// Gradients by `x`, `scale` and `shift`.
    fn norm_silu_backward(
        x: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        dy: FloatTensor<Self>,
        groups: usize,
        epsilon: f64,
    ) -> [FloatTensor<Self>; 3] {
        composed::norm_silu_backward::<Self>(x, scale, shift, dy, groups, epsilon)
    }

    /// Gradient by `x`.
    fn linear_input_gradient(
        weight: FloatTensor<Self>,
        dy: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        Self::linear_x_backward(weight, dy)
    }

    /// Gradient by `weight`.
    fn linear_weight_gradient(x: FloatTensor<Self>, dy: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::linear_weight_backward(x, dy)
    }
}

/// 3×3 convolution, stride 1, zero padding 1.
///
/// # Shapes
/// - x: `[batch, C, height, width]`; weight: `[K, C, 3, 3]`; bias: `[K]`
/// - output: `[batch, K, height, width]`
pub fn conv3x3(x: Tensor<4>, weight: Tensor<4>, bias: Tensor<1>) -> Tensor<4> {
    Tensor::from_dispatch(Dispatch::ext_conv3x3(
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
    ))
}

/// 1×1 convolution.
///
/// # Shapes
/// - x: `[batch, C, height, width]`; weight: `[K, C, 1, 1]`; bias: `[K]`
/// - output: `[batch, K, height, width]`
pub fn conv1x1(x: Tensor<4>, weight: Tensor<4>, bias: Tensor<1>) -> Tensor<4> {
    Tensor::from_dispatch(Dispatch::ext_conv1x1(
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
    ))
}

/// Convolution of non-overlapping square patches: the patches folded into channels, then a 1×1
/// convolution.
///
/// # Shapes
/// - x: `[batch, C, height, width]`; weight: `[K, C, p, p]`; bias: `[K]`
/// - output: `[batch, K, height/p, width/p]`
pub fn patches(x: Tensor<4>, weight: Tensor<4>, bias: Tensor<1>) -> Tensor<4> {
    let [outputs, channels, p, _] = weight.dims();
    let weight = weight.reshape([outputs, channels * p * p, 1, 1]);
    conv1x1(rearrange(x, Rearrange::Fold(p)), weight, bias)
}

/// Feature maps rearranged.
///
/// # Shapes
/// - x: `[batch, C, height, width]`, divisible as `kind` needs it
/// - output: see [`Rearrange::shape`]
pub fn rearrange(x: Tensor<4>, kind: Rearrange) -> Tensor<4> {
    Tensor::from_dispatch(Dispatch::ext_rearrange(x.into_dispatch(), kind))
}

/// `silu(scale·GN(x) + shift)`, where `GN` takes from each group of channels of each picture its
/// mean and divides by its standard deviation, `√(variance + epsilon)`.
///
/// # Shapes
/// - x: `[batch, C, height, width]`, `groups` dividing `C`
/// - scale, shift: `[batch, C]`
/// - output: as x
pub fn norm_silu(
    x: Tensor<4>,
    scale: Tensor<2>,
    shift: Tensor<2>,
    groups: usize,
    epsilon: f64,
) -> Tensor<4> {
    Tensor::from_dispatch(Dispatch::ext_norm_silu(
        x.into_dispatch(),
        scale.into_dispatch(),
        shift.into_dispatch(),
        groups,
        epsilon,
    ))
}

/// `x·weightᵀ`: what [`linear`] does, backwards. For weights that are not trained: gradients are
/// those of Burn's matrix product.
///
/// # Shapes
/// - x: `[rows, O]`; weight: `[I, O]`
/// - output: `[rows, I]`
pub fn linear_transposed(x: Tensor<2>, weight: Tensor<2>) -> Tensor<2> {
    Tensor::from_dispatch(Dispatch::ext_linear_transposed(
        x.into_dispatch(),
        weight.into_dispatch(),
    ))
}

/// `x·weight + bias`.
///
/// # Shapes
/// - x: `[rows, I]`; weight: `[I, O]`; bias: `[O]`
/// - output: `[rows, O]`
pub fn linear(x: Tensor<2>, weight: Tensor<2>, bias: Tensor<1>) -> Tensor<2> {
    Tensor::from_dispatch(Dispatch::ext_linear(
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
    ))
}

/// `keep·x + add·y`, or of `y²`. Has no gradient.
///
/// # Shapes
/// - x, y, output: all the same
pub fn blend<const D: usize>(x: Tensor<D>, y: Tensor<D>, blend: Blend) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::ext_blend(
        x.into_dispatch(),
        y.into_dispatch(),
        blend,
    ))
}

/// `Σx²`, `[1]`. Has no gradient.
pub fn sum_of_squares<const D: usize>(x: Tensor<D>) -> Tensor<1> {
    Tensor::from_dispatch(Dispatch::ext_sum_of_squares(x.into_dispatch()))
}
