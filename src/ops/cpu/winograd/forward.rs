//! The convolution.

use super::super::maps::Maps;
use super::super::parallel;
use super::super::products::Products;
use super::super::scratch::Scratch;
use super::super::simd::LINE;
use super::layout::{gather, scatter};
#[cfg(not(target_family = "wasm"))]
use super::pairs;
use super::sums::{Single, Sums};
use super::transform::{Kernels, collect, spread_pixels};
use super::{OUT, PLACES, Strips};
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
        let row = match products {
            Products::F32 => wide,
            #[cfg(not(target_family = "wasm"))]
            Products::Bf16 => wide / 2,
        };

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
            let v = &v[place * tiles * row..(place + 1) * tiles * row];
            let sums = Sums {
                a: v,
                a_block: v.len(),
                row,
                step: 1,
                b: u,
                b_block: u.len(),
                length: u.len() / stride,
                stride,
                rows: tile,
                fresh: true,
                sums: m,
            };
            match products {
                Products::F32 => sums.add(Single(simd)),
                #[cfg(not(target_family = "wasm"))]
                Products::Bf16 => pairs::add(sums),
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
