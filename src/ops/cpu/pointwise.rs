//! 1×1 convolution: for every picture a matrix product of the weights `[K, C]` with the maps
//! `[C, pixels]`, which lie in memory as the product wants them, so nothing is packed or copied.

use super::maps::Maps;
use super::parallel;
use super::simd::{load, many_registers, store};
use pulp::{Arch, Simd, WithSimd};

/// Output channels that make one piece of work: a multiple of a tile's on every machine.
const BLOCK: usize = 8;

/// `y [batch, K, height, width]` of `x [batch, C, height, width]`, `weight [K, C]` and
/// `bias [K]`.
pub fn forward(x: &[f32], weight: &[f32], bias: Option<&[f32]>, maps: Maps) -> Vec<f32> {
    let pixels = maps.pixels();
    let channels = x.len() / (maps.batch * pixels);
    let outputs = weight.len() / channels;
    let blocks = outputs.div_ceil(BLOCK);
    let mut y = vec![0.0; maps.batch * outputs * pixels];
    let mut pieces: Vec<&mut [f32]> = Vec::with_capacity(maps.batch * blocks);
    for image in y.chunks_exact_mut(outputs * pixels) {
        pieces.extend(image.chunks_mut(BLOCK * pixels));
    }
    let arch = Arch::new();
    parallel::chunks(&mut pieces, 1, |i, piece| {
        let (image, first) = (i / blocks, i % blocks * BLOCK);
        arch.dispatch(Product {
            x: &x[image * channels * pixels..][..channels * pixels],
            stride: pixels,
            weight: &weight[first * channels..],
            channels,
            bias: bias.map(|bias| &bias[first..]),
            pixels,
            y: piece[0],
        });
    });
    y
}

/// Gradients of the loss by `x`, `weight` and `bias`, given that by `y`: `dy [batch, K, height,
/// width]`. Only those asked for by `wanted` are computed; the others come back empty.
pub fn backward(
    x: &[f32],
    weight: &[f32],
    dy: &[f32],
    maps: Maps,
    wanted: [bool; 3],
) -> [Vec<f32>; 3] {
    let images = maps.batch * maps.pixels();
    let (channels, outputs) = (x.len() / images, dy.len() / images);
    let mut gradients = [Vec::new(), Vec::new(), Vec::new()];
    if wanted[0] {
        let mut transposed = vec![0.0; weight.len()];
        for (k, row) in weight.chunks_exact(channels).enumerate() {
            for (c, value) in row.iter().enumerate() {
                transposed[c * outputs + k] = *value;
            }
        }
        gradients[0] = forward(dy, &transposed, None, maps);
    }
    if wanted[1] {
        gradients[1] = weight_gradient(x, dy, channels, outputs, maps);
    }
    if wanted[2] {
        gradients[2] = super::conv::sum_by_channel(dy, outputs, maps);
    }
    gradients
}

/// `[K, C]`: the product of every map of `dy` with every map of `x`, over all pixels of all
/// pictures.
fn weight_gradient(x: &[f32], dy: &[f32], channels: usize, outputs: usize, maps: Maps) -> Vec<f32> {
    let pixels = maps.pixels();
    let mut gradient = vec![0.0; outputs * channels];
    let arch = Arch::new();
    parallel::chunks(&mut gradient, 4 * channels, |i, rows| {
        let (first, count) = (4 * i, rows.len() / channels);
        for (x, dy) in x
            .chunks_exact(channels * pixels)
            .zip(dy.chunks_exact(outputs * pixels))
        {
            arch.dispatch(Products {
                x,
                dy: &dy[first * pixels..][..count * pixels],
                pixels,
                channels,
                sums: rows,
            });
        }
    });
    gradient
}

/// Rows of a matrix product: `y [rows, pixels]` of `weight [rows, channels]` and `x`, whose
/// `channels` rows of `pixels` begin `stride` apart. Each row may have a bias.
pub(super) struct Product<'a> {
    pub x: &'a [f32],
    pub stride: usize,
    pub weight: &'a [f32],
    pub channels: usize,
    pub bias: Option<&'a [f32]>,
    pub pixels: usize,
    pub y: &'a mut [f32],
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        match (self.y.len() / self.pixels, many_registers::<S>()) {
            (1, _) => self.rows::<S, 1, 8>(simd),
            (5.., true) => self.rows::<S, 8, 3>(simd),
            _ => self.rows::<S, 4, 3>(simd),
        }
    }
}

impl Product<'_> {
    #[inline(always)]
    fn rows<S: Simd, const M: usize, const V: usize>(&mut self, simd: S) {
        let (lanes, pixels) = (S::F32_LANES, self.pixels);
        let outputs = self.y.len() / pixels;
        for first in (0..outputs).step_by(M) {
            let mut p = 0;
            while p < pixels {
                p += match (pixels - p) / lanes {
                    0 => self.tile::<S, M, 1>(simd, first, p, pixels - p),
                    1 => self.tile::<S, M, 1>(simd, first, p, lanes),
                    n if n < V => self.tile::<S, M, 2>(simd, first, p, 2 * lanes),
                    _ => self.tile::<S, M, V>(simd, first, p, V * lanes),
                };
            }
        }
    }

    /// Computes `count` pixels from `p` on of `M` rows, and returns `count`: `V` whole vectors, or
    /// less than one.
    #[inline(always)]
    fn tile<S: Simd, const M: usize, const V: usize>(
        &mut self,
        simd: S,
        first: usize,
        p: usize,
        count: usize,
    ) -> usize {
        let (lanes, pixels) = (S::F32_LANES, self.pixels);
        let (channels, outputs) = (self.channels, self.y.len() / pixels);
        let whole = count == V * lanes;
        // Where fewer than M rows are left, the last stands in for those that are not there.
        let mut rows: [&[f32]; M] = [&[]; M];
        for (m, row) in rows.iter_mut().enumerate() {
            *row = &self.weight[(first + m).min(outputs - 1) * channels..][..channels];
        }
        let mut sums = [[simd.splat_f32s(0.0); V]; M];
        for (c, map) in self.x.chunks(self.stride).take(channels).enumerate() {
            let map = &map[p..p + count];
            let mut values = [simd.splat_f32s(0.0); V];
            for (v, values) in values.iter_mut().enumerate() {
                *values = if whole {
                    load::<S>(&map[v * lanes..])
                } else {
                    simd.partial_load_f32s(map)
                };
            }
            for m in 0..M {
                let weight = simd.splat_f32s(rows[m][c]);
                for v in 0..V {
                    sums[m][v] = simd.mul_add_e_f32s(weight, values[v], sums[m][v]);
                }
            }
        }
        for (m, sums) in sums.iter().enumerate().take(outputs - first) {
            let bias = simd.splat_f32s(self.bias.map_or(0.0, |bias| bias[first + m]));
            let out = &mut self.y[(first + m) * pixels + p..][..count];
            for (v, sum) in sums.iter().enumerate() {
                let value = simd.add_f32s(*sum, bias);
                if whole {
                    store::<S>(&mut out[v * lanes..], value)
                } else {
                    simd.partial_store_f32s(out, value)
                }
            }
        }
        count
    }
}

/// Products of a few rows `dy [rows, pixels]` with all of `x [channels, pixels]`, added to `sums
/// [rows, channels]`.
pub(super) struct Products<'a> {
    pub x: &'a [f32],
    pub dy: &'a [f32],
    pub pixels: usize,
    pub channels: usize,
    pub sums: &'a mut [f32],
}

impl WithSimd for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        if many_registers::<S>() {
            self.tiles::<S, 4, 4>(simd);
        } else {
            self.tiles::<S, 2, 4>(simd);
        }
    }
}

impl Products<'_> {
    #[inline(always)]
    fn tiles<S: Simd, const M: usize, const N: usize>(&mut self, simd: S) {
        let rows = self.dy.len() / self.pixels;
        for k in (0..rows).step_by(M) {
            for c in (0..self.channels).step_by(N) {
                self.tile::<S, M, N>(simd, k, c);
            }
        }
    }

    /// `M` rows from `k` on by `N` columns from `c` on; the last row or column stands in for those
    /// that are not there.
    #[inline(always)]
    fn tile<S: Simd, const M: usize, const N: usize>(&mut self, simd: S, k: usize, c: usize) {
        let (lanes, pixels) = (S::F32_LANES, self.pixels);
        let rows = self.dy.len() / pixels;
        let mut of_dy: [&[f32]; M] = [&[]; M];
        for (m, map) in of_dy.iter_mut().enumerate() {
            *map = &self.dy[(k + m).min(rows - 1) * pixels..][..pixels];
        }
        let mut of_x: [&[f32]; N] = [&[]; N];
        for (n, map) in of_x.iter_mut().enumerate() {
            *map = &self.x[(c + n).min(self.channels - 1) * pixels..][..pixels];
        }
        let mut sums = [[simd.splat_f32s(0.0); N]; M];
        for p in (0..pixels).step_by(lanes) {
            let whole = p + lanes <= pixels;
            let mut x = [simd.splat_f32s(0.0); N];
            for (x, map) in x.iter_mut().zip(of_x) {
                *x = if whole {
                    load::<S>(&map[p..])
                } else {
                    simd.partial_load_f32s(&map[p..])
                };
            }
            for (sums, map) in sums.iter_mut().zip(of_dy) {
                let dy = if whole {
                    load::<S>(&map[p..])
                } else {
                    simd.partial_load_f32s(&map[p..])
                };
                for (sum, x) in sums.iter_mut().zip(x) {
                    *sum = simd.mul_add_e_f32s(dy, x, *sum);
                }
            }
        }
        for (m, sums) in sums.iter().enumerate().take(rows - k) {
            let row = &mut self.sums[(k + m) * self.channels + c..(k + m + 1) * self.channels];
            for (to, sum) in row.iter_mut().zip(sums) {
                *to += simd.reduce_sum_f32s(*sum);
            }
        }
    }
}
