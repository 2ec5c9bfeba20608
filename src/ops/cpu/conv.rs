//! 3×3 convolution, stride 1, zero padding 1: forward and both gradients, NCHW.
//!
//! A picture's planes are first copied into *padded* planes, whose rows are one pixel longer than
//! the picture's, that pixel being zero: it is the right neighbour of one row's last pixel and the
//! left neighbour of the next row's first.
//!
//! ```text
//!   0 0 0 0        a row of zeros above
//!   a b c 0
//!   d e f 0        neighbour (dy, dx), -1 ≤ dy, dx ≤ 1, of the pixel at flat
//!   g h i 0        index q lies at q + dy·row + dx, in every row
//!   0 0 0 0        a row of zeros below
//! ```
//!
//! So a tile of output pixels at flat indices q, q + 1, … needs nine runs of consecutive floats a
//! channel, whatever the picture's width, and the convolution is a matrix product of weights
//! `[K, 9·C]` with those runs, kept in registers for a tile of `M` output channels and `V` vectors
//! of pixels (an implicit GEMM). One output in `row` is of no use and is dropped.

use super::maps::Maps;
use super::parallel;
use super::products::Products;
use super::simd::{LINE, load, many_registers, store};
use super::winograd::{self, Kernels};
use pulp::{Arch, Simd, WithSimd};

/// Side of the kernel, squared.
const TAPS: usize = 9;
/// Most floats in a tile's row: three vectors of 16.
const TILE: usize = 48;
/// Planes or channels that make one piece of work.
const SOME: usize = 8;

/// Padded planes, each beginning with a cache line.
struct Planes {
    floats: Vec<f32>,
    /// Floats before the first whole cache line.
    skip: usize,
    maps: Maps,
}

impl Planes {
    /// Padded planes of `x [batch, channels, height, width]`.
    fn new(x: &[f32], maps: Maps) -> Self {
        let (plane, pixels) = (maps.plane(), maps.pixels());
        let mut floats = vec![0.0; x.len() / pixels * plane + LINE];
        let skip = floats.as_ptr().align_offset(LINE * size_of::<f32>()) % LINE;
        let end = floats.len() - (LINE - skip);
        parallel::chunks(&mut floats[skip..end], SOME * plane, |i, planes| {
            let from = x[i * SOME * pixels..].chunks_exact(pixels);
            for (to, from) in planes.chunks_exact_mut(plane).zip(from) {
                let rows = to[maps.origin()..].chunks_mut(maps.row());
                for (to, from) in rows.zip(from.chunks_exact(maps.width)) {
                    to[..maps.width].copy_from_slice(from);
                }
            }
        });
        Self { floats, skip, maps }
    }

    /// Some planes, the first being `first`.
    #[inline(always)]
    fn planes(&self, first: usize, count: usize) -> &[f32] {
        let plane = self.maps.plane();
        &self.floats[self.skip + first * plane..][..count * plane]
    }
}

/// `y [batch, K, height, width]` of `x [batch, C, height, width]`, `weight [K, C, 3, 3]` and
/// `bias [K]`.
pub fn forward(x: &[f32], weight: &[f32], bias: Option<&[f32]>, maps: Maps) -> Vec<f32> {
    let channels = x.len() / (maps.batch * maps.pixels());
    let outputs = weight.len() / (channels * TAPS);
    if winograd::pays(maps, channels, outputs) {
        let kernels = Kernels::new(weight, channels, outputs);
        let kernels = match products(channels) {
            Products::F32 => kernels,
            #[cfg(not(target_family = "wasm"))]
            Products::Bf16 => kernels.paired(),
        };
        winograd::forward(x, &kernels, bias, maps)
    } else {
        convolve(&Planes::new(x, maps), weight, bias, channels)
    }
}

/// Those of this thread, as far as there are pairs of channels that fill a line.
fn products(channels: usize) -> Products {
    if channels > LINE {
        Products::here()
    } else {
        Products::F32
    }
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
    if wanted[2] {
        gradients[2] = sum_by_channel(dy, outputs, maps);
    }
    if wanted[0] {
        // A convolution of dy with the kernels turned by 180°, inputs and outputs exchanged.
        let mut turned = vec![0.0; weight.len()];
        for (k, of_output) in weight.chunks_exact(channels * TAPS).enumerate() {
            for (c, kernel) in of_output.chunks_exact(TAPS).enumerate() {
                let at = (c * outputs + k) * TAPS;
                for (to, from) in turned[at..at + TAPS].iter_mut().rev().zip(kernel) {
                    *to = *from;
                }
            }
        }
        gradients[0] = forward(dy, &turned, None, maps);
    }
    if wanted[1] {
        gradients[1] = if winograd::pays(maps, channels, outputs) {
            winograd::weight_gradient(x, dy, maps, Products::here())
        } else {
            correlate(&Planes::new(x, maps), dy, channels, outputs)
        };
    }
    gradients
}

pub(super) fn sum_by_channel(dy: &[f32], outputs: usize, maps: Maps) -> Vec<f32> {
    let pixels = maps.pixels();
    let mut sums = vec![0.0; outputs];
    for image in dy.chunks_exact(outputs * pixels) {
        for (sum, plane) in sums.iter_mut().zip(image.chunks_exact(pixels)) {
            // Eight running sums, which the compiler turns into one vector.
            let mut lanes = [0.0f32; 8];
            let (whole, rest) = plane.as_chunks::<8>();
            for chunk in whole {
                for (lane, value) in lanes.iter_mut().zip(chunk) {
                    *lane += value;
                }
            }
            *sum += lanes.iter().sum::<f32>() + rest.iter().sum::<f32>();
        }
    }
    sums
}

/// The convolution of padded planes.
fn convolve(x: &Planes, weight: &[f32], bias: Option<&[f32]>, channels: usize) -> Vec<f32> {
    let maps = x.maps;
    let outputs = weight.len() / (channels * TAPS);
    let pixels = maps.pixels();
    let mut y = vec![0.0; maps.batch * outputs * pixels];
    let arch = Arch::new();
    let block = arch.dispatch(BlockOfOutputs);
    let blocks = outputs.div_ceil(block);
    // One piece of work: `block` output channels of one picture. Where `block` does not divide
    // the channels, the pieces are of unequal length, so they are listed first.
    let mut pieces: Vec<&mut [f32]> = Vec::with_capacity(maps.batch * blocks);
    for image in y.chunks_exact_mut(outputs * pixels) {
        pieces.extend(image.chunks_mut(block * pixels));
    }
    parallel::chunks(&mut pieces, 1, |i, piece| {
        let (image, first) = (i / blocks, i % blocks * block);
        arch.dispatch(ConvolveBlock {
            x: x.planes(image * channels, channels),
            weight: &weight[first * channels * TAPS..],
            bias: bias.map(|bias| &bias[first..]),
            channels,
            maps,
            y: piece[0],
        });
    });
    y
}

/// How many output channels a tile has: as many as the registers hold with the tile's pixels.
struct BlockOfOutputs;

impl WithSimd for BlockOfOutputs {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> usize {
        if many_registers::<S>() { 8 } else { 4 }
    }
}

/// A few output channels of one picture.
struct ConvolveBlock<'a> {
    x: &'a [f32],
    weight: &'a [f32],
    bias: Option<&'a [f32]>,
    channels: usize,
    maps: Maps,
    y: &'a mut [f32],
}

impl WithSimd for ConvolveBlock<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        if many_registers::<S>() {
            self.tiles::<S, 8, 3>(simd);
        } else {
            self.tiles::<S, 4, 3>(simd);
        }
    }
}

impl ConvolveBlock<'_> {
    #[inline(always)]
    fn tiles<S: Simd, const M: usize, const V: usize>(&mut self, simd: S) {
        let outputs = self.y.len() / self.maps.pixels();
        let weights = self.channels * TAPS;
        // Where fewer than M channels are left, the last stands in for those that are not there.
        let mut rows: [&[f32]; M] = [&[]; M];
        for (m, row) in rows.iter_mut().enumerate() {
            *row = &self.weight[m.min(outputs - 1) * weights..][..weights];
        }
        let span = self.maps.span();
        let mut q = 0;
        while q < span {
            q += match (span - q).div_ceil(S::F32_LANES) {
                1 => self.tile::<S, M, 1>(simd, &rows, q),
                2 => self.tile::<S, M, 2>(simd, &rows, q),
                _ => self.tile::<S, M, V>(simd, &rows, q),
            };
        }
    }

    /// Computes the tile at flat index `q` and returns its length.
    #[inline(always)]
    fn tile<S: Simd, const M: usize, const V: usize>(
        &mut self,
        simd: S,
        rows: &[&[f32]; M],
        q: usize,
    ) -> usize {
        let (lanes, row, plane) = (S::F32_LANES, self.maps.row(), self.maps.plane());
        let mut sums = [[simd.splat_f32s(0.0); V]; M];
        for c in 0..self.channels {
            let map = &self.x[c * plane + self.maps.origin() - row - 1 + q..(c + 1) * plane];
            let mut kernels = [&[0.0; TAPS]; M];
            for (kernel, row) in kernels.iter_mut().zip(rows) {
                *kernel = row[c * TAPS..].first_chunk().expect("nine taps");
            }
            for dy in 0..3 {
                let line = &map[dy * row..dy * row + V * lanes + 2];
                for dx in 0..3 {
                    let mut pixels = [simd.splat_f32s(0.0); V];
                    for (v, pixels) in pixels.iter_mut().enumerate() {
                        *pixels = load::<S>(&line[dx + v * lanes..]);
                    }
                    for m in 0..M {
                        let tap = simd.splat_f32s(kernels[m][3 * dy + dx]);
                        for v in 0..V {
                            sums[m][v] = simd.mul_add_e_f32s(tap, pixels[v], sums[m][v]);
                        }
                    }
                }
            }
        }
        self.keep(simd, &sums, q);
        V * lanes
    }

    /// Writes a tile's sums to the rows of `y` that they belong to, with the bias.
    #[inline(always)]
    fn keep<S: Simd, const M: usize, const V: usize>(
        &mut self,
        simd: S,
        sums: &[[S::f32s; V]; M],
        q: usize,
    ) {
        let Maps { width, .. } = self.maps;
        let (pixels, row) = (self.maps.pixels(), self.maps.row());
        let end = (q + V * S::F32_LANES).min(self.maps.span());
        let mut tile = [0.0; TILE];
        for (m, plane) in self.y.chunks_exact_mut(pixels).enumerate() {
            let bias = simd.splat_f32s(self.bias.map_or(0.0, |bias| bias[m]));
            for (v, sum) in sums[m].iter().enumerate() {
                store::<S>(&mut tile[v * S::F32_LANES..], simd.add_f32s(*sum, bias));
            }
            for y in q / row..end.div_ceil(row) {
                let from = q.max(y * row);
                let to = end.min(y * row + width);
                if from < to {
                    plane[from - y..to - y].copy_from_slice(&tile[from - q..to - q]);
                }
            }
        }
    }
}

/// Gradient by the weights `[K, C, 3, 3]`: the correlation of padded `x` with `dy [batch, K,
/// height, width]`.
///
/// Output channels lie side by side in the vectors, so that every product is of use and nothing
/// is summed across lanes: for a pixel, nine neighbours in `x` times a few vectors of `dy`.
fn correlate(x: &Planes, dy: &[f32], channels: usize, outputs: usize) -> Vec<f32> {
    let dy = Pixels::new(dy, outputs, x.maps.pixels());
    // [C, 9, K], K padded.
    let mut sums = vec![0.0; channels * TAPS * dy.stride];
    let arch = Arch::new();
    parallel::chunks(&mut sums, SOME * TAPS * dy.stride, |i, sums| {
        arch.dispatch(CorrelateBlock {
            x,
            dy: &dy,
            channels,
            first: i * SOME,
            sums,
        });
    });
    let mut gradient = vec![0.0; outputs * channels * TAPS];
    for (k, gradient) in gradient.chunks_exact_mut(channels * TAPS).enumerate() {
        for (to, from) in gradient
            .iter_mut()
            .zip(sums.iter().skip(k).step_by(dy.stride))
        {
            *to = *from;
        }
    }
    gradient
}

/// Feature maps with the channels of a pixel side by side: `[batch, height, width, stride]`, the
/// stride being the channels up to a whole number of cache lines.
struct Pixels {
    floats: Vec<f32>,
    /// Floats before the first whole cache line.
    skip: usize,
    stride: usize,
}

impl Pixels {
    /// From `[batch, channels, height, width]`.
    fn new(maps: &[f32], channels: usize, pixels: usize) -> Self {
        let stride = channels.next_multiple_of(LINE);
        let batch = maps.len() / (channels * pixels);
        let mut floats = vec![0.0; batch * pixels * stride + LINE];
        let skip = floats.as_ptr().align_offset(LINE * size_of::<f32>()) % LINE;
        let whole = &mut floats[skip..][..batch * pixels * stride];
        parallel::chunks(whole, pixels * stride, |n, image| {
            let maps = &maps[n * channels * pixels..(n + 1) * channels * pixels];
            // In squares of LINE, so that both sides stay in the cache.
            for first in (0..channels).step_by(LINE) {
                let planes = &maps[first * pixels..(first + LINE).min(channels) * pixels];
                for start in (0..pixels).step_by(LINE) {
                    let end = (start + LINE).min(pixels);
                    for (c, plane) in planes.chunks_exact(pixels).enumerate() {
                        for (q, value) in plane[start..end].iter().enumerate() {
                            image[(start + q) * stride + first + c] = *value;
                        }
                    }
                }
            }
        });
        Self {
            floats,
            skip,
            stride,
        }
    }

    /// One picture's pixels.
    fn image(&self, n: usize, pixels: usize) -> &[f32] {
        &self.floats[self.skip + n * pixels * self.stride..][..pixels * self.stride]
    }
}

/// Gradient by the weights from a few input channels.
struct CorrelateBlock<'a> {
    x: &'a Planes,
    dy: &'a Pixels,
    channels: usize,
    first: usize,
    /// `[channels of the block, 9, stride]`
    sums: &'a mut [f32],
}

impl WithSimd for CorrelateBlock<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let vectors = self.dy.stride / S::F32_LANES;
        let most = if many_registers::<S>() { 3 } else { 1 };
        // As even as can be: ten vectors are 3 + 3 + 2 + 2.
        let tiles = vectors.div_ceil(most);
        for n in 0..self.x.maps.batch {
            let mut start = 0;
            for tile in 0..tiles {
                let count = (vectors - start).div_ceil(tiles - tile);
                for c in 0..self.sums.len() / (TAPS * self.dy.stride) {
                    let k = start * S::F32_LANES;
                    match count {
                        1 => self.add::<S, 1>(simd, n, c, k),
                        2 => self.add::<S, 2>(simd, n, c, k),
                        _ => self.add::<S, 3>(simd, n, c, k),
                    }
                }
                start += count;
            }
        }
    }
}

impl CorrelateBlock<'_> {
    /// Adds what picture `n` contributes to the kernels from the block's input channel `c` to the
    /// `V` vectors of output channels from `k`.
    #[inline(always)]
    fn add<S: Simd, const V: usize>(&mut self, simd: S, n: usize, c: usize, k: usize) {
        let (maps, stride) = (self.x.maps, self.dy.stride);
        let row = maps.row();
        let x = self.x.planes(n * self.channels + self.first + c, 1);
        let x = &x[maps.origin() - row - 1..];
        let dy = self.dy.image(n, maps.pixels());
        let kernels = &mut self.sums[c * TAPS * stride..(c + 1) * TAPS * stride];

        let mut sums = [[simd.splat_f32s(0.0); V]; TAPS];
        for y in 0..maps.height {
            let above = &x[y * row..][..maps.width + 2];
            let level = &x[(y + 1) * row..][..maps.width + 2];
            let below = &x[(y + 2) * row..][..maps.width + 2];
            let line = &dy[y * maps.width * stride..(y + 1) * maps.width * stride];
            for (i, pixel) in line.chunks_exact(stride).enumerate() {
                let mut wanted = [simd.splat_f32s(0.0); V];
                for (v, wanted) in wanted.iter_mut().enumerate() {
                    *wanted = load::<S>(&pixel[k + v * S::F32_LANES..]);
                }
                for (dy, line) in [above, level, below].into_iter().enumerate() {
                    let near: &[f32; 3] = line[i..].first_chunk().expect("three pixels");
                    for dx in 0..3 {
                        let near = simd.splat_f32s(near[dx]);
                        for v in 0..V {
                            let sum = &mut sums[3 * dy + dx][v];
                            *sum = simd.mul_add_e_f32s(near, wanted[v], *sum);
                        }
                    }
                }
            }
        }
        for (kernel, sums) in kernels.chunks_exact_mut(stride).zip(sums) {
            for (v, sum) in sums.into_iter().enumerate() {
                let at = &mut kernel[k + v * S::F32_LANES..];
                let sum = simd.add_f32s(load::<S>(at), sum);
                store::<S>(at, sum);
            }
        }
    }
}
