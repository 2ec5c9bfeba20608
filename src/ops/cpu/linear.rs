//! Linear layers of few rows. The weights are read once for up to eight rows, which is all that
//! such a product costs; general matrix products pack them first.

use super::parallel;
use super::pointwise::{Product, Products};
use pulp::Arch;

/// Columns that make one piece of work.
const COLUMNS: usize = 128;

/// `y [rows, O]` of `x [rows, I]`, `weight [I, O]` and `bias [O]`.
pub fn forward(x: &[f32], weight: &[f32], bias: &[f32]) -> Vec<f32> {
    let outputs = bias.len();
    let inputs = weight.len() / outputs;
    let rows = x.len() / inputs;
    // Strips of columns, each a whole result of its own, so that threads can share one row.
    let mut strips = vec![0.0; rows * outputs];
    let arch = Arch::new();
    parallel::chunks(&mut strips, rows * COLUMNS, |i, strip| {
        let (first, width) = (i * COLUMNS, strip.len() / rows);
        arch.dispatch(Product {
            x: &weight[first..],
            stride: outputs,
            weight: x,
            channels: inputs,
            bias: None,
            pixels: width,
            y: strip,
        });
    });
    let mut y = vec![0.0; rows * outputs];
    for (r, row) in y.chunks_exact_mut(outputs).enumerate() {
        for (i, part) in row.chunks_mut(COLUMNS).enumerate() {
            let width = part.len();
            let strip = &strips[i * rows * COLUMNS + r * width..][..width];
            let bias = &bias[i * COLUMNS..][..width];
            for ((to, from), bias) in part.iter_mut().zip(strip).zip(bias) {
                *to = from + bias;
            }
        }
    }
    y
}

/// Gradient by `x [rows, I]`, given that by `y`: `dy [rows, O]`.
pub fn input_gradient(weight: &[f32], dy: &[f32], outputs: usize) -> Vec<f32> {
    let (inputs, rows) = (weight.len() / outputs, dy.len() / outputs);
    // By columns, `[I, rows]`: threads share the weights, of which there are many.
    let mut columns = vec![0.0; inputs * rows];
    let arch = Arch::new();
    parallel::chunks(&mut columns, 16 * rows, |i, part| {
        let count = part.len() / rows;
        arch.dispatch(Products {
            x: dy,
            dy: &weight[16 * i * outputs..][..count * outputs],
            pixels: outputs,
            channels: rows,
            sums: part,
        });
    });
    transposed(&columns, rows)
}

/// Gradient by `weight [I, O]`, given `x [rows, I]` and `dy [rows, O]`.
pub fn weight_gradient(x: &[f32], dy: &[f32], outputs: usize) -> Vec<f32> {
    let rows = dy.len() / outputs;
    let inputs = x.len() / rows;
    let columns = transposed(x, inputs);
    let mut gradient = vec![0.0; inputs * outputs];
    let arch = Arch::new();
    parallel::chunks(&mut gradient, 8 * outputs, |i, part| {
        arch.dispatch(Product {
            x: dy,
            stride: outputs,
            weight: &columns[8 * i * rows..],
            channels: rows,
            bias: None,
            pixels: outputs,
            y: part,
        });
    });
    gradient
}

/// The transpose of a matrix whose rows have `width` numbers.
fn transposed(matrix: &[f32], width: usize) -> Vec<f32> {
    let height = matrix.len() / width;
    let mut turned = vec![0.0; matrix.len()];
    for (r, row) in matrix.chunks_exact(width).enumerate() {
        for (c, value) in row.iter().enumerate() {
            turned[c * height + r] = *value;
        }
    }
    turned
}
