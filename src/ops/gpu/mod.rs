//! Kernels for GPUs, written once in CubeCL for every driver: WGSL in the browser, SPIR-V or CUDA
//! natively.
//!
//! They need neither subgroups nor f16, which browsers need not offer, and use both where an
//! adapter has them: sums within a workgroup go by subgroups, and tensors may be f16 (or bf16), in
//! which case values are stored so and computed with in f32. [`Means`] says which form of a kernel
//! a device gets. Tensors are NCHW as everywhere here, so that nothing is reordered between
//! operations.

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
use cubecl::features::Plane;
use cubecl::ir::{ElemType, FloatKind};
use cubecl::prelude::*;
use std::sync::{Mutex, PoisonError};

/// Units of a workgroup.
const UNITS: usize = 64;

/// Runs `$body` with `$F` standing for the type that a tensor's numbers are stored in.
macro_rules! by_type {
    ($dtype:expr, $F:ident => $body:expr) => {
        match $dtype {
            burn::tensor::DType::F16 => {
                type $F = half::f16;
                $body
            }
            #[cfg(not(target_family = "wasm"))]
            burn::tensor::DType::BF16 => {
                type $F = half::bf16;
                $body
            }
            _ => {
                type $F = f32;
                $body
            }
        }
    };
}
use by_type;

/// Which of the forms that kernels come in suit a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Means {
    /// Convolutions tile through workgroup memory instead of registers alone.
    pub workgroup: bool,
    /// Sums within a workgroup use subgroup operations.
    pub subgroups: bool,
}

/// What [`Means::impose`] asked for.
static IMPOSED: Mutex<Option<Means>> = Mutex::new(None);

impl Means {
    /// What suits the device of this tensor. Drivers that run on a CPU have the vector register as
    /// their subgroup, at most 8 units, and no use for workgroup memory: it is the same memory.
    fn of(tensor: &CubeTensor) -> Self {
        if let Some(imposed) = *IMPOSED.lock().unwrap_or_else(PoisonError::into_inner) {
            return imposed;
        }
        let properties = tensor.client.properties();
        Self {
            workgroup: properties.hardware.plane_size_max > 8,
            subgroups: properties.features.plane.contains(Plane::Ops),
        }
    }

    /// Use these on every device from now on, or what suits each again: for tests and measurements.
    /// Subgroups on a device that lacks them are an error of the driver.
    pub fn impose(means: Option<Self>) {
        *IMPOSED.lock().unwrap_or_else(PoisonError::into_inner) = means;
    }
}

/// Whether the kernels can take these: all of one type, which they and the device know.
fn fits(tensors: &[&CubeTensor]) -> bool {
    let dtype = tensors[0].dtype();
    let kind = match dtype {
        DType::F32 => FloatKind::F32,
        DType::F16 => FloatKind::F16,
        #[cfg(not(target_family = "wasm"))]
        DType::BF16 => FloatKind::BF16,
        _ => return false,
    };
    let known = dtype == DType::F32
        || tensors[0]
            .client
            .properties()
            .supports_type(ElemType::Float(kind));
    known && tensors.iter().all(|tensor| tensor.dtype() == dtype)
}

/// A tensor on the device of `like`, its values not yet written.
fn empty(like: &CubeTensor, shape: Shape, dtype: DType) -> CubeTensor {
    empty_device_contiguous_dtype(like.client.clone(), like.device.clone(), shape, dtype)
}

/// Workgroups for `units` units of work, and their size.
fn one_dimension(like: &CubeTensor, units: usize) -> (CubeCount, CubeDim) {
    let size = CubeDim::new_1d(UNITS as u32);
    let count = cubecl::calculate_cube_count_elemwise(&like.client, units, size);
    (count, size)
}

/// Feature maps `[batch, C, height, width]` as a convolution of this side sees them: one line of
/// pixels each for side 1, so that tiles are full at any resolution.
fn seen(maps: CubeTensor, side: usize) -> CubeTensor {
    let [batch, channels, height, width] = maps.shape().dims();
    match side {
        1 => CubeBackend::float_reshape(maps, Shape::new([batch, channels, 1, height * width])),
        _ => maps,
    }
}

fn convolve(x: CubeTensor, weight: CubeTensor, bias: CubeTensor) -> CubeTensor {
    if !fits(&[&x, &weight, &bias]) {
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
    if !fits(&[&x, &weight, &bias, &dy]) {
        return composed::conv_backward::<CubeBackend>(x, weight, bias, dy, wanted);
    }
    let [x, weight, bias, dy] = [x, weight, bias, dy].map(into_contiguous);
    let (maps, kernels) = (x.shape(), weight.shape());
    let side = kernels[2];
    let (x, dy) = (seen(x, side), seen(dy, side));
    let [by_x, by_weight, by_bias] = wanted;
    [
        by_x.then(|| {
            let by_x = conv::input_gradient(weight.clone(), dy.clone());
            CubeBackend::float_reshape(by_x, maps)
        }),
        by_weight.then(|| {
            let parts = conv::weight_gradient(x.clone(), dy.clone(), side);
            let sum = CubeBackend::float_reshape(CubeBackend::float_sum_dim(parts, 0), kernels);
            match weight.dtype() {
                DType::F32 => sum,
                dtype => CubeBackend::float_cast(sum, dtype.into()),
            }
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
        if !fits(&[&x]) {
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
        if !fits(&[&x, &scale, &shift]) {
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
        if x.shape()[0] > linear::MOST_ROWS || !fits(&[&x, &weight, &bias]) {
            return Self::linear(x, weight, Some(bias));
        }
        let [x, weight, bias] = [x, weight, bias].map(into_contiguous);
        linear::forward(x, weight, bias)
    }

    fn ext_linear_transposed(x: FloatTensor<Self>, weight: FloatTensor<Self>) -> FloatTensor<Self> {
        if x.shape()[0] > linear::MOST_ROWS || !fits(&[&x, &weight]) {
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
        if !fits(&[&x, &scale, &shift, &dy]) {
            return composed::norm_silu_backward::<Self>(x, scale, shift, dy, groups, epsilon);
        }
        let [x, scale, shift, dy] = [x, scale, shift, dy].map(into_contiguous);
        norm::backward(x, scale, shift, dy, groups, epsilon as f32)
    }

    fn linear_input_gradient(
        weight: FloatTensor<Self>,
        dy: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        if dy.shape()[0] > linear::MOST_ROWS || !fits(&[&weight, &dy]) {
            return Self::linear_x_backward(weight, dy);
        }
        let [weight, dy] = [weight, dy].map(into_contiguous);
        linear::transposed(dy, weight)
    }

    fn linear_weight_gradient(x: FloatTensor<Self>, dy: FloatTensor<Self>) -> FloatTensor<Self> {
        if x.shape()[0] > linear::MOST_ROWS || !fits(&[&x, &dy]) {
            return Self::linear_weight_backward(x, dy);
        }
        let [x, dy] = [x, dy].map(into_contiguous);
        linear::weight_gradient(x, dy)
    }
}
