//! Convolutions of side 3 and 1, stride 1, padded with zeros to keep the resolution: forward and
//! both gradients, in two forms of one computation.
//!
//! - [`registers`]: a unit reads all that its tile of outputs needs by itself. A driver that runs
//!   on a CPU is best served by this: its memory is a cache already.
//! - [`workgroup`]: units that share pixels or weights read them once into workgroup memory. This
//!   is for GPUs.
//!
//! In both, units or workgroups share the input channels among them where there would otherwise be
//! fewer than a GPU can take at once, and their sums are added up.

mod registers;
mod workgroup;

use super::{CubeTensor, Means, by_type, cubecl, empty, one_dimension};
use burn::backend::TensorMetadata;
use burn::tensor::{DType, Shape};
use cubecl::prelude::*;

/// Units that keep a GPU busy.
const BUSY: usize = 4096;
/// Fewest input channels that are worth a share of their own.
const FEW: usize = 16;

/// What a convolution computes, apart from its tensors.
struct Plan {
    /// Output channels.
    outputs: usize,
    /// Whether the weights are turned by 180° and `[C, K]` instead of `[K, C]`: the gradient by the
    /// input is that convolution.
    turned: bool,
    /// Input channels of a share.
    per_part: usize,
    /// Shares of the input channels.
    parts: usize,
}

/// `y [batch, K, height, width]` of `x [batch, C, height, width]`, `weight [K, C, side, side]` and
/// `bias [K]`.
pub fn forward(x: CubeTensor, weight: CubeTensor, bias: Option<CubeTensor>) -> CubeTensor {
    let outputs = weight.shape()[0];
    convolve(x, weight, bias, outputs, false)
}

/// Gradient by `x`: a convolution of `dy` with the kernels turned by 180°, inputs and outputs
/// exchanged.
pub fn input_gradient(weight: CubeTensor, dy: CubeTensor) -> CubeTensor {
    let outputs = weight.shape()[1];
    convolve(dy, weight, None, outputs, true)
}

fn convolve(
    x: CubeTensor,
    weight: CubeTensor,
    bias: Option<CubeTensor>,
    outputs: usize,
    turned: bool,
) -> CubeTensor {
    let [batch, channels, height, width] = x.shape().dims();
    let means = Means::of(&x);
    let units = if means.workgroup {
        workgroup::units(batch, outputs, height, width, weight.shape()[2])
    } else {
        registers::units(batch, outputs, height, width)
    };
    let per_part = channels.div_ceil(BUSY.div_ceil(units)).max(FEW);
    let plan = Plan {
        outputs,
        turned,
        per_part,
        parts: channels.div_ceil(per_part),
    };
    let (parts, dtype) = (plan.parts, x.dtype());
    // Shares are kept in f32, whatever the tensors are: they are still to be added up.
    let kept = if parts == 1 { dtype } else { DType::F32 };
    let sums = empty(
        &x,
        Shape::new([parts * batch, outputs, height, width]),
        kept,
    );
    let launch = if means.workgroup {
        workgroup::convolve
    } else {
        registers::convolve
    };
    let own_bias = bias.clone().filter(|_| parts == 1);
    launch(x, weight.clone(), own_bias, sums.clone(), &plan);
    match parts {
        1 => sums,
        _ => add_up(sums, bias, [batch, outputs, height, width], dtype),
    }
}

/// The shares `[parts·batch, K, height, width]` of a convolution added up, and the bias.
fn add_up(
    sums: CubeTensor,
    bias: Option<CubeTensor>,
    shape: [usize; 4],
    dtype: DType,
) -> CubeTensor {
    let y = empty(&sums, Shape::new(shape), dtype);
    let (count, size) = one_dimension(&sums, y.shape().num_elements());
    let client = sums.client.clone();
    let has_bias = bias.is_some();
    // A kernel's arguments are all there: where there is no bias, an output stands in unread.
    let bias = bias.unwrap_or_else(|| empty(&y, Shape::new([1]), dtype));
    by_type!(dtype, F => {
        // SAFETY: every index is below its tensor's length.
        unsafe {
            add_shares::launch_unchecked::<F>(
                &client,
                count,
                size,
                sums.into_tensor_arg(),
                bias.into_tensor_arg(),
                y.clone().into_tensor_arg(),
                has_bias,
            );
        }
    });
    y
}

#[cube(launch_unchecked)]
fn add_shares<F: Float>(
    sums: &Tensor<f32>,
    bias: &Tensor<F>,
    y: &mut Tensor<F>,
    #[comptime] has_bias: bool,
) {
    let at = ABSOLUTE_POS;
    let length = y.shape(0) * y.shape(1) * y.shape(2) * y.shape(3);
    if at >= length {
        terminate!();
    }
    let mut sum = 0.0f32;
    if has_bias {
        sum += f32::cast_from(bias[at / (y.shape(2) * y.shape(3)) % y.shape(1)]);
    }
    for part in 0..sums.shape(0) / y.shape(0) {
        sum += sums[part * length + at];
    }
    y[at] = F::cast_from(sum);
}

/// Parts of the gradient by the weights, f32 `[parts, K·C·side²]`, to be added up: each from some
/// rows of pixels, so that there is work for every unit.
pub fn weight_gradient(x: CubeTensor, dy: CubeTensor, side: usize) -> CubeTensor {
    let [batch, channels, height, _] = x.shape().dims();
    let outputs = dy.shape()[1];
    let means = Means::of(&x);
    let units = if means.workgroup {
        workgroup::gradient_units(channels, outputs)
    } else {
        registers::gradient_units(channels, outputs)
    };
    let rows = batch * height;
    let per_part = rows.div_ceil(BUSY.div_ceil(units).min(rows));
    let parts = rows.div_ceil(per_part);
    let shape = Shape::new([parts, outputs * channels * side * side]);
    let sums = empty(&x, shape, DType::F32);
    let launch = if means.workgroup {
        workgroup::correlate
    } else {
        registers::correlate
    };
    launch(x, dy, sums.clone(), per_part, side);
    sums
}

/// Whether `at`, which counts from the padding, lies inside the picture.
#[cube]
fn is_inside(at: usize, #[comptime] padding: usize, length: usize) -> bool {
    at >= padding && at < length + padding
}

/// The place inside the picture nearest to `at`, which counts from the padding.
#[cube]
fn inside(at: usize, #[comptime] padding: usize, length: usize) -> usize {
    at.max(padding).min(length + padding - 1) - padding
}
