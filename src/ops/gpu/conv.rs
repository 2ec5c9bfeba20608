//! Convolutions of side 3 and 1, stride 1, padded with zeros to keep the resolution: forward and both
//! gradients.
//!
//! A unit computes a tile of outputs in registers: a few pixels of a row in a few output channels. For
//! each input channel it reads the rows of pixels that the tile needs and all taps of an output
//! channel's kernel, so that a value read is used many times whether or not the driver keeps it in a cache.
//! Where there are fewer tiles than a GPU has units, several units share a tile, each taking some of
//! the input channels, and their sums are added up.

use super::{CubeTensor, cubecl, empty, one_dimension};
use burn::backend::TensorMetadata;
use burn::tensor::Shape;
use cubecl::prelude::*;

/// Pixels of a row in a unit's tile.
const WIDE: usize = 8;
/// Output channels in a unit's tile.
const DEEP: usize = 8;
/// Output channels in a tile of the gradient by weights.
const SHALLOW: usize = 4;
/// Units that keep a GPU busy.
const BUSY: usize = 4096;
/// Fewest input channels that are worth a unit of their own.
const FEW: usize = 16;

/// `y [batch, K, height, width]` of `x [batch, C, height, width]`, `weight [K, C, side, side]` and
/// `bias [K]`.
pub fn forward(x: CubeTensor, weight: CubeTensor, bias: Option<CubeTensor>) -> CubeTensor {
    let outputs = weight.shape()[0];
    launch(x, weight, bias, outputs, false)
}

/// Gradient by `x`: a convolution of `dy` with the kernels turned by 180°, inputs and outputs
/// exchanged.
pub fn input_gradient(weight: CubeTensor, dy: CubeTensor) -> CubeTensor {
    let outputs = weight.shape()[1];
    launch(dy, weight, None, outputs, true)
}

fn launch(
    x: CubeTensor,
    weight: CubeTensor,
    bias: Option<CubeTensor>,
    outputs: usize,
    turned: bool,
) -> CubeTensor {
    let [batch, channels, height, width] = x.shape().dims();
    let side = weight.shape()[2];
    let tiles = batch * height * width.div_ceil(WIDE) * outputs.div_ceil(DEEP);
    let per_part = channels.div_ceil(BUSY.div_ceil(tiles)).max(FEW);
    let parts = channels.div_ceil(per_part);
    let sums = empty(&x, Shape::new([parts * batch, outputs, height, width]));
    let (count, size) = one_dimension(&x, parts * tiles);
    let client = x.client.clone();
    let has_bias = bias.is_some();
    // A kernel's arguments are all there: where there is no bias, the weights stand in unread.
    let bias = bias.unwrap_or_else(|| weight.clone());
    // SAFETY: every index is clamped to its tensor.
    unsafe {
        convolve::launch_unchecked(
            &client,
            count,
            size,
            x.into_tensor_arg(),
            weight.into_tensor_arg(),
            bias.clone().into_tensor_arg(),
            sums.clone().into_tensor_arg(),
            per_part,
            has_bias && parts == 1,
            turned,
            side,
            WIDE,
            DEEP,
        );
    }
    if parts == 1 {
        return sums;
    }
    let y = empty(&sums, Shape::new([batch, outputs, height, width]));
    let (count, size) = one_dimension(&sums, y.shape().num_elements());
    // SAFETY: every index is below its tensor's length.
    unsafe {
        add_up::launch_unchecked(
            &client,
            count,
            size,
            sums.into_tensor_arg(),
            bias.into_tensor_arg(),
            y.clone().into_tensor_arg(),
            has_bias,
        );
    }
    y
}

#[cube(launch_unchecked)]
fn convolve(
    x: &Tensor<f32>,
    weight: &Tensor<f32>,
    bias: &Tensor<f32>,
    sums: &mut Tensor<f32>,
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
                bias[output]
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
                let value = x[plane + lines[dy] + columns[i]];
                values[dy * span + i] = select(line_inside[dy] && column_inside[i], value, 0.0f32);
            }
        }
        #[unroll]
        for k in 0..deep {
            let kernel = kernels[k] + c * apart;
            #[unroll]
            for tap in 0..taps {
                let weight = weight[kernel + comptime!(if turned { taps - 1 - tap } else { tap })];
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
                    sums[line + column + i] = tile[k * wide + i];
                }
            }
        }
    }
}

/// Adds up the parts of a convolution, and the bias.
#[cube(launch_unchecked)]
fn add_up(sums: &Tensor<f32>, bias: &Tensor<f32>, y: &mut Tensor<f32>, #[comptime] has_bias: bool) {
    let at = ABSOLUTE_POS;
    let length = y.shape(0) * y.shape(1) * y.shape(2) * y.shape(3);
    if at >= length {
        terminate!();
    }
    let mut sum = 0.0f32;
    if has_bias {
        sum += bias[at / (y.shape(2) * y.shape(3)) % y.shape(1)];
    }
    for part in 0..sums.shape(0) / y.shape(0) {
        sum += sums[part * length + at];
    }
    y[at] = sum;
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

/// Parts of the gradient by the weights, `[parts, K·C·side²]`, to be added up: each from some rows of
/// pixels, so that there is work for every unit.
pub fn weight_gradient(x: CubeTensor, dy: CubeTensor, side: usize) -> CubeTensor {
    let [batch, channels, height, _] = x.shape().dims();
    let outputs = dy.shape()[1];
    let tiles = channels * outputs.div_ceil(SHALLOW);
    let rows = batch * height;
    let per_part = rows.div_ceil(BUSY.div_ceil(tiles).min(rows));
    let parts = rows.div_ceil(per_part);
    let sums = empty(&x, Shape::new([parts, outputs * channels * side * side]));
    let (count, size) = one_dimension(&x, parts * tiles);
    let client = x.client.clone();
    // SAFETY: every index is clamped to its tensor.
    unsafe {
        correlate::launch_unchecked(
            &client,
            count,
            size,
            x.into_tensor_arg(),
            dy.into_tensor_arg(),
            sums.clone().into_tensor_arg(),
            per_part,
            side,
            SHALLOW,
        );
    }
    sums
}

/// The kernels of a few output channels for one input channel, over some rows of pixels.
#[cube(launch_unchecked)]
fn correlate(
    x: &Tensor<f32>,
    dy: &Tensor<f32>,
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
                let value =
                    x[(plane + inside(row + i, padding, height)) * width + j.min(width - 1)];
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
                let value =
                    x[(plane + inside(row + i, padding, height)) * width + last.min(width - 1)];
                let is_pixel = is_inside(row + i, padding, height) && last < width;
                values[comptime!(i * side + side - 1)] = select(is_pixel, value, 0.0f32);
            }
            #[unroll]
            for k in 0..deep {
                let output = (first + k).min(last);
                let pull = dy[((image * outputs + output) * height + row) * width + column];
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
