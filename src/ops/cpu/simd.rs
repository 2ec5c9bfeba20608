//! What `pulp` leaves to its users.

use pulp::Simd;

/// Floats of a cache line, and of the widest vector.
pub const LINE: usize = 16;

/// Whether 32 vectors fit in registers. WebAssembly has as many as one likes, but x86 engines keep
/// sixteen of them.
#[inline(always)]
pub const fn many_registers<S: Simd>() -> bool {
    S::REGISTER_COUNT >= 32 && !cfg!(target_family = "wasm")
}

/// The first vector of `values`, which need not be aligned.
#[inline(always)]
pub fn load<S: Simd>(values: &[f32]) -> S::f32s {
    S::as_simd_f32s(&values[..S::F32_LANES]).0[0]
}

/// Writes `vector` to the start of `values`.
#[inline(always)]
pub fn store<S: Simd>(values: &mut [f32], vector: S::f32s) {
    S::as_mut_simd_f32s(&mut values[..S::F32_LANES]).0[0] = vector;
}

/// Rows as columns. Compilers move the numbers one by one.
#[cfg_attr(
    not(target_arch = "x86_64"),
    expect(clippy::extra_unused_type_parameters)
)]
#[inline(always)]
pub fn transposed<S: Simd>(rows: [[f32; 8]; 8]) -> [[f32; 8]; 8] {
    #[cfg(target_arch = "x86_64")]
    if S::F32_LANES >= 8 {
        // SAFETY: pulp has vectors of eight floats where there is AVX2.
        return unsafe { transposed_by_avx(rows) };
    }
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    return transposed_by_fours(&rows);
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    transposed_one_by_one(&rows)
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
#[inline(always)]
fn transposed_one_by_one(rows: &[[f32; 8]; 8]) -> [[f32; 8]; 8] {
    let mut columns = [[0.0; 8]; 8];
    for (i, row) in rows.iter().enumerate() {
        for (column, value) in columns.iter_mut().zip(row) {
            column[i] = *value;
        }
    }
    columns
}

/// Squares of four by four: pairs of rows, then pairs of those.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[inline(always)]
fn transposed_by_fours(rows: &[[f32; 8]; 8]) -> [[f32; 8]; 8] {
    use std::arch::wasm32::{i32x4_shuffle, i64x2_shuffle, v128_load, v128_store};
    let mut columns = [[0.0; 8]; 8];
    for down in [0, 4] {
        for across in [0, 4] {
            let mut r = [std::arch::wasm32::f32x4_splat(0.0); 4];
            for (i, r) in r.iter_mut().enumerate() {
                // SAFETY: four floats of a row, which need not be aligned.
                *r = unsafe { v128_load(rows[down + i][across..across + 4].as_ptr().cast()) };
            }
            let low = i32x4_shuffle::<0, 4, 1, 5>(r[0], r[1]);
            let high = i32x4_shuffle::<2, 6, 3, 7>(r[0], r[1]);
            let next_low = i32x4_shuffle::<0, 4, 1, 5>(r[2], r[3]);
            let next_high = i32x4_shuffle::<2, 6, 3, 7>(r[2], r[3]);
            let c = [
                i64x2_shuffle::<0, 2>(low, next_low),
                i64x2_shuffle::<1, 3>(low, next_low),
                i64x2_shuffle::<0, 2>(high, next_high),
                i64x2_shuffle::<1, 3>(high, next_high),
            ];
            for (i, c) in c.into_iter().enumerate() {
                let to = &mut columns[across + i][down..down + 4];
                // SAFETY: as above.
                unsafe { v128_store(to.as_mut_ptr().cast(), c) };
            }
        }
    }
    columns
}

/// Pairs of rows, pairs of those, then halves.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx")]
#[inline]
fn transposed_by_avx(rows: [[f32; 8]; 8]) -> [[f32; 8]; 8] {
    use std::arch::x86_64::*;
    let rows: [__m256; 8] = pulp::cast(rows);
    let mut twos = [_mm256_setzero_ps(); 8];
    for i in 0..4 {
        twos[2 * i] = _mm256_unpacklo_ps(rows[2 * i], rows[2 * i + 1]);
        twos[2 * i + 1] = _mm256_unpackhi_ps(rows[2 * i], rows[2 * i + 1]);
    }
    let mut fours = [_mm256_setzero_ps(); 8];
    for i in [0, 4] {
        for j in 0..2 {
            let (a, b) = (twos[i + j], twos[i + j + 2]);
            fours[i + 2 * j] = _mm256_shuffle_ps::<0x44>(a, b);
            fours[i + 2 * j + 1] = _mm256_shuffle_ps::<0xee>(a, b);
        }
    }
    let mut columns = [_mm256_setzero_ps(); 8];
    for i in 0..4 {
        columns[i] = _mm256_permute2f128_ps::<0x20>(fours[i], fours[i + 4]);
        columns[i + 4] = _mm256_permute2f128_ps::<0x31>(fours[i], fours[i + 4]);
    }
    pulp::cast(columns)
}

/// `eˣ`, to within 2 units in the last place for -87 ≤ x ≤ 88; x beyond that is clamped.
///
/// `x = n·ln 2 + r` with integer `n` and |r| ≤ ln 2 / 2 (ln 2 in two parts, after Cody and Waite
/// 1980); `eʳ` by its Taylor polynomial of degree 7; `2ⁿ` by adding `n` to the exponent bits.
#[inline(always)]
pub fn exp<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    // Adding 1.5·2²³ leaves the nearest integer in the low bits of the mantissa.
    let magic = simd.splat_f32s(12_582_912.0);
    let x = simd.max_f32s(
        simd.min_f32s(x, simd.splat_f32s(88.0)),
        simd.splat_f32s(-87.0),
    );
    let shifted = simd.mul_add_e_f32s(x, simd.splat_f32s(std::f32::consts::LOG2_E), magic);
    let n = simd.sub_f32s(shifted, magic);
    let r = simd.mul_add_e_f32s(n, simd.splat_f32s(-355.0 / 512.0), x);
    let r = simd.mul_add_e_f32s(n, simd.splat_f32s(2.121_944_4e-4), r);
    let mut p = simd.splat_f32s(1.0 / 5040.0);
    for coefficient in [
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ] {
        p = simd.mul_add_e_f32s(p, r, simd.splat_f32s(coefficient));
    }
    let bits = simd.wrapping_dyn_shl_u32s(simd.transmute_u32s_f32s(shifted), simd.splat_u32s(23));
    simd.transmute_f32s_u32s(simd.add_u32s(simd.transmute_u32s_f32s(p), bits))
}

/// The logistic function `1 / (1 + e⁻ˣ)`.
#[inline(always)]
pub fn sigmoid<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let one = simd.splat_f32s(1.0);
    simd.div_f32s(one, simd.add_f32s(one, exp(simd, simd.neg_f32s(x))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulp::{Arch, WithSimd};

    #[test]
    fn rows_become_columns() {
        struct Transpose([[f32; 8]; 8]);
        impl WithSimd for Transpose {
            type Output = [[f32; 8]; 8];
            #[inline(always)]
            fn with_simd<S: Simd>(self, _: S) -> [[f32; 8]; 8] {
                transposed::<S>(self.0)
            }
        }
        let rows = std::array::from_fn(|i| std::array::from_fn(|j| (8 * i + j) as f32));
        for found in [
            Arch::new().dispatch(Transpose(rows)),
            transposed::<pulp::Scalar>(rows),
        ] {
            for (i, column) in found.iter().enumerate() {
                for (j, value) in column.iter().enumerate() {
                    assert_eq!(*value, rows[j][i]);
                }
            }
        }
    }
}
