//! Kernels for GPUs, written once in CubeCL for every driver: WGSL in the browser, SPIR-V or CUDA natively.
//!
//! They need neither subgroups nor f16, which browsers need not offer. Tensors are NCHW as
//! everywhere here, so that nothing is reordered between operations.

mod conv;
mod linear;
mod norm;
mod rearrange;

use super::{Gradients, Operations, Rearrange, composed};
use burn::backend::TensorMetadata;
use burn::backend::ops::{FloatTensorOps, ModuleOps};
use burn::backend::tensor::FloatTensor;
use burn::tensor::{DType, Shape};
use burn_cubecl::CubeBackend;
use burn_cubecl::cubecl;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

/// Units of a workgroup.
const UNITS: usize = 64;

/// Whether the kernels, which know f32 alone, can take these.
fn all_f32(tensors: &[&CubeTensor]) -> bool {
    tensors.iter().all(|tensor| tensor.dtype() == DType::F32)
}

/// A tensor of f32 on the device of `like`, its values not yet written.
fn empty(like: &CubeTensor, shape: Shape) -> CubeTensor {
    empty_device_contiguous_dtype(like.client.clone(), like.device.clone(), shape, DType::F32)
}

/// Workgroups for `units` units of work, and their size.
fn one_dimension(like: &CubeTensor, units: usize) -> (CubeCount, CubeDim) {
    let size = CubeDim::new_1d(UNITS as u32);
    let count = cubecl::calculate_cube_count_elemwise(&like.client, units, size);
    (count, size)
}

/// Feature maps `[batch, C, height, width]` as a convolution of this side sees them: one line of pixels
/// each for side 1, so that tiles are full at any resolution.
fn seen(maps: CubeTensor, side: usize) -> CubeTensor {
    let [batch, channels, height, width] = maps.shape().dims();
    match side {
        1 => CubeBackend::float_reshape(maps, Shape::new([batch, channels, 1, height * width])),
        _ => maps,
    }
}

fn convolve(x: CubeTensor, weight: CubeTensor, bias: CubeTensor) -> CubeTensor {
    if !all_f32(&[&x, &weight, &bias]) {
        return composed::conv::<CubeBackend>(x, weight, bias);
    }
    let [x, weight, bias] = [x, weight, bias].map(into_contiguous);
    let [batch, _, height, width] = x.shape().dims();
    let [outputs, _, side, _] = weight.shape().dims();
    let y = conv::forward(seen(x, side), weight, Some(bias));
    CubeBackend::float_reshape(y, Shape::new([batch, outputs, height, width]))
}

fn convolve_backward(
    x: CubeTensor,
    weight: CubeTensor,
    bias: CubeTensor,
    dy: CubeTensor,
    wanted: [bool; 3],
) -> [Option<CubeTensor>; 3] {
    if !all_f32(&[&x, &weight, &bias, &dy]) {
        return composed::conv_backward::<CubeBackend>(x, weight, bias, dy, wanted);
    }
    let [x, weight, bias, dy] = [x, weight, bias, dy].map(into_contiguous);
    let (maps, kernels) = (x.shape(), weight.shape());
    let side = kernels[2];
    let (x, dy) = (seen(x, side), seen(dy, side));
    let [by_x, by_weight, by_bias] = wanted;
    [
        by_x.then(|| {
            let by_x = conv::input_gradient(weight, dy.clone());
            CubeBackend::float_reshape(by_x, maps)
        }),
        by_weight.then(|| {
            let parts = conv::weight_gradient(x.clone(), dy.clone(), side);
            CubeBackend::float_reshape(CubeBackend::float_sum_dim(parts, 0), kernels)
        }),
        by_bias.then(|| CubeBackend::conv2d_bias_backward(x, bias, dy)),
    ]
}

impl Operations for CubeBackend {
    fn ext_conv3x3(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        convolve(x, weight, bias)
    }

    fn ext_conv1x1(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        convolve(x, weight, bias)
    }

    fn ext_rearrange(x: FloatTensor<Self>, kind: Rearrange) -> FloatTensor<Self> {
        if !all_f32(&[&x]) {
            return composed::rearrange::<Self>(x, kind);
        }
        rearrange::rearrange(into_contiguous(x), kind)
    }

    fn ext_norm_silu(
        x: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        groups: usize,
        epsilon: f64,
    ) -> FloatTensor<Self> {
        if !all_f32(&[&x, &scale, &shift]) {
            return composed::norm_silu::<Self>(x, scale, shift, groups, epsilon);
        }
        let [x, scale, shift] = [x, scale, shift].map(into_contiguous);
        norm::forward(x, scale, shift, groups, epsilon as f32)
    }

    fn ext_linear(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        if x.shape()[0] > linear::MOST_ROWS || !all_f32(&[&x, &weight, &bias]) {
            return Self::linear(x, weight, Some(bias));
        }
        let [x, weight, bias] = [x, weight, bias].map(into_contiguous);
        linear::forward(x, weight, bias)
    }

    fn ext_linear_transposed(x: FloatTensor<Self>, weight: FloatTensor<Self>) -> FloatTensor<Self> {
        if x.shape()[0] > linear::MOST_ROWS || !all_f32(&[&x, &weight]) {
            return Self::float_matmul(x, Self::float_transpose(weight));
        }
        let [x, weight] = [x, weight].map(into_contiguous);
        linear::transposed(x, weight)
    }
}

impl Gradients for CubeBackend {
    fn conv3x3_backward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        dy: FloatTensor<Self>,
        wanted: [bool; 3],
    ) -> [Option<FloatTensor<Self>>; 3] {
        convolve_backward(x, weight, bias, dy, wanted)
    }

    fn conv1x1_backward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        dy: FloatTensor<Self>,
        wanted: [bool; 3],
    ) -> [Option<FloatTensor<Self>>; 3] {
        convolve_backward(x, weight, bias, dy, wanted)
    }

    fn norm_silu_backward(
        x: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        dy: FloatTensor<Self>,
        groups: usize,
        epsilon: f64,
    ) -> [FloatTensor<Self>; 3] {
        if !all_f32(&[&x, &scale, &shift, &dy]) {
            return composed::norm_silu_backward::<Self>(x, scale, shift, dy, groups, epsilon);
        }
        let [x, scale, shift, dy] = [x, scale, shift, dy].map(into_contiguous);
        norm::backward(x, scale, shift, dy, groups, epsilon as f32)
    }

    fn linear_input_gradient(
        weight: FloatTensor<Self>,
        dy: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        if dy.shape()[0] > linear::MOST_ROWS || !all_f32(&[&weight, &dy]) {
            return Self::linear_x_backward(weight, dy);
        }
        let [weight, dy] = [weight, dy].map(into_contiguous);
        linear::transposed(dy, weight)
    }

    fn linear_weight_gradient(x: FloatTensor<Self>, dy: FloatTensor<Self>) -> FloatTensor<Self> {
        if x.shape()[0] > linear::MOST_ROWS || !all_f32(&[&x, &dy]) {
            return Self::linear_weight_backward(x, dy);
        }
        let [x, dy] = [x, dy].map(into_contiguous);
        linear::weight_gradient(x, dy)
    }
}
