//! Kernels for GPUs, written once in CubeCL for every driver: WGSL in the browser, SPIR-V or CUDA natively.
//!
//! They need neither subgroups nor f16, which browsers need not offer. Tensors are NCHW as
//! everywhere here, so that nothing is reordered between operations.

mod conv;
mod linear;
mod norm;

use super::{Gradients, Operations, composed};
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

impl Operations for CubeBackend {
    fn ext_conv3x3(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        if !all_f32(&[&x, &weight, &bias]) {
            return composed::conv::<Self>(x, weight, bias);
        }
        let [x, weight, bias] = [x, weight, bias].map(into_contiguous);
        conv::forward(x, weight, Some(bias))
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
}

impl Gradients for CubeBackend {
    fn conv3x3_backward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        dy: FloatTensor<Self>,
        wanted: [bool; 3],
    ) -> [Option<FloatTensor<Self>>; 3] {
        if !all_f32(&[&x, &weight, &bias, &dy]) {
            return composed::conv_backward::<Self>(x, weight, bias, dy, wanted);
        }
        let [x, weight, dy] = [x, weight, dy].map(into_contiguous);
        let shape = weight.shape();
        let [by_x, by_weight, by_bias] = wanted;
        [
            by_x.then(|| conv::input_gradient(weight, dy.clone())),
            by_weight.then(|| {
                let parts = conv::weight_gradient(x.clone(), dy.clone());
                Self::float_reshape(Self::float_sum_dim(parts, 0), shape)
            }),
            by_bias.then(|| Self::conv2d_bias_backward(x, bias, dy)),
        ]
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
        linear::input_gradient(weight, dy)
    }
}
