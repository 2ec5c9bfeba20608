//! Loops over rows, natively on all threads, and in the widest vectors of the machine.

use pulp::{Arch, Simd, WithSimd};

/// Calls `work` with the index of each chunk of `size` values and the chunk; natively, chunks are
/// shared out among threads.
pub fn chunks<T: Send>(values: &mut [T], size: usize, work: impl Fn(usize, &mut [T]) + Sync) {
    #[cfg(feature = "cli")]
    {
        use rayon::prelude::*;
        values
            .par_chunks_mut(size)
            .enumerate()
            .for_each(|(i, chunk)| work(i, chunk));
    }
    #[cfg(not(feature = "cli"))]
    for (i, chunk) in values.chunks_mut(size).enumerate() {
        work(i, chunk);
    }
}

/// Work on one row of an output. `row` must be `#[inline(always)]`, as must be what it calls: only
/// so is it compiled for each instruction set.
pub trait Row<T>: Sync {
    /// Fills row `index`.
    fn row(&self, index: usize, output: &mut [T]);
}

/// One row, compiled for the best instruction set of the machine.
pub fn vectorised<T, W: Row<T>>(work: &W, index: usize, output: &mut [T]) {
    struct Dispatched<'a, T, W> {
        work: &'a W,
        index: usize,
        output: &'a mut [T],
    }
    impl<T, W: Row<T>> WithSimd for Dispatched<'_, T, W> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) {
            self.work.row(self.index, self.output);
        }
    }
    Arch::new().dispatch(Dispatched {
        work,
        index,
        output,
    });
}
