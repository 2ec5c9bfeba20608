//! GroupNorm, scale and shift, SiLU: one workgroup for each group of channels of each picture,
//! forward in one kernel and backward in another.

use super::{CubeTensor, Means, UNITS, by_type, cubecl, empty};
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
    let y = empty(&x, x.shape(), x.dtype());
    let (count, size) = one_each(&x, batch * groups);
    let client = x.client.clone();
    let subgroups = Means::of(&x).subgroups;
    by_type!(x.dtype(), F => {
        // SAFETY: every index is below its tensor's length.
        unsafe {
            normalise::launch_unchecked::<F>(
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
                subgroups,
            );
        }
    });
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
    let gradients =
        [&x, &scale, &shift].map(|tensor| empty(tensor, tensor.shape(), tensor.dtype()));
    let (count, size) = one_each(&x, batch * groups);
    let client = x.client.clone();
    let subgroups = Means::of(&x).subgroups;
    let [dx, by_scale, by_shift] = gradients.clone();
    by_type!(x.dtype(), F => {
        // SAFETY: every index is below its tensor's length.
        unsafe {
            pull_back::launch_unchecked::<F>(
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
                subgroups,
            );
        }
    });
    gradients
}

/// The sum of every unit's `value`, given to all of them: within subgroups by the hardware where it
/// can, the rest through workgroup memory.
#[cube]
fn total(
    value: f32,
    shared: &mut Shared<[f32]>,
    #[comptime] units: usize,
    #[comptime] subgroups: bool,
) -> f32 {
    // Nobody may still be reading what an earlier sum left.
    sync_cube();
    let mut sum = 0.0f32.runtime();
    if subgroups {
        let lanes = PLANE_DIM as usize;
        let of_subgroup = plane_sum(value);
        if UNIT_POS_PLANE == 0 {
            shared[UNIT_POS as usize / lanes] = of_subgroup;
        }
        sync_cube();
        for i in 0..units.runtime().div_ceil(lanes) {
            sum += shared[i];
        }
    } else {
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
        sum += shared[0];
    }
    sum
}

/// Mean and 1/√(variance + epsilon) of the `length` values from `first`.
#[cube]
fn statistics<F: Float>(
    x: &Tensor<F>,
    first: usize,
    length: usize,
    epsilon: f32,
    shared: &mut Shared<[f32]>,
    #[comptime] units: usize,
    #[comptime] subgroups: bool,
) -> (f32, f32) {
    let mut sum = 0.0f32;
    let mut i = UNIT_POS as usize;
    while i < length {
        sum += f32::cast_from(x[first + i]);
        i += units;
    }
    let mean = total(sum, shared, units, subgroups) / f32::cast_from(length);
    let mut squares = 0.0f32;
    let mut i = UNIT_POS as usize;
    while i < length {
        let off = f32::cast_from(x[first + i]) - mean;
        squares += off * off;
        i += units;
    }
    let variance = total(squares, shared, units, subgroups) / f32::cast_from(length);
    (mean, 1.0f32 / (variance + epsilon).sqrt())
}

/// The logistic function, without overflow.
#[cube]
fn logistic(u: f32) -> f32 {
    1.0f32 / (1.0f32 + (-u).min(80.0f32).exp())
}

#[cube(launch_unchecked)]
fn normalise<F: Float>(
    x: &Tensor<F>,
    scale: &Tensor<F>,
    shift: &Tensor<F>,
    y: &mut Tensor<F>,
    epsilon: f32,
    channels: usize,
    #[comptime] units: usize,
    #[comptime] subgroups: bool,
) {
    let group = CUBE_POS;
    if group * channels >= x.shape(0) * x.shape(1) {
        terminate!();
    }
    let pixels = x.shape(2) * x.shape(3);
    let length = channels * pixels;
    let first = group * length;
    let mut shared = Shared::<[f32]>::new_slice(units);
    let (mean, inverse) = statistics::<F>(x, first, length, epsilon, &mut shared, units, subgroups);
    let mut i = UNIT_POS as usize;
    while i < length {
        let channel = group * channels + i / pixels;
        let normal = (f32::cast_from(x[first + i]) - mean) * inverse;
        let u = normal * f32::cast_from(scale[channel]) + f32::cast_from(shift[channel]);
        y[first + i] = F::cast_from(u * logistic(u));
        i += units;
    }
}

/// With `g = ∂L/∂u = dy·s·(1 + u·(1 − s))`, `s` being the logistic function of `u`:
/// `∂L/∂shift = Σg`, `∂L/∂scale = Σg·x̂` over a channel's pixels, and
/// `∂L/∂x = (h − mean(h) − x̂·mean(h·x̂))/σ` with `h = scale·g`, means over the group.
#[cube(launch_unchecked)]
fn pull_back<F: Float>(
    x: &Tensor<F>,
    scale: &Tensor<F>,
    shift: &Tensor<F>,
    dy: &Tensor<F>,
    dx: &mut Tensor<F>,
    by_scale: &mut Tensor<F>,
    by_shift: &mut Tensor<F>,
    epsilon: f32,
    channels: usize,
    #[comptime] units: usize,
    #[comptime] subgroups: bool,
) {
    let group = CUBE_POS;
    if group * channels >= x.shape(0) * x.shape(1) {
        terminate!();
    }
    let pixels = x.shape(2) * x.shape(3);
    let length = channels * pixels;
    let first = group * length;
    let mut shared = Shared::<[f32]>::new_slice(units);
    let (mean, inverse) = statistics::<F>(x, first, length, epsilon, &mut shared, units, subgroups);

    let mut sum = 0.0f32;
    let mut slope = 0.0f32;
    for c in 0..channels {
        let channel = group * channels + c;
        let own_scale = f32::cast_from(scale[channel]);
        let own_shift = f32::cast_from(shift[channel]);
        let mut pulls = 0.0f32;
        let mut turns = 0.0f32;
        let mut i = UNIT_POS as usize;
        while i < pixels {
            let at = first + c * pixels + i;
            let normal = (f32::cast_from(x[at]) - mean) * inverse;
            let u = normal * own_scale + own_shift;
            let s = logistic(u);
            let g = f32::cast_from(dy[at]) * s * (1.0f32 + u * (1.0f32 - s));
            // Kept for the pass below.
            dx[at] = F::cast_from(g);
            pulls += g;
            turns += g * normal;
            i += units;
        }
        let pulls = total(pulls, &mut shared, units, subgroups);
        let turns = total(turns, &mut shared, units, subgroups);
        if UNIT_POS == 0 {
            by_shift[channel] = F::cast_from(pulls);
            by_scale[channel] = F::cast_from(turns);
        }
        sum += own_scale * pulls;
        slope += own_scale * turns;
    }
    let mean_h = sum / f32::cast_from(length);
    let mean_turn = slope / f32::cast_from(length);
    for c in 0..channels {
        let own_scale = f32::cast_from(scale[group * channels + c]);
        let mut i = UNIT_POS as usize;
        while i < pixels {
            let at = first + c * pixels + i;
            let normal = (f32::cast_from(x[at]) - mean) * inverse;
            let h = own_scale * f32::cast_from(dx[at]);
            dx[at] = F::cast_from((h - mean_h - normal * mean_turn) * inverse);
            i += units;
        }
    }
}
