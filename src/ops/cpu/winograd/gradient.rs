//! The gradient by the weights.

use super::super::maps::Maps;
use super::super::parallel;
use super::super::products::Products;
use super::super::scratch::Scratch;
use super::super::simd::LINE;
use super::layout::gather;
#[cfg(not(target_family = "wasm"))]
use super::pairs;
use super::sums::Sums;
use super::transform::{collect_kernels, spread_outputs, spread_pixels};
use super::{OUT, PLACES, Strips};
use pulp::{Arch, Simd, WithSimd};

/// Floats of transformed tiles that are made before they are multiplied: they stay in the cache
/// that cores share.
const CHUNK: usize = 1 << 20;

/// Gradient by `weight [K, C, 3, 3]`, given `x [batch, C, height, width]` and that by `y`,
/// `dy [batch, K, height, width]`.
pub fn weight_gradient(x: &[f32], dy: &[f32], maps: Maps, products: Products) -> Vec<f32> {
    let pictures = maps.batch * maps.pixels();
    let (channels, outputs) = (x.len() / pictures, dy.len() / pictures);
    let strips = Strips::new(maps);
    let (wide, stride) = (
        channels.next_multiple_of(LINE),
        outputs.next_multiple_of(LINE),
    );
    let tiles = strips.tiles();
    let rows = match products {
        Products::F32 => tiles,
        #[cfg(not(target_family = "wasm"))]
        Products::Bf16 => tiles / 2,
    };
    let (v_block, m_block) = (PLACES * rows * wide, PLACES * rows * stride);

    let blocks = (maps.batch * strips.per_image).div_ceil(strips.per_block);
    let per_chunk = (CHUNK / (v_block + m_block)).clamp(1, blocks);
    let mut v = Scratch::new(per_chunk * v_block);
    let mut m = Scratch::new(per_chunk * m_block);
    // [36, wide, stride]
    let mut sums = Scratch::new(PLACES * wide * stride);
    let arch = Arch::new();
    for start in (0..blocks).step_by(per_chunk) {
        let count = per_chunk.min(blocks - start);
        let mut pieces: Vec<_> = v
            .chunks_exact_mut(v_block)
            .zip(m.chunks_exact_mut(m_block))
            .take(count)
            .collect();
        parallel::chunks(&mut pieces, 1, |i, pieces| {
            let (v, m) = &mut pieces[0];
            let [pixels, _, _] = strips.scratch(channels, stride);
            arch.dispatch(Transform {
                x,
                dy,
                channels,
                outputs,
                strips,
                products,
                first: (start + i) * strips.per_block,
                local: &mut Scratch::new(pixels),
                pair: &mut Scratch::new(2 * PLACES * (wide + stride)),
                v,
                m,
            });
        });
        let (v, m) = (&v[..count * v_block], &m[..count * m_block]);
        parallel::chunks(&mut sums, wide * stride, |place, sums| {
            let sums = Sums {
                a: &v[place * rows * wide..],
                a_block: v_block,
                row: 1,
                step: wide,
                b: &m[place * rows * stride..],
                b_block: m_block,
                length: rows,
                stride,
                rows: wide,
                fresh: start == 0,
                sums,
            };
            match products {
                Products::F32 => arch.dispatch(sums),
                #[cfg(not(target_family = "wasm"))]
                Products::Bf16 => pairs::add(sums),
            }
        });
    }
    collect_kernels(&sums, channels, outputs, wide, stride)
}

/// Transforms of some strips of `x` and `dy`.
struct Transform<'a> {
    x: &'a [f32],
    dy: &'a [f32],
    channels: usize,
    outputs: usize,
    products: Products,
    strips: Strips,
    first: usize,
    local: &'a mut [f32],
    /// Two tiles of `v` and two of `m` before they are packed.
    pair: &'a mut [f32],
    /// `[36, tiles, wide]`, or as pairs of tiles `[36, tiles/2, wide]`.
    v: &'a mut [f32],
    /// `[36, tiles, stride]`, or as pairs `[36, tiles/2, stride]`.
    m: &'a mut [f32],
}

impl WithSimd for Transform<'_> {
    type Output = ();

    // No closures here: code in them would not use the instruction set that was chosen.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let strips = self.strips;
        let (wide, stride) = (
            self.channels.next_multiple_of(LINE),
            self.outputs.next_multiple_of(LINE),
        );
        let (tiles, width, pixels) = (strips.tiles(), strips.width(), strips.maps.pixels());
        let last = strips.maps.batch * strips.per_image;
        let (v, m) = (self.v, self.m);
        #[cfg_attr(target_family = "wasm", expect(unused_variables))]
        let (pair_v, pair_m) = self.pair.split_at_mut(2 * PLACES * wide);
        let mut tile = 0;
        for strip in self.first..(self.first + strips.per_block).min(last) {
            let (image, strip) = strips.place(strip);
            let size = self.channels * pixels;
            let x = &self.x[image * size..(image + 1) * size];
            gather::<S>(x, self.channels, strips, strip, self.local);
            let begin = tile;
            for down in 0..strips.rows_of(strip) {
                for across in 0..strips.across {
                    let local = &self.local[(down * width + across) * OUT * wide..];
                    match self.products {
                        Products::F32 => spread_pixels(simd, local, width, wide, v, tile, tiles),
                        #[cfg(not(target_family = "wasm"))]
                        Products::Bf16 => {
                            spread_pixels(simd, local, width, wide, pair_v, tile % 2, 2);
                            if tile % 2 == 1 {
                                pairs::pack_tiles(simd, pair_v, wide, v, tile / 2, tiles / 2);
                            }
                        }
                    }
                    tile += 1;
                }
            }
            let size = self.outputs * pixels;
            let dy = &self.dy[image * size..(image + 1) * size];
            gather::<S>(dy, self.outputs, strips, strip, self.local);
            tile = begin;
            for down in 0..strips.rows_of(strip) {
                for across in 0..strips.across {
                    // Past the padding, which the outputs themselves have none of.
                    let at = (down * OUT + 1) * width + across * OUT + 1;
                    let local = &self.local[at * stride..];
                    match self.products {
                        Products::F32 => spread_outputs(simd, local, width, stride, m, tile, tiles),
                        #[cfg(not(target_family = "wasm"))]
                        Products::Bf16 => {
                            spread_outputs(simd, local, width, stride, pair_m, tile % 2, 2);
                            if tile % 2 == 1 {
                                pairs::pack_tiles(simd, pair_m, stride, m, tile / 2, tiles / 2);
                            }
                        }
                    }
                    tile += 1;
                }
            }
        }
        // Tiles that are not there must add nothing.
        let (first, rows) = match self.products {
            Products::F32 => (tile, tiles),
            #[cfg(not(target_family = "wasm"))]
            Products::Bf16 => {
                if tile % 2 == 1 {
                    for (pair, wide) in [(&mut *pair_v, wide), (&mut *pair_m, stride)] {
                        for place in pair.chunks_exact_mut(2 * wide) {
                            place[wide..].fill(0.0);
                        }
                    }
                    pairs::pack_tiles(simd, pair_v, wide, v, tile / 2, tiles / 2);
                    pairs::pack_tiles(simd, pair_m, stride, m, tile / 2, tiles / 2);
                }
                (tile.div_ceil(2), tiles / 2)
            }
        };
        for place in 0..PLACES {
            m[(place * rows + first) * stride..(place + 1) * rows * stride].fill(0.0);
            v[(place * rows + first) * wide..(place + 1) * rows * wide].fill(0.0);
        }
    }
}
