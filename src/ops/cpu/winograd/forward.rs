//! The convolution.

use super::super::maps::Maps;
use super::super::parallel;
use super::super::products::Products;
use super::super::scratch::Scratch;
use super::super::simd::{LINE, load, many_registers, store};
use super::layout::{gather, scatter};
#[cfg(not(target_family = "wasm"))]
use super::pairs;
use super::transform::{Kernels, collect, spread_pixels};
use super::{OUT, PLACES, ROWS, Strips};
use pulp::{Arch, Simd, WithSimd};

/// `y [batch, K, height, width]` of `x [batch, C, height, width]`, transformed kernels and
/// `bias [K]`.
pub fn forward(x: &[f32], kernels: &Kernels, bias: Option<&[f32]>, maps: Maps) -> Vec<f32> {
    let (channels, outputs) = (kernels.channels, kernels.outputs);
    let strips = Strips::new(maps);

    let mut y = vec![0.0; maps.batch * outputs * maps.pixels()];
    // For each strip the piece of each output plane that it covers.
    let count = maps.batch * strips.per_image;
    let mut pieces: Vec<Vec<&mut [f32]>> =
        (0..count).map(|_| Vec::with_capacity(outputs)).collect();
    for (i, plane) in y.chunks_exact_mut(maps.pixels()).enumerate() {
        let first = i / outputs * strips.per_image;
        let parts = plane.chunks_mut(strips.rows * OUT * maps.width);
        for (pieces, part) in pieces[first..].iter_mut().zip(parts) {
            pieces.push(part);
        }
    }
    let arch = Arch::new();
    parallel::chunks(&mut pieces, strips.per_block, |i, pieces| {
        let [local, v, m] = strips.scratch(channels, kernels.stride);
        let one_tile = PLACES * channels.next_multiple_of(LINE);
        let mut scratch = [local, v, m, one_tile].map(Scratch::new);
        arch.dispatch(Block {
            x,
            kernels,
            bias,
            channels,
            strips,
            first: i * strips.per_block,
            pieces,
            scratch: scratch.each_mut().map(|scratch| &mut **scratch),
        });
    });
    y
}

/// Some strips, forward.
struct Block<'a, 'y> {
    x: &'a [f32],
    kernels: &'a Kernels,
    bias: Option<&'a [f32]>,
    channels: usize,
    strips: Strips,
    first: usize,
    /// For each strip, its piece of every output plane.
    pieces: &'a mut [Vec<&'y mut [f32]>],
    /// Pixels, `v`, `m`, and `v` of one tile before it is packed.
    scratch: [&'a mut [f32]; 4],
}

impl WithSimd for Block<'_, '_> {
    type Output = ();

    // No closures here: code in them would not use the instruction set that was chosen.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (strips, stride) = (self.strips, self.kernels.stride);
        let wide = self.channels.next_multiple_of(LINE);
        let (tiles, width) = (strips.tiles(), strips.width());
        #[cfg_attr(target_family = "wasm", expect(unused_variables))]
        let [local, v, m, one] = self.scratch;
        let products = self.kernels.products;

        let mut tile = 0;
        for i in 0..self.pieces.len() {
            let (image, strip) = strips.place(self.first + i);
            let size = self.channels * strips.maps.pixels();
            let x = &self.x[image * size..(image + 1) * size];
            gather::<S>(x, self.channels, strips, strip, local);
            for down in 0..strips.rows_of(strip) {
                for across in 0..strips.across {
                    let pixels = &local[(down * width + across) * OUT * wide..];
                    match products {
                        Products::F32 => spread_pixels(simd, pixels, width, wide, v, tile, tiles),
                        #[cfg(not(target_family = "wasm"))]
                        Products::Bf16 => {
                            spread_pixels(simd, pixels, width, wide, one, 0, 1);
                            pairs::pack_channels(simd, one, wide, v, tile, tiles);
                        }
                    }
                    tile += 1;
                }
            }
        }
        for place in 0..PLACES {
            let u = self.kernels.place(place);
            let m = &mut m[place * tiles * stride..(place + 1) * tiles * stride];
            match products {
                Products::F32 => {
                    let v = &v[place * tiles * wide..(place + 1) * tiles * wide];
                    multiply(simd, v, wide, u, m, stride, tile);
                }
                #[cfg(not(target_family = "wasm"))]
                Products::Bf16 => {
                    let half = wide / 2;
                    let v = &v[place * tiles * half..(place + 1) * tiles * half];
                    let sums = pairs::Sums {
                        a: pairs::bits(v),
                        a_block: v.len(),
                        row: half,
                        step: 1,
                        b: pairs::bits(u),
                        b_block: u.len(),
                        pairs: half,
                        stride,
                        rows: tile.next_multiple_of(ROWS),
                        fresh: true,
                        sums: m,
                    };
                    sums.add();
                }
            }
        }
        let mut tile = 0;
        for (i, planes) in self.pieces.iter_mut().enumerate() {
            let (_, strip) = strips.place(self.first + i);
            for down in 0..strips.rows_of(strip) {
                for across in 0..strips.across {
                    let pixels = &mut local[(down * width + across) * OUT * stride..];
                    collect(simd, m, tile, tiles, stride, pixels, width);
                    tile += 1;
                }
            }
            scatter::<S>(local, stride, strips, self.bias, planes);
        }
    }
}

/// `m [tiles, stride] = v [tiles, wide] · u [C, stride]`.
#[inline(always)]
fn multiply<S: Simd>(
    simd: S,
    v: &[f32],
    wide: usize,
    u: &[f32],
    m: &mut [f32],
    stride: usize,
    tiles: usize,
) {
    let vectors = stride / S::F32_LANES;
    let most = 3;
    // As even as can be: ten vectors are 3 + 3 + 2 + 2.
    let parts = vectors.div_ceil(most);
    let mut start = 0;
    for part in 0..parts {
        let count = (vectors - start).div_ceil(parts - part);
        let k = start * S::F32_LANES;
        let mut tile = 0;
        while tile < tiles {
            if many_registers::<S>() {
                let v = &v[tile * wide..];
                let m = &mut m[tile * stride..];
                match count {
                    1 => products::<S, ROWS, 1>(simd, v, wide, u, m, stride, k),
                    2 => products::<S, ROWS, 2>(simd, v, wide, u, m, stride, k),
                    _ => products::<S, ROWS, 3>(simd, v, wide, u, m, stride, k),
                }
            } else {
                for half in [0, ROWS / 2] {
                    if tile + half >= tiles {
                        break;
                    }
                    let v = &v[(tile + half) * wide..];
                    let m = &mut m[(tile + half) * stride..];
                    match count {
                        1 => products::<S, { ROWS / 2 }, 1>(simd, v, wide, u, m, stride, k),
                        2 => products::<S, { ROWS / 2 }, 2>(simd, v, wide, u, m, stride, k),
                        _ => products::<S, { ROWS / 2 }, 3>(simd, v, wide, u, m, stride, k),
                    }
                }
            }
            tile += ROWS;
        }
        start += count;
    }
}

/// `R` tiles by `V` vectors of output channels from `k`.
#[inline(always)]
fn products<S: Simd, const R: usize, const V: usize>(
    simd: S,
    v: &[f32],
    wide: usize,
    u: &[f32],
    m: &mut [f32],
    stride: usize,
    k: usize,
) {
    let mut rows: [&[f32]; R] = [&[]; R];
    let channels = u.len() / stride;
    for (r, row) in rows.iter_mut().enumerate() {
        *row = &v[r * wide..][..channels];
    }
    let mut sums = [[simd.splat_f32s(0.0); V]; R];
    for (c, u) in u.chunks_exact(stride).enumerate() {
        let u = &u[k..k + V * S::F32_LANES];
        let mut kernels = [simd.splat_f32s(0.0); V];
        for (i, kernel) in kernels.iter_mut().enumerate() {
            *kernel = load::<S>(&u[i * S::F32_LANES..]);
        }
        for r in 0..R {
            let pixel = simd.splat_f32s(rows[r][c]);
            for i in 0..V {
                sums[r][i] = simd.mul_add_e_f32s(pixel, kernels[i], sums[r][i]);
            }
        }
    }
    for (r, sums) in sums.into_iter().enumerate() {
        for (i, sum) in sums.into_iter().enumerate() {
            store::<S>(&mut m[r * stride + k + i * S::F32_LANES..], sum);
        }
    }
}
