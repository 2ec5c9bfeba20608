//! GroupNorm, scale and shift, SiLU: one workgroup for each group of channels of each picture,
//! forward in one kernel and backward in another.

use super::{CubeTensor, UNITS, cubecl, empty};
use burn::backend::TensorMetadata;
use cubecl::prelude::*;

/// Workgroups, one for each of `groups`, and their size.
fn one_each(like: &CubeTensor, groups: usize) -> (CubeCount, CubeDim) {
    let single = CubeDim::new_single();
    let count = cubecl::calculate_cube_count_elemwise(&like.client, groups, single);
    (count, CubeDim::new_1d(UNITS as u32))
}

/// `silu(scale·GN(x) + shift)`; see [`norm_silu`](crate::ops::norm_silu).
pub fn forward(
    x: CubeTensor,
    scale: CubeTensor,
    shift: CubeTensor,
    groups: usize,
    epsilon: f32,
) -> CubeTensor {
    let [batch, channels, _, _] = x.shape().dims();
    let y = empty(&x, x.shape());
    let (count, size) = one_each(&x, batch * groups);
    let client = x.client.clone();
    // SAFETY: every index is below its tensor's length.
    unsafe {
        normalise::launch_unchecked(
            &client,
            count,
            size,
            x.into_tensor_arg(),
            scale.into_tensor_arg(),
            shift.into_tensor_arg(),
            y.clone().into_tensor_arg(),
            epsilon,
            channels / groups,
            UNITS,
        );
    }
    y
}

/// Gradients by `x`, `scale` and `shift`.
pub fn backward(
    x: CubeTensor,
    scale: CubeTensor,
    shift: CubeTensor,
    dy: CubeTensor,
    groups: usize,
    epsilon: f32,
) -> [CubeTensor; 3] {
    let [batch, channels, _, _] = x.shape().dims();
    let gradients = [&x, &scale, &shift].map(|tensor| empty(tensor, tensor.shape()));
    let (count, size) = one_each(&x, batch * groups);
    let client = x.client.clone();
    let [dx, by_scale, by_shift] = gradients.clone();
    // SAFETY: every index is below its tensor's length.
    unsafe {
        pull_back::launch_unchecked(
            &client,
            count,
            size,
            x.into_tensor_arg(),
            scale.into_tensor_arg(),
            shift.into_tensor_arg(),
            dy.into_tensor_arg(),
            dx.into_tensor_arg(),
            by_scale.into_tensor_arg(),
            by_shift.into_tensor_arg(),
            epsilon,
            channels / groups,
            UNITS,
        );
    }
    gradients
}

/// The sum of every unit's `value`, given to all of them.
#[cube]
fn total(value: f32, shared: &mut Shared<[f32]>, #[comptime] units: usize) -> f32 {
    // Nobody may still be reading what an earlier sum left.
    sync_cube();
    shared[UNIT_POS as usize] = value;
    sync_cube();
    let mut half = comptime!(units / 2).runtime();
    while half > 0 {
        if (UNIT_POS as usize) < half {
            let other = shared[UNIT_POS as usize + half];
            shared[UNIT_POS as usize] += other;
        }
        sync_cube();
        half /= 2;
    }
    shared[0]
}

/// Mean and 1/√(variance + epsilon) of the `length` values from `first`.
#[cube]
fn statistics(
    x: &Tensor<f32>,
    first: usize,
    length: usize,
    epsilon: f32,
    shared: &mut Shared<[f32]>,
    #[comptime] units: usize,
) -> (f32, f32) {
    let mut sum = 0.0f32;
    let mut i = UNIT_POS as usize;
    while i < length {
        sum += x[first + i];
        i += units;
    }
    let mean = total(sum, shared, units) / f32::cast_from(length);
    let mut squares = 0.0f32;
    let mut i = UNIT_POS as usize;
    while i < length {
        let off = x[first + i] - mean;
        squares += off * off;
        i += units;
    }
    let variance = total(squares, shared, units) / f32::cast_from(length);
    (mean, 1.0f32 / (variance + epsilon).sqrt())
}

/// The logistic function, without overflow.
#[cube]
fn logistic(u: f32) -> f32 {
    1.0f32 / (1.0f32 + (-u).min(80.0f32).exp())
}

#[cube(launch_unchecked)]
fn normalise(
    x: &Tensor<f32>,
    scale: &Tensor<f32>,
    shift: &Tensor<f32>,
    y: &mut Tensor<f32>,
    epsilon: f32,
    channels: usize,
    #[comptime] units: usize,
) {
    let group = CUBE_POS;
    if group * channels >= x.shape(0) * x.shape(1) {
        terminate!();
    }
    let pixels = x.shape(2) * x.shape(3);
    let length = channels * pixels;
    let first = group * length;
    let mut shared = Shared::<[f32]>::new_slice(units);
    let (mean, inverse) = statistics(x, first, length, epsilon, &mut shared, units);
    let mut i = UNIT_POS as usize;
    while i < length {
        let channel = group * channels + i / pixels;
        let u = (x[first + i] - mean) * inverse * scale[channel] + shift[channel];
        y[first + i] = u * logistic(u);
        i += units;
    }
}

/// With `g = ∂L/∂u = dy·s·(1 + u·(1 − s))`, `s` being the logistic function of `u`:
/// `∂L/∂shift = Σg`, `∂L/∂scale = Σg·x̂` over a channel's pixels, and
/// `∂L/∂x = (h − mean(h) − x̂·mean(h·x̂))/σ` with `h = scale·g`, means over the group.
#[cube(launch_unchecked)]
fn pull_back(
    x: &Tensor<f32>,
    scale: &Tensor<f32>,
    shift: &Tensor<f32>,
    dy: &Tensor<f32>,
    dx: &mut Tensor<f32>,
    by_scale: &mut Tensor<f32>,
    by_shift: &mut Tensor<f32>,
    epsilon: f32,
    channels: usize,
    #[comptime] units: usize,
) {
    let group = CUBE_POS;
    if group * channels >= x.shape(0) * x.shape(1) {
        terminate!();
    }
    let pixels = x.shape(2) * x.shape(3);
    let length = channels * pixels;
    let first = group * length;
    let mut shared = Shared::<[f32]>::new_slice(units);
    let (mean, inverse) = statistics(x, first, length, epsilon, &mut shared, units);

    let mut sum = 0.0f32;
    let mut slope = 0.0f32;
    for c in 0..channels {
        let channel = group * channels + c;
        let mut pulls = 0.0f32;
        let mut turns = 0.0f32;
        let mut i = UNIT_POS as usize;
        while i < pixels {
            let at = first + c * pixels + i;
            let normal = (x[at] - mean) * inverse;
            let u = normal * scale[channel] + shift[channel];
            let s = logistic(u);
            let g = dy[at] * s * (1.0f32 + u * (1.0f32 - s));
            // Kept for the pass below.
            dx[at] = g;
            pulls += g;
            turns += g * normal;
            i += units;
        }
        let pulls = total(pulls, &mut shared, units);
        let turns = total(turns, &mut shared, units);
        if UNIT_POS == 0 {
            by_shift[channel] = pulls;
            by_scale[channel] = turns;
        }
        sum += scale[channel] * pulls;
        slope += scale[channel] * turns;
    }
    let mean_h = sum / f32::cast_from(length);
    let mean_turn = slope / f32::cast_from(length);
    for c in 0..channels {
        let mut i = UNIT_POS as usize;
        while i < pixels {
            let at = first + c * pixels + i;
            let normal = (x[at] - mean) * inverse;
            let h = scale[group * channels + c] * dx[at];
            dx[at] = (h - mean_h - normal * mean_turn) * inverse;
            i += units;
        }
    }
}
