//! Pixels folded into channels and back, repeated, summed: a unit writes one value.

use super::{CubeTensor, by_type, cubecl, empty, one_dimension};
use crate::ops::Rearrange;
use burn::backend::TensorMetadata;
use burn::tensor::Shape;
use cubecl::prelude::*;

/// `x [batch, C, height, width]` rearranged.
pub fn rearrange(x: CubeTensor, kind: Rearrange) -> CubeTensor {
    let dtype = x.dtype();
    let y = empty(&x, Shape::new(kind.shape(x.shape().dims())), dtype);
    let (count, size) = one_dimension(&x, y.shape().num_elements());
    let client = x.client.clone();
    let (x, y_arg) = (x.into_tensor_arg(), y.clone().into_tensor_arg());
    by_type!(dtype, F => {
        // SAFETY: every index is below its tensor's length.
        unsafe {
            match kind {
                Rearrange::Fold(side) => {
                    fold::launch_unchecked::<F>(&client, count, size, x, y_arg, side);
                }
                Rearrange::Unfold(side) => {
                    unfold::launch_unchecked::<F>(&client, count, size, x, y_arg, side);
                }
                Rearrange::Repeat => {
                    repeat::launch_unchecked::<F>(&client, count, size, x, y_arg);
                }
                Rearrange::Sum => sum::launch_unchecked::<F>(&client, count, size, x, y_arg),
            }
        }
    });
    y
}

/// Where the value at `at` of maps of this height and width lies: plane (picture and channel), row,
/// column.
#[cube]
fn place(at: usize, height: usize, width: usize) -> (usize, usize, usize) {
    (at / (height * width), at / width % height, at % width)
}

#[cube(launch_unchecked)]
fn fold<F: Float>(x: &Tensor<F>, y: &mut Tensor<F>, #[comptime] side: usize) {
    let at = ABSOLUTE_POS;
    if at >= y.shape(0) * y.shape(1) * y.shape(2) * y.shape(3) {
        terminate!();
    }
    let (plane, row, column) = place(at, y.shape(2), y.shape(3));
    let (dy, dx) = (plane / side % side, plane % side);
    let line = plane / comptime!(side * side) * x.shape(2) + row * side + dy;
    y[at] = x[line * x.shape(3) + column * side + dx];
}

#[cube(launch_unchecked)]
fn unfold<F: Float>(x: &Tensor<F>, y: &mut Tensor<F>, #[comptime] side: usize) {
    let at = ABSOLUTE_POS;
    if at >= y.shape(0) * y.shape(1) * y.shape(2) * y.shape(3) {
        terminate!();
    }
    let (plane, row, column) = place(at, y.shape(2), y.shape(3));
    let from = (plane * side + row % side) * side + column % side;
    y[at] = x[(from * x.shape(2) + row / side) * x.shape(3) + column / side];
}

#[cube(launch_unchecked)]
fn repeat<F: Float>(x: &Tensor<F>, y: &mut Tensor<F>) {
    let at = ABSOLUTE_POS;
    if at >= y.shape(0) * y.shape(1) * y.shape(2) * y.shape(3) {
        terminate!();
    }
    let (plane, row, column) = place(at, y.shape(2), y.shape(3));
    y[at] = x[(plane * x.shape(2) + row / 2) * x.shape(3) + column / 2];
}

#[cube(launch_unchecked)]
fn sum<F: Float>(x: &Tensor<F>, y: &mut Tensor<F>) {
    let at = ABSOLUTE_POS;
    if at >= y.shape(0) * y.shape(1) * y.shape(2) * y.shape(3) {
        terminate!();
    }
    let (plane, row, column) = place(at, y.shape(2), y.shape(3));
    let width = x.shape(3);
    let from = (plane * x.shape(2) + row * 2) * width + column * 2;
    let upper = f32::cast_from(x[from]) + f32::cast_from(x[from + 1]);
    let lower = f32::cast_from(x[from + width]) + f32::cast_from(x[from + width + 1]);
    y[at] = F::cast_from(upper + lower);
}
