//! Group normalisation, scale, shift and SiLU in one: `y = silu(scale·(x − μ)/√(σ² + ε) + shift)`,
//! with μ and σ² over a group of channels of one picture (Wu and He, *Group Normalization*, ECCV
//! 2018) and a scale and a shift for each channel of each picture. Forward and backward, NCHW.

use super::parallel;
use super::simd::sigmoid;
use pulp::{Arch, Simd, WithSimd};

/// Shape of the operation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Groups {
    /// Channels of a group.
    pub channels: usize,
    /// Pixels of a channel.
    pub pixels: usize,
    /// ε, which keeps a group of equal values from a division by zero.
    pub epsilon: f32,
}

/// `y`, of the shape of `x [batch, C, height, width]`; `scale` and `shift` are `[batch, C]`.
pub fn forward(x: &[f32], scale: &[f32], shift: &[f32], groups: Groups) -> Vec<f32> {
    let mut y = vec![0.0; x.len()];
    let slab = groups.channels * groups.pixels;
    let arch = Arch::new();
    parallel::chunks(&mut y, slab, |i, y| {
        let channels = i * groups.channels..(i + 1) * groups.channels;
        arch.dispatch(Forward {
            x: &x[i * slab..(i + 1) * slab],
            scale: &scale[channels.clone()],
            shift: &shift[channels],
            groups,
            y,
        });
    });
    y
}

/// Gradients of the loss by `x`, `scale` and `shift`, given that by `y`: `dy`.
pub fn backward(
    x: &[f32],
    scale: &[f32],
    shift: &[f32],
    dy: &[f32],
    groups: Groups,
) -> [Vec<f32>; 3] {
    let slab = groups.channels * groups.pixels;
    let mut dx = vec![0.0; x.len()];
    let mut by_channel = vec![[0.0; 2]; scale.len()];
    let mut pieces: Vec<_> = dx
        .chunks_exact_mut(slab)
        .zip(by_channel.chunks_exact_mut(groups.channels))
        .collect();
    let arch = Arch::new();
    parallel::chunks(&mut pieces, 1, |i, piece| {
        let channels = i * groups.channels..(i + 1) * groups.channels;
        let (dx, by_channel) = &mut piece[0];
        arch.dispatch(Backward {
            x: &x[i * slab..(i + 1) * slab],
            dy: &dy[i * slab..(i + 1) * slab],
            scale: &scale[channels.clone()],
            shift: &shift[channels],
            groups,
            dx,
            by_channel,
        });
    });
    let [scale, shift] = [0, 1].map(|i| by_channel.iter().map(|pair| pair[i]).collect());
    [dx, scale, shift]
}

/// Mean, and one over the standard deviation, of a group.
#[inline(always)]
fn moments<S: Simd>(simd: S, x: &[f32], epsilon: f32) -> (f32, f32) {
    let count = x.len() as f32;
    let (vectors, rest) = S::as_simd_f32s(x);
    // Four sums, so that an addition need not wait for the one before.
    let (fours, last) = vectors.as_chunks::<4>();
    let mut sums = [simd.splat_f32s(0.0); 4];
    for four in fours {
        for (sum, &x) in sums.iter_mut().zip(four) {
            *sum = simd.add_f32s(*sum, x);
        }
    }
    for (sum, &x) in sums.iter_mut().zip(last) {
        *sum = simd.add_f32s(*sum, x);
    }
    let mean = (total(simd, sums) + rest.iter().sum::<f32>()) / count;
    let centre = simd.splat_f32s(mean);
    let mut squares = [simd.splat_f32s(0.0); 4];
    for four in fours {
        for (sum, &x) in squares.iter_mut().zip(four) {
            let off = simd.sub_f32s(x, centre);
            *sum = simd.mul_add_e_f32s(off, off, *sum);
        }
    }
    for (sum, &x) in squares.iter_mut().zip(last) {
        let off = simd.sub_f32s(x, centre);
        *sum = simd.mul_add_e_f32s(off, off, *sum);
    }
    let rest: f32 = rest.iter().map(|x| (x - mean) * (x - mean)).sum();
    let variance = (total(simd, squares) + rest) / count;
    (mean, 1.0 / (variance + epsilon).sqrt())
}

#[inline(always)]
fn total<S: Simd>(simd: S, [a, b, c, d]: [S::f32s; 4]) -> f32 {
    simd.reduce_sum_f32s(simd.add_f32s(simd.add_f32s(a, b), simd.add_f32s(c, d)))
}

/// `dy·silu'(u)`.
#[inline(always)]
fn through_silu<S: Simd>(simd: S, u: S::f32s, dy: S::f32s) -> S::f32s {
    let one = simd.splat_f32s(1.0);
    let s = sigmoid(simd, u);
    let slope = simd.mul_add_e_f32s(u, simd.sub_f32s(one, s), one);
    simd.mul_f32s(dy, simd.mul_f32s(s, slope))
}

/// One group of one picture, forward.
struct Forward<'a> {
    x: &'a [f32],
    scale: &'a [f32],
    shift: &'a [f32],
    groups: Groups,
    y: &'a mut [f32],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Groups {
            pixels, epsilon, ..
        } = self.groups;
        let (mean, inverse) = moments(simd, self.x, epsilon);
        let planes = self.x.chunks_exact(pixels);
        for (c, (x, y)) in planes.zip(self.y.chunks_exact_mut(pixels)).enumerate() {
            let a = inverse * self.scale[c];
            let b = simd.splat_f32s(self.shift[c] - mean * a);
            let a = simd.splat_f32s(a);
            let (x, x_rest) = S::as_simd_f32s(x);
            let (y, y_rest) = S::as_mut_simd_f32s(y);
            for (y, &x) in y.iter_mut().zip(x) {
                let u = simd.mul_add_e_f32s(x, a, b);
                *y = simd.mul_f32s(u, sigmoid(simd, u));
            }
            if !x_rest.is_empty() {
                let u = simd.mul_add_e_f32s(simd.partial_load_f32s(x_rest), a, b);
                simd.partial_store_f32s(y_rest, simd.mul_f32s(u, sigmoid(simd, u)));
            }
        }
    }
}

/// One group of one picture, backward.
struct Backward<'a> {
    x: &'a [f32],
    dy: &'a [f32],
    scale: &'a [f32],
    shift: &'a [f32],
    groups: Groups,
    dx: &'a mut [f32],
    /// Gradients by scale and by shift, for each channel.
    by_channel: &'a mut [[f32; 2]],
}

impl WithSimd for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Groups {
            pixels, epsilon, ..
        } = self.groups;
        let (mean, inverse) = moments(simd, self.x, epsilon);

        // With x̂ = (x − μ)/σ and u = scale·x̂ + shift, first g = ∂L/∂u, kept in dx, and its sums.
        let (mut sum_g, mut sum_gx) = (0.0, 0.0);
        let planes = self
            .x
            .chunks_exact(pixels)
            .zip(self.dy.chunks_exact(pixels));
        for (c, ((x, dy), dx)) in planes.zip(self.dx.chunks_exact_mut(pixels)).enumerate() {
            let a = inverse * self.scale[c];
            let b = simd.splat_f32s(self.shift[c] - mean * a);
            let a = simd.splat_f32s(a);
            let (mut g_sum, mut gx_sum) = (simd.splat_f32s(0.0), simd.splat_f32s(0.0));
            let (x, x_rest) = S::as_simd_f32s(x);
            let (dy, dy_rest) = S::as_simd_f32s(dy);
            let (dx, dx_rest) = S::as_mut_simd_f32s(dx);
            for ((dx, &x), &dy) in dx.iter_mut().zip(x).zip(dy) {
                let g = through_silu(simd, simd.mul_add_e_f32s(x, a, b), dy);
                g_sum = simd.add_f32s(g_sum, g);
                gx_sum = simd.mul_add_e_f32s(g, x, gx_sum);
                *dx = g;
            }
            if !x_rest.is_empty() {
                let x = simd.partial_load_f32s(x_rest);
                let dy = simd.partial_load_f32s(dy_rest);
                let g = through_silu(simd, simd.mul_add_e_f32s(x, a, b), dy);
                g_sum = simd.add_f32s(g_sum, g);
                gx_sum = simd.mul_add_e_f32s(g, x, gx_sum);
                simd.partial_store_f32s(dx_rest, g);
            }
            let shift = simd.reduce_sum_f32s(g_sum);
            let scale = inverse * (simd.reduce_sum_f32s(gx_sum) - mean * shift);
            self.by_channel[c] = [scale, shift];
            sum_g += self.scale[c] * shift;
            sum_gx += self.scale[c] * scale;
        }

        // Then ∂L/∂x = (scale·g − mean(scale·g) − x̂·mean(scale·g·x̂))/σ, means over the group.
        let count = self.x.len() as f32;
        let by_x = -inverse * inverse * sum_gx / count;
        let constant = -inverse * sum_g / count - mean * by_x;
        let (by_x, constant) = (simd.splat_f32s(by_x), simd.splat_f32s(constant));
        let planes = self.x.chunks_exact(pixels);
        for (c, (x, dx)) in planes.zip(self.dx.chunks_exact_mut(pixels)).enumerate() {
            let by_g = simd.splat_f32s(inverse * self.scale[c]);
            let (x, x_rest) = S::as_simd_f32s(x);
            let (dx, dx_rest) = S::as_mut_simd_f32s(dx);
            for (dx, &x) in dx.iter_mut().zip(x) {
                let rest = simd.mul_add_e_f32s(x, by_x, constant);
                *dx = simd.mul_add_e_f32s(*dx, by_g, rest);
            }
            if !x_rest.is_empty() {
                let x = simd.partial_load_f32s(x_rest);
                let rest = simd.mul_add_e_f32s(x, by_x, constant);
                let g = simd.partial_load_f32s(dx_rest);
                simd.partial_store_f32s(dx_rest, simd.mul_add_e_f32s(g, by_g, rest));
            }
        }
    }
}
