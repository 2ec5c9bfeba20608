//! Convolutions whose units share pixels and weights through workgroup memory.
//!
//! A workgroup computes a block of outputs: some pixels in some output channels. It goes through
//! the input channels a few at a time: all units fetch the pixels, with their rim, and the weights
//! that the block needs, wait for one another, and compute from there.

use super::{CubeTensor, Plan, by_type, cubecl, inside, is_inside};
use burn::backend::TensorMetadata;
use burn::tensor::DType;
use cubecl::prelude::*;

/// Units of a workgroup: [`STRETCHES`] × [`BANDS`].
const UNITS: usize = 64;
/// Pixels of a row that a unit computes.
const WIDE: usize = 4;
/// Output channels that a unit computes.
const DEEP: usize = 8;
/// Stretches of [`WIDE`] pixels in a block.
const STRETCHES: usize = 16;
/// Bands of [`DEEP`] output channels in a block.
const BANDS: usize = 4;

/// Output and input channels in a block of the gradient by weights.
const SQUARE: usize = 16;
/// Output and input channels of a unit there.
const PAIR: usize = 2;
/// Pixels of a row that are fetched at once there.
const SPAN: usize = 16;

/// Rows and columns of a block's pixels, and input channels that are fetched at once: a workgroup's
/// memory holds 16 KiB wherever there is WebGPU.
fn block(side: usize) -> [usize; 3] {
    match side {
        1 => [1, WIDE * STRETCHES, 32],
        _ => [8, 8, 8],
    }
}

/// Units that a convolution has work for if nothing is shared out.
pub fn units(batch: usize, outputs: usize, height: usize, width: usize, side: usize) -> usize {
    let [tall, wide, _] = block(side);
    let blocks = height.div_ceil(tall) * width.div_ceil(wide) * outputs.div_ceil(DEEP * BANDS);
    batch * blocks * UNITS
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
    let [tall, wide, slice] = block(side);
    let groups = plan.parts * units(batch, plan.outputs, height, width, side) / UNITS;
    let single = CubeDim::new_single();
    let count = cubecl::calculate_cube_count_elemwise(&x.client, groups, single);
    let client = x.client.clone();
    let has_bias = bias.is_some();
    // A kernel's arguments are all there: where there is no bias, the weights stand in unread.
    let bias = bias.unwrap_or_else(|| weight.clone());
    let whole = sums.dtype() == DType::F32;
    by_type!(x.dtype(), F => by_type!(if whole { DType::F32 } else { x.dtype() }, S => {
        // SAFETY: every index is clamped to its tensor.
        unsafe {
            share::launch_unchecked::<F, S>(
                &client,
                count,
                CubeDim::new_1d(UNITS as u32),
                x.into_tensor_arg(),
                weight.into_tensor_arg(),
                bias.into_tensor_arg(),
                sums.into_tensor_arg(),
                plan.per_part,
                has_bias,
                plan.turned,
                side,
                tall,
                wide,
                slice,
            );
        }
    }));
}

#[cube(launch_unchecked)]
fn share<F: Float, S: Float>(
    x: &Tensor<F>,
    weight: &Tensor<F>,
    bias: &Tensor<F>,
    sums: &mut Tensor<S>,
    per_part: usize,
    #[comptime] has_bias: bool,
    #[comptime] turned: bool,
    #[comptime] side: usize,
    #[comptime] tall: usize,
    #[comptime] wide: usize,
    #[comptime] slice: usize,
) {
    let batch = x.shape(0);
    let channels = x.shape(1);
    let height = x.shape(2);
    let width = x.shape(3);
    let outputs = sums.shape(1);
    let down = height.div_ceil(tall);
    let across = width.div_ceil(wide);
    let band = comptime!(DEEP * BANDS);
    let bands = outputs.div_ceil(band);
    let group = CUBE_POS;
    // Part by part, and in each picture by picture.
    let image = group / (across * down * bands);
    // The same for the whole workgroup, so that nobody is left waiting.
    if image >= sums.shape(0) {
        terminate!();
    }
    let column = group % across * wide;
    let row = group / across % down * tall;
    let first = group / (across * down) % bands * band;
    let last = outputs - 1;

    let padding = comptime!(side / 2);
    let taps = comptime!(side * side);
    let rim_tall = comptime!(tall + side - 1);
    let rim_wide = comptime!(wide + side - 1);
    let rim = comptime!(rim_tall * rim_wide);
    let mut pixels = Shared::<[f32]>::new_slice(comptime!(slice * rim));
    let mut kernels = Shared::<[f32]>::new_slice(comptime!(slice * taps * band));

    // Which stretch of pixels and which output channels are this unit's.
    let unit = UNIT_POS as usize;
    let stretch = unit % STRETCHES;
    let own_band = unit / STRETCHES * DEEP;
    let own_row = stretch / comptime!(wide / WIDE);
    let own_column = stretch % comptime!(wide / WIDE) * WIDE;

    let mut tile = Array::<f32>::new(comptime!(WIDE * DEEP));
    #[unroll]
    for k in 0..DEEP {
        let output = (first + own_band + k).min(last);
        #[unroll]
        for i in 0..WIDE {
            tile[k * WIDE + i] = if has_bias {
                f32::cast_from(bias[output])
            } else {
                0.0f32.runtime()
            };
        }
    }

    let begin = image / batch * per_part;
    let end = (begin + per_part).min(channels);
    let mut c0 = begin;
    while c0 < end {
        // Nobody may still be computing from the last slice.
        sync_cube();
        let mut i = unit;
        while i < comptime!(slice * rim) {
            let c = c0 + i / rim;
            let at_row = row + i % rim / rim_wide;
            let at_column = column + i % rim_wide;
            let plane = (image % batch * channels + c.min(channels - 1)) * height;
            let line = (plane + inside(at_row, padding, height)) * width;
            let value = f32::cast_from(x[line + inside(at_column, padding, width)]);
            let is_pixel = is_inside(at_row, padding, height)
                && is_inside(at_column, padding, width)
                && c < end;
            pixels[i] = select(is_pixel, value, 0.0f32);
            i += UNITS;
        }
        // Taps are together in the weights and output channels in the block.
        let mut i = unit;
        while i < comptime!(slice * taps * band) {
            let tap = i % taps;
            let c = (c0 + i / taps % slice).min(channels - 1);
            let k = i / comptime!(taps * slice);
            let output = (first + k).min(last);
            let from = if turned {
                (c * outputs + output) * taps + (taps - 1 - tap)
            } else {
                (output * channels + c) * taps + tap
            };
            kernels[(i / taps % slice * taps + tap) * band + k] = f32::cast_from(weight[from]);
            i += UNITS;
        }
        sync_cube();
        // Channels past the end are zeros.
        for c in 0..slice {
            let corner = c * rim + own_row * rim_wide + own_column;
            #[unroll]
            for dy in 0..side {
                let mut values = Array::<f32>::new(comptime!(WIDE + side - 1));
                #[unroll]
                for i in 0..comptime!(WIDE + side - 1) {
                    values[i] = pixels[corner + dy * rim_wide + i];
                }
                #[unroll]
                for dx in 0..side {
                    let kernel = (c * taps + dy * side + dx) * band + own_band;
                    #[unroll]
                    for k in 0..DEEP {
                        let weight = kernels[kernel + k];
                        #[unroll]
                        for i in 0..WIDE {
                            tile[k * WIDE + i] += weight * values[dx + i];
                        }
                    }
                }
            }
        }
        c0 += slice;
    }

    if row + own_row < height {
        #[unroll]
        for k in 0..DEEP {
            let output = first + own_band + k;
            if output <= last {
                let line = ((image * outputs + output) * height + row + own_row) * width;
                #[unroll]
                for i in 0..WIDE {
                    let at = column + own_column + i;
                    if at < width {
                        sums[line + at] = S::cast_from(tile[k * WIDE + i]);
                    }
                }
            }
        }
    }
}

/// Units that the gradient by weights has work for if the pixels are not shared out.
pub fn gradient_units(channels: usize, outputs: usize) -> usize {
    channels.div_ceil(SQUARE) * outputs.div_ceil(SQUARE) * UNITS
}

/// Fills `sums [parts, K·C·side²]`, the gradients by the weights over `per_part` rows of pixels
/// each.
pub fn correlate(x: CubeTensor, dy: CubeTensor, sums: CubeTensor, per_part: usize, side: usize) {
    let (channels, outputs, parts) = (x.shape()[1], dy.shape()[1], sums.shape()[0]);
    let groups = parts * gradient_units(channels, outputs) / UNITS;
    let single = CubeDim::new_single();
    let count = cubecl::calculate_cube_count_elemwise(&x.client, groups, single);
    let client = x.client.clone();
    by_type!(x.dtype(), F => {
        // SAFETY: every index is clamped to its tensor.
        unsafe {
            pull::launch_unchecked::<F>(
                &client,
                count,
                CubeDim::new_1d(UNITS as u32),
                x.into_tensor_arg(),
                dy.into_tensor_arg(),
                sums.into_tensor_arg(),
                per_part,
                side,
            );
        }
    });
}

#[cube(launch_unchecked)]
fn pull<F: Float>(
    x: &Tensor<F>,
    dy: &Tensor<F>,
    sums: &mut Tensor<f32>,
    per_part: usize,
    #[comptime] side: usize,
) {
    let channels = x.shape(1);
    let height = x.shape(2);
    let width = x.shape(3);
    let outputs = dy.shape(1);
    let squares = channels.div_ceil(SQUARE);
    let blocks = outputs.div_ceil(SQUARE);
    let group = CUBE_POS;
    let part = group / (squares * blocks);
    // The same for the whole workgroup, so that nobody is left waiting.
    if part >= sums.shape(0) {
        terminate!();
    }
    let first_c = group % squares * SQUARE;
    let first_k = group / squares % blocks * SQUARE;

    let padding = comptime!(side / 2);
    let taps = comptime!(side * side);
    let rim = comptime!(SPAN + side - 1);
    let mut pixels = Shared::<[f32]>::new_slice(comptime!(SQUARE * side * rim));
    let mut pulls = Shared::<[f32]>::new_slice(comptime!(SQUARE * SPAN));

    let unit = UNIT_POS as usize;
    let own_c = unit % comptime!(SQUARE / PAIR) * PAIR;
    let own_k = unit / comptime!(SQUARE / PAIR) * PAIR;
    let mut kernels = Array::<f32>::new(comptime!(PAIR * PAIR * taps));
    #[unroll]
    for i in 0..comptime!(PAIR * PAIR * taps) {
        kernels[i] = 0.0f32;
    }

    let end = ((part + 1) * per_part).min(x.shape(0) * height);
    for line in part * per_part..end {
        let image = line / height;
        let row = line % height;
        let mut column = 0usize.runtime();
        while column < width {
            // Nobody may still be computing from the last pixels.
            sync_cube();
            let mut i = unit;
            while i < comptime!(SQUARE * side * rim) {
                let c = (first_c + i / comptime!(side * rim)).min(channels - 1);
                let at_row = row + i / rim % side;
                let at_column = column + i % rim;
                let from = (image * channels + c) * height + inside(at_row, padding, height);
                let value = f32::cast_from(x[from * width + inside(at_column, padding, width)]);
                let is_pixel =
                    is_inside(at_row, padding, height) && is_inside(at_column, padding, width);
                pixels[i] = select(is_pixel, value, 0.0f32);
                i += UNITS;
            }
            let mut i = unit;
            while i < comptime!(SQUARE * SPAN) {
                let k = (first_k + i / SPAN).min(outputs - 1);
                let at = column + i % SPAN;
                let from = ((image * outputs + k) * height + row) * width;
                let value = f32::cast_from(dy[from + at.min(width - 1)]);
                pulls[i] = select(at < width, value, 0.0f32);
                i += UNITS;
            }
            sync_cube();
            // Pixels past the end of the row are pulled by nothing.
            for i in 0..SPAN {
                #[unroll]
                for c in 0..PAIR {
                    #[unroll]
                    for tap in 0..taps {
                        let from = ((own_c + c) * side + tap / side) * rim + i + tap % side;
                        let value = pixels[from];
                        #[unroll]
                        for k in 0..PAIR {
                            kernels[(k * PAIR + c) * taps + tap] +=
                                value * pulls[(own_k + k) * SPAN + i];
                        }
                    }
                }
            }
            column += SPAN;
        }
    }
    #[unroll]
    for k in 0..PAIR {
        #[unroll]
        for c in 0..PAIR {
            let output = first_k + own_k + k;
            let channel = first_c + own_c + c;
            if output < outputs && channel < channels {
                let to = ((part * outputs + output) * channels + channel) * taps;
                #[unroll]
                for tap in 0..taps {
                    sums[to + tap] = kernels[(k * PAIR + c) * taps + tap];
                }
            }
        }
    }
}
