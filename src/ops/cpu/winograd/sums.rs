//! The matrix products of transformed tiles, by tiles of sums that stay in registers.

use super::super::simd::{load, many_registers, store};
use super::ROWS;
use pulp::{Simd, WithSimd};

/// `sums [rows, stride] = Σ a·b`, or that added to what was there.
///
/// What is summed over lies in equally many blocks of `a` and of `b`, of which the last may be
/// shorter. Both and `sums` go on to the next multiple of [`ROWS`] rows.
pub struct Sums<'a, T> {
    /// The entry of row `r` and index `i` at `r·row + i·step` of a block.
    pub a: &'a [T],
    pub a_block: usize,
    pub row: usize,
    pub step: usize,
    /// Each block begins with `[length, stride]`.
    pub b: &'a [T],
    pub b_block: usize,
    pub length: usize,
    pub stride: usize,
    pub rows: usize,
    /// Whether there is nothing in `sums` yet.
    pub fresh: bool,
    pub sums: &'a mut [f32],
}

impl<T: Copy> Sums<'_, T> {
    /// Sum by `dot`.
    #[inline(always)]
    pub fn add<D: Dot<Entry = T>>(mut self, dot: D) {
        let vectors = self.stride / D::LANES;
        // As even as can be: ten vectors are 3 + 3 + 2 + 2.
        let parts = vectors.div_ceil(D::MOST_VECTORS);
        let mut start = 0;
        for part in 0..parts {
            let count = (vectors - start).div_ceil(parts - part);
            let k = start * D::LANES;
            let mut row = 0;
            while row < self.rows {
                if D::MANY_REGISTERS {
                    match count {
                        1 => self.tile::<D, ROWS, 1>(dot, row, k),
                        2 => self.tile::<D, ROWS, 2>(dot, row, k),
                        _ => self.tile::<D, ROWS, 3>(dot, row, k),
                    }
                    row += ROWS;
                } else {
                    match count {
                        1 => self.tile::<D, { ROWS / 2 }, 1>(dot, row, k),
                        2 => self.tile::<D, { ROWS / 2 }, 2>(dot, row, k),
                        _ => self.tile::<D, { ROWS / 2 }, 3>(dot, row, k),
                    }
                    row += ROWS / 2;
                }
            }
            start += count;
        }
    }

    /// `R` rows from `row` by `V` vectors from `k`.
    #[inline(always)]
    fn tile<D: Dot<Entry = T>, const R: usize, const V: usize>(
        &mut self,
        dot: D,
        row: usize,
        k: usize,
    ) {
        let mut sums = [[dot.zero(); V]; R];
        let blocks = self.a.chunks(self.a_block);
        for (a, b) in blocks.zip(self.b.chunks(self.b_block)) {
            let a = &a[row * self.row..];
            let b = &b[..self.length * self.stride];
            for (i, b) in b.chunks_exact(self.stride).enumerate() {
                let a = &a[i * self.step..];
                let b = &b[k..][..V * D::LANES];
                let mut right = [dot.vector(b); V];
                for (i, right) in right.iter_mut().enumerate().skip(1) {
                    *right = dot.vector(&b[i * D::LANES..]);
                }
                for (r, sums) in sums.iter_mut().enumerate() {
                    let left = dot.same(a[r * self.row]);
                    for (sum, right) in sums.iter_mut().zip(right) {
                        *sum = dot.dot(left, right, *sum);
                    }
                }
            }
        }
        for (r, sums) in sums.into_iter().enumerate() {
            for (i, sum) in sums.into_iter().enumerate() {
                let at = &mut self.sums[(row + r) * self.stride + k + i * D::LANES..];
                dot.store(at, sum, self.fresh);
            }
        }
    }
}

impl WithSimd for Sums<'_, f32> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.add(Single(simd));
    }
}

/// Vectors of entries and of sums, and how they are multiplied.
pub trait Dot: Copy {
    /// An entry of the matrices: a float, or two in bf16 whose products go to one sum.
    type Entry;
    type Entries: Copy;
    type Floats: Copy;
    const LANES: usize;
    /// Whether [`ROWS`] rows of sums fit in registers, or half of them.
    const MANY_REGISTERS: bool;
    /// How many vectors of sums fit beside each other, up to 3.
    const MOST_VECTORS: usize;

    fn zero(self) -> Self::Floats;
    /// The first vector of `entries`.
    fn vector(self, entries: &[Self::Entry]) -> Self::Entries;
    /// The same entry in each lane.
    fn same(self, entry: Self::Entry) -> Self::Entries;
    /// `a·b + sum` in each lane.
    fn dot(self, a: Self::Entries, b: Self::Entries, sum: Self::Floats) -> Self::Floats;
    /// To the start of `to`, or added to it.
    fn store(self, to: &mut [f32], sum: Self::Floats, fresh: bool);
}

/// Floats.
#[derive(Clone, Copy)]
pub struct Single<S>(pub S);

impl<S: Simd> Dot for Single<S> {
    type Entry = f32;
    type Entries = S::f32s;
    type Floats = S::f32s;
    const LANES: usize = S::F32_LANES;
    const MANY_REGISTERS: bool = many_registers::<S>();
    const MOST_VECTORS: usize = 3;

    #[inline(always)]
    fn zero(self) -> S::f32s {
        self.0.splat_f32s(0.0)
    }

    #[inline(always)]
    fn vector(self, entries: &[f32]) -> S::f32s {
        load::<S>(entries)
    }

    #[inline(always)]
    fn same(self, entry: f32) -> S::f32s {
        self.0.splat_f32s(entry)
    }

    #[inline(always)]
    fn dot(self, a: S::f32s, b: S::f32s, sum: S::f32s) -> S::f32s {
        self.0.mul_add_e_f32s(a, b, sum)
    }

    #[inline(always)]
    fn store(self, to: &mut [f32], sum: S::f32s, fresh: bool) {
        let sum = if fresh {
            sum
        } else {
            self.0.add_f32s(load::<S>(to), sum)
        };
        store::<S>(to, sum);
    }
}
