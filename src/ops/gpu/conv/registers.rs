//! Convolutions whose units work alone.
//!
//! A unit computes a tile of outputs in registers: a few pixels of a row in a few output channels.
//! For each input channel it reads the rows of pixels that the tile needs and all taps of an output
//! channel's kernel, so that a value read is used many times whether or not the driver keeps it in
//! a cache.

use super::{CubeTensor, Plan, by_type, cubecl, inside, is_inside, one_dimension};
use burn::backend::TensorMetadata;
use burn::tensor::DType;
use cubecl::prelude::*;

/// Pixels of a row in a unit's tile.
const WIDE: usize = 8;
/// Output channels in a unit's tile.
const DEEP: usize = 8;
/// Output channels in a tile of the gradient by weights.
const SHALLOW: usize = 4;

/// Units that a convolution has work for if nothing is shared out.
pub fn units(batch: usize, outputs: usize, height: usize, width: usize) -> usize {
    batch * height * width.div_ceil(WIDE) * outputs.div_ceil(DEEP)
}

/// Fills `sums [parts·batch, K, height, width]`.
pub fn convolve(
    x: CubeTensor,
    weight: CubeTensor,
    bias: Option<CubeTensor>,
    sums: CubeTensor,
    plan: &Plan,
) {
    let [batch, _, height, width] = x.shape().dims();
    let side = weight.shape()[2];
    let tiles = plan.parts * units(batch, plan.outputs, height, width);
    let (count, size) = one_dimension(&x, tiles);
    let client = x.client.clone();
    let has_bias = bias.is_some();
    // A kernel's arguments are all there: where there is no bias, the weights stand in unread.
    let bias = bias.unwrap_or_else(|| weight.clone());
    let whole = sums.dtype() == DType::F32;
    by_type!(x.dtype(), F => by_type!(if whole { DType::F32 } else { x.dtype() }, S => {
        // SAFETY: every index is clamped to its tensor.
        unsafe {
            tile::launch_unchecked::<F, S>(
                &client,
                count,
                size,
                x.into_tensor_arg(),
                weight.into_tensor_arg(),
                bias.into_tensor_arg(),
                sums.into_tensor_arg(),
                plan.per_part,
                has_bias,
                plan.turned,
                side,
                WIDE,
                DEEP,
            );
        }
    }));
}

#[cube(launch_unchecked)]
fn tile<F: Float, S: Float>(
    x: &Tensor<F>,
    weight: &Tensor<F>,
    bias: &Tensor<F>,
    sums: &mut Tensor<S>,
    per_part: usize,
    #[comptime] has_bias: bool,
    #[comptime] turned: bool,
    #[comptime] side: usize,
    #[comptime] wide: usize,
    #[comptime] deep: usize,
) {
    let channels = x.shape(1);
    let height = x.shape(2);
    let width = x.shape(3);
    let outputs = sums.shape(1);
    let across = width.div_ceil(wide);
    let blocks = outputs.div_ceil(deep);
    let unit = ABSOLUTE_POS;
    // Part by part, and in each picture by picture.
    let image = unit / (across * height * blocks);
    if image >= sums.shape(0) {
        terminate!();
    }
    let column = unit % across * wide;
    let row = unit / across % height;
    let first = unit / (across * height) % blocks * deep;
    let last = outputs - 1;

    // Where the pixels that the tile needs lie in a plane, and which are padding.
    let padding = comptime!(side / 2);
    let taps = comptime!(side * side);
    let span = comptime!(wide + side - 1);
    let mut lines = Array::<usize>::new(side);
    let mut line_inside = Array::<bool>::new(side);
    #[unroll]
    for dy in 0..side {
        let at = row + dy;
        lines[dy] = inside(at, padding, height) * width;
        line_inside[dy] = is_inside(at, padding, height);
    }
    let mut columns = Array::<usize>::new(span);
    let mut column_inside = Array::<bool>::new(span);
    #[unroll]
    for i in 0..span {
        let at = column + i;
        columns[i] = inside(at, padding, width);
        column_inside[i] = is_inside(at, padding, width);
    }

    // Where each output channel's kernels begin, and how far apart they are.
    let mut kernels = Array::<usize>::new(deep);
    let mut tile = Array::<f32>::new(comptime!(wide * deep));
    #[unroll]
    for k in 0..deep {
        let output = (first + k).min(last);
        kernels[k] = if turned {
            output * taps
        } else {
            output * channels * taps
        };
        #[unroll]
        for i in 0..wide {
            tile[k * wide + i] = if has_bias {
                f32::cast_from(bias[output])
            } else {
                0.0f32.runtime()
            };
        }
    }
    let apart = if turned {
        outputs * taps
    } else {
        taps.runtime()
    };

    let mut values = Array::<f32>::new(comptime!(side * span));
    let begin = image / x.shape(0) * per_part;
    let end = (begin + per_part).min(channels);
    for c in begin..end {
        let plane = (image % x.shape(0) * channels + c) * height * width;
        #[unroll]
        for dy in 0..side {
            #[unroll]
            for i in 0..span {
                let value = f32::cast_from(x[plane + lines[dy] + columns[i]]);
                values[dy * span + i] = select(line_inside[dy] && column_inside[i], value, 0.0f32);
            }
        }
        #[unroll]
        for k in 0..deep {
            let kernel = kernels[k] + c * apart;
            #[unroll]
            for tap in 0..taps {
                let tap_there = comptime!(if turned { taps - 1 - tap } else { tap });
                let weight = f32::cast_from(weight[kernel + tap_there]);
                #[unroll]
                for i in 0..wide {
                    let value = values[comptime!(tap / side * span + tap % side) + i];
                    tile[k * wide + i] += weight * value;
                }
            }
        }
    }

    #[unroll]
    for k in 0..deep {
        if first + k <= last {
            let line = ((image * outputs + first + k) * height + row) * width;
            #[unroll]
            for i in 0..wide {
                if column + i < width {
                    sums[line + column + i] = S::cast_from(tile[k * wide + i]);
                }
            }
        }
    }
}

/// Units that the gradient by weights has work for if the pixels are not shared out.
pub fn gradient_units(channels: usize, outputs: usize) -> usize {
    channels * outputs.div_ceil(SHALLOW)
}

/// Fills `sums [parts, K·C·side²]`, the gradients by the weights over `per_part` rows of pixels
/// each.
pub fn correlate(x: CubeTensor, dy: CubeTensor, sums: CubeTensor, per_part: usize, side: usize) {
    let (channels, outputs, parts) = (x.shape()[1], dy.shape()[1], sums.shape()[0]);
    let (count, size) = one_dimension(&x, parts * gradient_units(channels, outputs));
    let client = x.client.clone();
    by_type!(x.dtype(), F => {
        // SAFETY: every index is clamped to its tensor.
        unsafe {
            gather::launch_unchecked::<F>(
                &client,
                count,
                size,
                x.into_tensor_arg(),
                dy.into_tensor_arg(),
                sums.into_tensor_arg(),
                per_part,
                side,
                SHALLOW,
            );
        }
    });
}

/// The kernels of a few output channels for one input channel, over some rows of pixels.
#[cube(launch_unchecked)]
fn gather<F: Float>(
    x: &Tensor<F>,
    dy: &Tensor<F>,
    sums: &mut Tensor<f32>,
    per_part: usize,
    #[comptime] side: usize,
    #[comptime] deep: usize,
) {
    let channels = x.shape(1);
    let height = x.shape(2);
    let width = x.shape(3);
    let outputs = dy.shape(1);
    let blocks = outputs.div_ceil(deep);
    let unit = ABSOLUTE_POS;
    if unit >= sums.shape(0) * blocks * channels {
        terminate!();
    }
    let c = unit % channels;
    let first = unit / channels % blocks * deep;
    let part = unit / (channels * blocks);
    let last = outputs - 1;

    let padding = comptime!(side / 2);
    let taps = comptime!(side * side);
    let mut kernels = Array::<f32>::new(comptime!(taps * deep));
    #[unroll]
    for i in 0..comptime!(taps * deep) {
        kernels[i] = 0.0f32;
    }
    let mut values = Array::<f32>::new(taps);
    let end = ((part + 1) * per_part).min(x.shape(0) * height);
    for line in part * per_part..end {
        let image = line / height;
        let row = line % height;
        let plane = (image * channels + c) * height;
        // The columns left of those that the first pixel brings: each pixel moves all by one.
        #[unroll]
        for i in 0..side {
            #[unroll]
            for j in 0..side {
                values[i * side + j] = 0.0f32;
            }
            #[unroll]
            for j in 0..padding {
                let from = (plane + inside(row + i, padding, height)) * width;
                let value = f32::cast_from(x[from + j.min(width - 1)]);
                let is_pixel = is_inside(row + i, padding, height) && j < width;
                values[comptime!(i * side + side - padding + j)] = select(is_pixel, value, 0.0f32);
            }
        }
        for column in 0..width {
            #[unroll]
            for i in 0..side {
                #[unroll]
                for j in 1..side {
                    values[comptime!(i * side + j - 1)] = values[i * side + j];
                }
                let last = column + padding;
                let from = (plane + inside(row + i, padding, height)) * width;
                let value = f32::cast_from(x[from + last.min(width - 1)]);
                let is_pixel = is_inside(row + i, padding, height) && last < width;
                values[comptime!(i * side + side - 1)] = select(is_pixel, value, 0.0f32);
            }
            #[unroll]
            for k in 0..deep {
                let output = (first + k).min(last);
                let from = ((image * outputs + output) * height + row) * width;
                let pull = f32::cast_from(dy[from + column]);
                #[unroll]
                for tap in 0..taps {
                    kernels[k * taps + tap] += pull * values[tap];
                }
            }
        }
    }
    #[unroll]
    for k in 0..deep {
        if first + k <= last {
            let to = ((part * outputs + first + k) * channels + c) * taps;
            #[unroll]
            for tap in 0..taps {
                sums[to + tap] = kernels[k * taps + tap];
            }
        }
    }
}
