//! Products in bf16: two numbers side by side in 32 bits, a pair being multiplied by a pair and
//! both products added to a sum in f32 at once.
//!
//! What is summed over is halved for that: of `wide` input channels `c` and `c + wide/2` make a
//! pair in the convolution, tiles `2t` and `2t + 1` in the gradient by the weights.
//!
//! bf16 has 8 bits of mantissa, and the transforms of `F(4×4, 3×3)` lose about one digit, so that a
//! convolution is off by some 3 % of its size. CPUs without the instruction add the two products
//! one after the other, which differs in the last bits of the sums alone.

use super::super::simd::{load, store};
use super::sums::{Dot, Sums};
use pulp::{Arch, Simd, WithSimd, bytemuck};

/// The bits of floats as those of pairs.
#[inline(always)]
pub fn bits_mut(floats: &mut [f32]) -> &mut [u32] {
    bytemuck::cast_slice_mut(floats)
}

/// Pairs of `low` and `high`, of at least a vector and equally many, rounded to bf16.
#[inline(always)]
pub fn pack<S: Simd>(simd: S, low: &[f32], high: &[f32], pairs: &mut [u32]) {
    let mut i = 0;
    while i < pairs.len() {
        // The last vector may overlap the one before.
        i = i.min(pairs.len() - S::F32_LANES);
        let low = rounded(simd, load::<S>(&low[i..]));
        let high = rounded(simd, load::<S>(&high[i..]));
        let low = simd.wrapping_dyn_shr_u32s(low, simd.splat_u32s(16));
        let high = simd.and_u32s(high, simd.splat_u32s(0xffff_0000));
        let pairs = &mut pairs[i..i + S::F32_LANES];
        S::as_mut_simd_u32s(pairs).0[0] = simd.or_u32s(low, high);
        i += S::F32_LANES;
    }
}

/// Pairs of two tiles `[36, 2, wide]`, to place after place of `pairs [36, rows, wide]`.
#[inline(always)]
pub fn pack_tiles<S: Simd>(
    simd: S,
    tiles: &[f32],
    wide: usize,
    pairs: &mut [f32],
    row: usize,
    rows: usize,
) {
    for (place, tiles) in tiles.chunks_exact(2 * wide).enumerate() {
        let (low, high) = tiles.split_at(wide);
        let pairs = &mut pairs[(place * rows + row) * wide..][..wide];
        pack(simd, low, high, bits_mut(pairs));
    }
}

/// Pairs of channels of one tile `[36, wide]`, to place after place of `pairs [36, tiles, wide/2]`.
#[inline(always)]
pub fn pack_channels<S: Simd>(
    simd: S,
    one: &[f32],
    wide: usize,
    pairs: &mut [f32],
    tile: usize,
    tiles: usize,
) {
    let half = wide / 2;
    for (place, one) in one.chunks_exact(wide).enumerate() {
        let (low, high) = one.split_at(half);
        let pairs = &mut pairs[(place * tiles + tile) * half..][..half];
        pack(simd, low, high, bits_mut(pairs));
    }
}

/// The bits of `x` whose upper half is the nearest bf16, the even one of two.
#[inline(always)]
fn rounded<S: Simd>(simd: S, x: S::f32s) -> S::u32s {
    let bits = simd.transmute_u32s_f32s(x);
    let last = simd.wrapping_dyn_shr_u32s(bits, simd.splat_u32s(16));
    let last = simd.and_u32s(last, simd.splat_u32s(1));
    simd.add_u32s(bits, simd.add_u32s(last, simd.splat_u32s(0x7fff)))
}

/// Sum over pairs, given as the bits of floats, by the fastest way that this CPU has.
pub fn add(sums: Sums<f32>) {
    add_pairs(Sums {
        a: bytemuck::cast_slice(sums.a),
        a_block: sums.a_block,
        row: sums.row,
        step: sums.step,
        b: bytemuck::cast_slice(sums.b),
        b_block: sums.b_block,
        length: sums.length,
        stride: sums.stride,
        rows: sums.rows,
        fresh: sums.fresh,
        sums: sums.sums,
    });
}

fn add_pairs(sums: Sums<u32>) {
    #[cfg(target_arch = "x86_64")]
    if let Some(dot) = avx512::Bf16::detect() {
        return dot.run(sums);
    }
    Arch::new().dispatch(sums);
}

impl WithSimd for Sums<'_, u32> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.add(OneByOne(simd));
    }
}

/// Each product by an operation of its own.
#[derive(Clone, Copy)]
struct OneByOne<S>(S);

impl<S: Simd> Dot for OneByOne<S> {
    type Entry = u32;
    /// The lower halves and the upper ones, as f32.
    type Entries = [S::f32s; 2];
    type Floats = S::f32s;
    const LANES: usize = S::F32_LANES;
    const MANY_REGISTERS: bool = false;
    const MOST_VECTORS: usize = 1;

    #[inline(always)]
    fn zero(self) -> S::f32s {
        self.0.splat_f32s(0.0)
    }

    #[inline(always)]
    fn vector(self, pairs: &[u32]) -> [S::f32s; 2] {
        let pairs = S::as_simd_u32s(&pairs[..S::F32_LANES]).0[0];
        let low = self.0.wrapping_dyn_shl_u32s(pairs, self.0.splat_u32s(16));
        let high = self.0.and_u32s(pairs, self.0.splat_u32s(0xffff_0000));
        [low, high].map(|bits| self.0.transmute_f32s_u32s(bits))
    }

    #[inline(always)]
    fn same(self, pair: u32) -> [S::f32s; 2] {
        [
            self.0.splat_f32s(f32::from_bits(pair << 16)),
            self.0.splat_f32s(f32::from_bits(pair & 0xffff_0000)),
        ]
    }

    #[inline(always)]
    fn dot(self, a: [S::f32s; 2], b: [S::f32s; 2], sum: S::f32s) -> S::f32s {
        let sum = self.0.mul_add_e_f32s(a[0], b[0], sum);
        self.0.mul_add_e_f32s(a[1], b[1], sum)
    }

    #[inline(always)]
    fn store(self, to: &mut [f32], sum: S::f32s, fresh: bool) {
        let before = if fresh { self.zero() } else { load::<S>(to) };
        store::<S>(to, self.0.add_f32s(before, sum));
    }
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use super::{Dot, Sums};
    use std::arch::x86_64::*;

    /// A CPU that has `avx512_bf16`. Only [`Self::detect`] makes one.
    #[derive(Clone, Copy)]
    pub struct Bf16(());

    impl Bf16 {
        pub fn detect() -> Option<Self> {
            (is_x86_feature_detected!("avx512bf16") && is_x86_feature_detected!("avx512f"))
                .then_some(Self(()))
        }

        pub fn run(self, sums: Sums<u32>) {
            // SAFETY: there is a `Bf16` only where the CPU has both.
            unsafe { self.add(sums) }
        }

        #[target_feature(enable = "avx512f,avx512bf16")]
        fn add(self, sums: Sums<u32>) {
            sums.add(self);
        }
    }

    // SAFETY of all of these: there is a `Bf16` only where the CPU has the instructions, and the
    // slices are as long as the vectors, which is checked.
    impl Dot for Bf16 {
        type Entry = u32;
        type Entries = __m512bh;
        type Floats = __m512;
        const LANES: usize = 16;
        const MANY_REGISTERS: bool = true;
        const MOST_VECTORS: usize = 3;

        #[inline(always)]
        fn zero(self) -> __m512 {
            unsafe { _mm512_setzero_ps() }
        }

        #[inline(always)]
        fn vector(self, pairs: &[u32]) -> __m512bh {
            let pairs = &pairs[..Self::LANES];
            unsafe { std::mem::transmute(_mm512_loadu_si512(pairs.as_ptr().cast())) }
        }

        #[inline(always)]
        fn same(self, pair: u32) -> __m512bh {
            unsafe { std::mem::transmute(_mm512_set1_epi32(pair.cast_signed())) }
        }

        #[inline(always)]
        fn dot(self, a: __m512bh, b: __m512bh, sum: __m512) -> __m512 {
            unsafe { _mm512_dpbf16_ps(sum, a, b) }
        }

        #[inline(always)]
        fn store(self, to: &mut [f32], sum: __m512, fresh: bool) {
            let to = &mut to[..Self::LANES];
            unsafe {
                let sum = if fresh {
                    sum
                } else {
                    _mm512_add_ps(sum, _mm512_loadu_ps(to.as_ptr()))
                };
                _mm512_storeu_ps(to.as_mut_ptr(), sum);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn floats(count: usize, seed: u32) -> Vec<f32> {
        let number = |i: usize| {
            let bits = (i as u32).wrapping_mul(2_654_435_761).wrapping_add(seed) >> 9;
            bits as f32 / 4_194_304.0 - 1.0
        };
        (0..count).map(number).collect()
    }

    fn packed(low: &[f32], high: &[f32]) -> Vec<u32> {
        struct Pack<'a>(&'a [f32], &'a [f32], &'a mut [u32]);
        impl WithSimd for Pack<'_> {
            type Output = ();
            #[inline(always)]
            fn with_simd<S: Simd>(self, simd: S) {
                pack(simd, self.0, self.1, self.2);
            }
        }
        let mut pairs = vec![0; low.len()];
        Arch::new().dispatch(Pack(low, high, &mut pairs));
        pairs
    }

    #[test]
    fn numbers_are_rounded_as_the_half_crate_rounds_them() {
        let mut low = floats(40, 1);
        // Half-way cases, numbers without an end, and none.
        low[..5].copy_from_slice(&[
            1.0 + 1.0 / 256.0,
            1.0 + 3.0 / 256.0,
            0.0,
            f32::INFINITY,
            -0.0,
        ]);
        let high = floats(40, 2);
        for (i, pair) in packed(&low, &high).into_iter().enumerate() {
            assert_eq!(
                pair as u16,
                half::bf16::from_f32(low[i]).to_bits(),
                "{}",
                low[i]
            );
            assert_eq!((pair >> 16) as u16, half::bf16::from_f32(high[i]).to_bits());
        }
        let none = packed(&[f32::NAN; 16], &high[..16])[0];
        assert!(half::bf16::from_bits(none as u16).is_nan());
    }

    #[test]
    fn every_way_gives_the_sums_of_products() {
        let (rows, pairs, blocks, stride) = (16, 6, 2, 48);
        let of = |count, seed| packed(&floats(count, seed), &floats(count, seed + 1));
        let (a, b) = (of(blocks * pairs * rows, 3), of(blocks * pairs * stride, 5));
        let number = |bits: u32| f64::from(half::bf16::from_bits(bits as u16).to_f32());
        for (row, step) in [(1, rows), (pairs, 1)] {
            let before = floats(rows * stride, 7);
            for fresh in [true, false] {
                let expected = |r: usize, k: usize| {
                    let mut sum = if fresh {
                        0.0
                    } else {
                        f64::from(before[r * stride + k])
                    };
                    for p in 0..blocks * pairs {
                        let (block, p) = (p / pairs, p % pairs);
                        let a = a[block * pairs * rows + r * row + p * step];
                        let b = b[(block * pairs + p) * stride + k];
                        sum += number(a) * number(b) + number(a >> 16) * number(b >> 16);
                    }
                    sum
                };
                let mut found = [before.clone(), before.clone()];
                let [any, by_arch] = &mut found;
                let sums = |sums| Sums {
                    a: &a,
                    a_block: pairs * rows,
                    row,
                    step,
                    b: &b,
                    b_block: pairs * stride,
                    length: pairs,
                    stride,
                    rows,
                    fresh,
                    sums,
                };
                add_pairs(sums(any));
                Arch::new().dispatch(sums(by_arch));
                for found in &found {
                    for (i, value) in found.iter().enumerate() {
                        let off = f64::from(*value) - expected(i / stride, i % stride);
                        assert!(off.abs() < 1e-5, "{off}");
                    }
                }
            }
        }
    }
}
