//! Convolutions on maps whose channels lie side by side, `[height, width, channels]`.
//!
//! In this layout one row of weights serves a whole pixel, a 1×1 convolution is a matrix product,
//! and a depthwise one runs along the channels. Every map carries the border of zeros that the
//! next depthwise convolution reads.

use crate::morph::parallel::{Row, chunks, vectorised};

/// Outputs that the widest tile of a 1×1 convolution computes at once, and pixels: as many sums as
/// fit in registers.
const OUTPUTS: usize = if cfg!(target_family = "wasm") { 8 } else { 16 };
const PIXELS: usize = 4;
/// Channels of a tile of a depthwise convolution, and pixels.
const CHANNELS: usize = 8;
const COLUMNS: usize = 4;

/// Zeros around a map: before (left and above) and after (right and below).
pub type Border = (usize, usize);

/// `[before + height + after, before + width + after, channels]`.
#[derive(Debug, Clone)]
pub struct Maps {
    pub channels: usize,
    pub width: usize,
    pub height: usize,
    pub border: Border,
    pub values: Vec<f32>,
}

impl Maps {
    pub fn zeros(channels: usize, width: usize, height: usize, border: Border) -> Self {
        let around = border.0 + border.1;
        Self {
            channels,
            width,
            height,
            border,
            values: vec![0.0; channels * (width + around) * (height + around)],
        }
    }

    /// Values from one row to the next.
    pub fn stride(&self) -> usize {
        (self.width + self.border.0 + self.border.1) * self.channels
    }

    /// One row, without its border.
    #[inline(always)]
    pub fn row(&self, y: usize) -> &[f32] {
        let begin = (self.border.0 + y) * self.stride() + self.border.0 * self.channels;
        &self.values[begin..begin + self.width * self.channels]
    }

    /// Calls `work` with each row, without its border.
    fn rows(&mut self, work: impl Fn(usize, &mut [f32]) + Sync) {
        let (stride, left) = (self.stride(), self.border.0 * self.channels);
        let length = self.width * self.channels;
        let begin = self.border.0 * stride;
        let inner = &mut self.values[begin..begin + self.height * stride];
        chunks(inner, stride, |y, row| {
            work(y, &mut row[left..left + length])
        });
    }
}

/// Weights `[inputs, outputs]` (or `[taps, channels]`) and a bias, BatchNorm folded in.
#[derive(Debug, Clone)]
pub struct Weights {
    pub values: Vec<f32>,
    pub bias: Vec<f32>,
}

#[inline(always)]
fn relu6(value: f32) -> f32 {
    value.max(0.0).min(6.0)
}

/// 1×1 convolution; `active` bounds the result to 0 to 6, `shortcut` is added to it.
pub fn pointwise(
    x: &Maps,
    weights: &Weights,
    border: Border,
    active: bool,
    shortcut: Option<&Maps>,
) -> Maps {
    let outputs = weights.bias.len();
    let mut y = Maps::zeros(outputs, x.width, x.height, border);
    let work = Pointwise {
        x,
        weights,
        active,
        shortcut,
    };
    y.rows(|row, result| vectorised(&work, row, result));
    y
}

struct Pointwise<'a> {
    x: &'a Maps,
    weights: &'a Weights,
    active: bool,
    shortcut: Option<&'a Maps>,
}

impl Row<f32> for Pointwise<'_> {
    #[inline(always)]
    fn row(&self, row: usize, result: &mut [f32]) {
        product(self.x.row(row), self.x.channels, self.weights, result);
        if self.active {
            result.iter_mut().for_each(|value| *value = relu6(*value));
        }
        if let Some(shortcut) = self.shortcut {
            for (value, more) in result.iter_mut().zip(shortcut.row(row)) {
                *value += more;
            }
        }
    }
}

/// `x·W + b` for many rows of `inputs` numbers.
pub struct Products<'a> {
    pub x: &'a [f32],
    pub inputs: usize,
    pub weights: &'a Weights,
    /// Rows that are computed at once.
    pub rows: usize,
}

impl Row<f32> for Products<'_> {
    #[inline(always)]
    fn row(&self, index: usize, result: &mut [f32]) {
        let first = index * self.rows * self.inputs;
        let count = result.len() / self.weights.bias.len() * self.inputs;
        product(
            &self.x[first..first + count],
            self.inputs,
            self.weights,
            result,
        );
    }
}

impl Products<'_> {
    /// All of them.
    pub fn write(&self, y: &mut [f32]) {
        let size = self.rows * self.weights.bias.len();
        chunks(y, size, |i, rows| vectorised(self, i, rows));
    }
}

/// `x·W + b` for rows of `inputs` numbers.
#[inline(always)]
fn product(x: &[f32], inputs: usize, weights: &Weights, y: &mut [f32]) {
    let outputs = weights.bias.len();
    let pixels = x.len() / inputs;
    let mut first = 0;
    while first + PIXELS <= pixels {
        columns::<PIXELS>(x, inputs, weights, outputs, first, y);
        first += PIXELS;
    }
    while first < pixels {
        columns::<1>(x, inputs, weights, outputs, first, y);
        first += 1;
    }
}

#[inline(always)]
fn columns<const M: usize>(
    x: &[f32],
    inputs: usize,
    weights: &Weights,
    outputs: usize,
    first: usize,
    y: &mut [f32],
) {
    let mut output = 0;
    while output + OUTPUTS <= outputs {
        tile::<M, OUTPUTS>(x, inputs, weights, first, output, y);
        output += OUTPUTS;
    }
    while output + 8 <= outputs {
        tile::<M, 8>(x, inputs, weights, first, output, y);
        output += 8;
    }
    while output < outputs {
        tile::<M, 1>(x, inputs, weights, first, output, y);
        output += 1;
    }
}

#[inline(always)]
fn tile<const M: usize, const N: usize>(
    x: &[f32],
    inputs: usize,
    weights: &Weights,
    first: usize,
    output: usize,
    y: &mut [f32],
) {
    let outputs = weights.bias.len();
    let bias: &[f32; N] = weights.bias[output..].first_chunk().expect("a whole tile");
    let mut sums = [*bias; M];
    let rows: [&[f32]; M] =
        std::array::from_fn(|m| &x[(first + m) * inputs..(first + m + 1) * inputs]);
    for i in 0..inputs {
        let row: &[f32; N] = weights.values[i * outputs + output..]
            .first_chunk()
            .expect("a whole tile");
        for m in 0..M {
            let value = rows[m][i];
            for n in 0..N {
                sums[m][n] += value * row[n];
            }
        }
    }
    for (m, sums) in sums.iter().enumerate() {
        let begin = (first + m) * outputs + output;
        y[begin..begin + N].copy_from_slice(sums);
    }
}

/// Depthwise convolution, `size` × `size`, with ReLU6. `x` carries the border that it reads.
pub fn depthwise(x: &Maps, weights: &Weights, size: usize, stride: usize) -> Maps {
    let width = x.width.div_ceil(stride);
    let height = x.height.div_ceil(stride);
    let mut y = Maps::zeros(x.channels, width, height, (0, 0));
    match (size, stride) {
        (3, 1) => y.rows(|row, result| vectorised(&Depthwise::<3, 1>(x, weights), row, result)),
        (3, 2) => y.rows(|row, result| vectorised(&Depthwise::<3, 2>(x, weights), row, result)),
        (5, 1) => y.rows(|row, result| vectorised(&Depthwise::<5, 1>(x, weights), row, result)),
        (5, 2) => y.rows(|row, result| vectorised(&Depthwise::<5, 2>(x, weights), row, result)),
        _ => unreachable!("the network has kernels of 3 and 5, strides of 1 and 2"),
    }
    y
}

/// Kernels of `K` × `K`, `S` pixels from one to the next.
struct Depthwise<'a, const K: usize, const S: usize>(&'a Maps, &'a Weights);

impl<const K: usize, const S: usize> Row<f32> for Depthwise<'_, K, S> {
    #[inline(always)]
    fn row(&self, row: usize, result: &mut [f32]) {
        let Self(x, weights) = self;
        let (c, stride) = (x.channels, x.stride());
        let width = result.len() / c;
        let top = &x.values[row * S * stride..];
        for channel in (0..c).step_by(CHANNELS) {
            let mut column = 0;
            while column + COLUMNS <= width {
                taps::<K, S, COLUMNS>(top, stride, c, weights, channel, column, result);
                column += COLUMNS;
            }
            while column < width {
                taps::<K, S, 1>(top, stride, c, weights, channel, column, result);
                column += 1;
            }
        }
    }
}

#[inline(always)]
fn taps<const K: usize, const S: usize, const M: usize>(
    top: &[f32],
    stride: usize,
    c: usize,
    weights: &Weights,
    channel: usize,
    column: usize,
    result: &mut [f32],
) {
    let bias: &[f32; CHANNELS] = weights.bias[channel..].first_chunk().expect("whole tiles");
    let mut sums = [*bias; M];
    for ky in 0..K {
        let from = &top[ky * stride + column * S * c + channel..];
        let from = &from[..((M - 1) * S + K - 1) * c + CHANNELS];
        for kx in 0..K {
            let tap: &[f32; CHANNELS] = weights.values[(ky * K + kx) * c + channel..]
                .first_chunk()
                .expect("whole tiles");
            for m in 0..M {
                let values: &[f32; CHANNELS] =
                    from[(m * S + kx) * c..].first_chunk().expect("the border");
                for n in 0..CHANNELS {
                    sums[m][n] += values[n] * tap[n];
                }
            }
        }
    }
    for (m, sums) in sums.iter().enumerate() {
        let begin = (column + m) * c + channel;
        for (value, sum) in result[begin..begin + CHANNELS].iter_mut().zip(sums) {
            *value = relu6(*sum);
        }
    }
}

/// The first layer: 3×3, stride 2, with ReLU6; weights `[3·3·inputs, outputs]`.
pub fn stem(x: &Maps, weights: &Weights, border: Border) -> Maps {
    let outputs = weights.bias.len();
    let mut y = Maps::zeros(outputs, x.width / 2, x.height / 2, border);
    y.rows(|row, result| vectorised(&Stem(x, weights), row, result));
    y
}

struct Stem<'a>(&'a Maps, &'a Weights);

impl Row<f32> for Stem<'_> {
    #[inline(always)]
    fn row(&self, row: usize, result: &mut [f32]) {
        let Self(x, weights) = self;
        let (c, stride) = (x.channels, x.stride());
        let width = result.len() / weights.bias.len();
        let mut patches = vec![0.0; width * 9 * c];
        for (column, patch) in patches.chunks_exact_mut(9 * c).enumerate() {
            for (ky, values) in patch.chunks_exact_mut(3 * c).enumerate() {
                let begin = (2 * row + ky) * stride + 2 * column * c;
                values.copy_from_slice(&x.values[begin..begin + 3 * c]);
            }
        }
        product(&patches, 9 * c, weights, result);
        result.iter_mut().for_each(|value| *value = relu6(*value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize, seed: u32) -> Vec<f32> {
        (0..count as u32)
            .map(|i| ((i.wrapping_mul(2_654_435_761) ^ seed) >> 8) as f32 / 16_777_216.0 - 0.5)
            .collect()
    }

    fn maps(channels: usize, width: usize, height: usize, border: Border) -> Maps {
        let mut maps = Maps::zeros(channels, width, height, border);
        maps.rows(|y, row| row.copy_from_slice(&numbers(row.len(), y as u32)));
        maps
    }

    #[test]
    fn pointwise_is_a_matrix_product_with_bias() {
        for (inputs, outputs, width) in [(24, 40, 7), (5, 19, 4), (16, 8, 1)] {
            let x = maps(inputs, width, 3, (0, 0));
            let weights = Weights {
                values: numbers(inputs * outputs, 9),
                bias: numbers(outputs, 4),
            };
            let y = pointwise(&x, &weights, (1, 2), false, None);
            for (row, column, output) in [(0, 0, 0), (2, width - 1, outputs - 1), (1, 0, 3)] {
                let sum: f32 = (0..inputs)
                    .map(|i| x.row(row)[column * inputs + i] * weights.values[i * outputs + output])
                    .sum();
                let value = y.row(row)[column * outputs + output];
                assert!((value - sum - weights.bias[output]).abs() < 1e-4);
            }
            assert!(y.values[..y.stride()].iter().all(|&value| value == 0.0));
        }
    }

    #[test]
    fn depthwise_is_the_sum_over_its_taps() {
        for (size, stride, border) in [
            (3, 1, (1, 1)),
            (3, 2, (0, 1)),
            (5, 1, (2, 2)),
            (5, 2, (1, 2)),
        ] {
            let (c, width, height) = (16, 10, 6);
            let x = maps(c, width, height, border);
            let weights = Weights {
                values: numbers(size * size * c, 3),
                bias: vec![0.7; c],
            };
            let y = depthwise(&x, &weights, size, stride);
            assert_eq!((y.width, y.height), (width / stride, height / stride));
            for (row, column, channel) in [(0, 0, 0), (y.height - 1, y.width - 1, 15), (1, 2, 7)] {
                let mut sum = 0.7;
                for ky in 0..size {
                    for kx in 0..size {
                        let (py, px) = (row * stride + ky, column * stride + kx);
                        let inside = py >= border.0 && px >= border.0;
                        if inside && py - border.0 < height && px - border.0 < width {
                            sum += x.row(py - border.0)[(px - border.0) * c + channel]
                                * weights.values[(ky * size + kx) * c + channel];
                        }
                    }
                }
                let value = y.row(row)[column * c + channel];
                assert!(
                    (value - relu6(sum)).abs() < 1e-5,
                    "{size} {stride}: {value} {sum}"
                );
            }
        }
    }
}
