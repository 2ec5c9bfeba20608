//! Linear layers of a few rows, which is what steers a painting: Burn's matrix product pads them to
//! tens of rows.

use super::{CubeTensor, by_type, cubecl, empty, one_dimension};
use burn::backend::TensorMetadata;
use burn::tensor::Shape;
use cubecl::prelude::*;

/// Most rows for which this is the faster way.
pub const MOST_ROWS: usize = 32;
/// Most rows that one unit takes.
const ROWS: usize = 8;

/// `y [rows, O]` of `x [rows, I]`, `weight [I, O]` and `bias [O]`.
pub fn forward(x: CubeTensor, weight: CubeTensor, bias: CubeTensor) -> CubeTensor {
    let outputs = weight.shape()[1];
    launch(x, weight, Some(bias), outputs, false)
}

/// `y [rows, I]` of `x [rows, O]` and `weight [I, O]`: `x·weightᵀ`, the gradient of [`forward`] by
/// its `x` too.
pub fn transposed(x: CubeTensor, weight: CubeTensor) -> CubeTensor {
    let outputs = weight.shape()[0];
    launch(x, weight, None, outputs, true)
}

fn launch(
    x: CubeTensor,
    weight: CubeTensor,
    bias: Option<CubeTensor>,
    outputs: usize,
    turned: bool,
) -> CubeTensor {
    let rows = x.shape()[0];
    let y = empty(&x, Shape::new([rows, outputs]), x.dtype());
    let tile = rows.min(ROWS);
    let (count, size) = one_dimension(&x, outputs * rows.div_ceil(tile));
    let client = x.client.clone();
    let has_bias = bias.is_some();
    // A kernel's arguments are all there: where there is no bias, the weights stand in unread.
    let bias = bias.unwrap_or_else(|| weight.clone());
    by_type!(x.dtype(), F => {
        // SAFETY: every index is clamped to its tensor.
        unsafe {
            multiply::launch_unchecked::<F>(
                &client,
                count,
                size,
                x.into_tensor_arg(),
                weight.into_tensor_arg(),
                bias.into_tensor_arg(),
                y.clone().into_tensor_arg(),
                has_bias,
                turned,
                tile,
            );
        }
    });
    y
}

/// One output of a few rows.
#[cube(launch_unchecked)]
fn multiply<F: Float>(
    x: &Tensor<F>,
    weight: &Tensor<F>,
    bias: &Tensor<F>,
    y: &mut Tensor<F>,
    #[comptime] has_bias: bool,
    #[comptime] turned: bool,
    #[comptime] tile: usize,
) {
    let rows = x.shape(0);
    let inputs = x.shape(1);
    let outputs = y.shape(1);
    let output = ABSOLUTE_POS % outputs;
    let first = ABSOLUTE_POS / outputs * tile;
    if first >= rows {
        terminate!();
    }
    let mut starts = Array::<usize>::new(tile);
    let mut sums = Array::<f32>::new(tile);
    #[unroll]
    for r in 0..tile {
        starts[r] = (first + r).min(rows - 1) * inputs;
        sums[r] = if has_bias {
            f32::cast_from(bias[output])
        } else {
            0.0f32.runtime()
        };
    }
    for i in 0..inputs {
        let at = if turned {
            output * inputs + i
        } else {
            i * outputs + output
        };
        let weight = f32::cast_from(weight[at]);
        #[unroll]
        for r in 0..tile {
            sums[r] += weight * f32::cast_from(x[starts[r] + i]);
        }
    }
    #[unroll]
    for r in 0..tile {
        if first + r < rows {
            y[(first + r) * outputs + output] = F::cast_from(sums[r]);
        }
    }
}

/// Gradient by the weights, `xᵀ·dy [I, O]` of `x [rows, I]` and `dy [rows, O]`.
pub fn weight_gradient(x: CubeTensor, dy: CubeTensor) -> CubeTensor {
    let (inputs, outputs) = (x.shape()[1], dy.shape()[1]);
    let gradient = empty(&x, Shape::new([inputs, outputs]), x.dtype());
    let (count, size) = one_dimension(&x, inputs.div_ceil(ROWS) * outputs);
    let client = x.client.clone();
    by_type!(x.dtype(), F => {
        // SAFETY: every index is clamped to its tensor.
        unsafe {
            outer::launch_unchecked::<F>(
                &client,
                count,
                size,
                x.into_tensor_arg(),
                dy.into_tensor_arg(),
                gradient.clone().into_tensor_arg(),
                ROWS,
            );
        }
    });
    gradient
}

/// A few inputs' weights of one output.
#[cube(launch_unchecked)]
fn outer<F: Float>(
    x: &Tensor<F>,
    dy: &Tensor<F>,
    gradient: &mut Tensor<F>,
    #[comptime] tile: usize,
) {
    let rows = x.shape(0);
    let inputs = x.shape(1);
    let outputs = dy.shape(1);
    let output = ABSOLUTE_POS % outputs;
    let first = ABSOLUTE_POS / outputs * tile;
    if first >= inputs {
        terminate!();
    }
    let mut sums = Array::<f32>::new(tile);
    #[unroll]
    for i in 0..tile {
        sums[i] = 0.0f32;
    }
    for row in 0..rows {
        let pull = f32::cast_from(dy[row * outputs + output]);
        #[unroll]
        for i in 0..tile {
            sums[i] += pull * f32::cast_from(x[row * inputs + (first + i).min(inputs - 1)]);
        }
    }
    #[unroll]
    for i in 0..tile {
        if first + i < inputs {
            gradient[(first + i) * outputs + output] = F::cast_from(sums[i]);
        }
    }
}
