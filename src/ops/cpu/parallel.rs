//! Work split over threads natively; one after the other in WebAssembly.

/// Calls `work` with the index of each chunk of `size` items and the chunk, the last being shorter
/// where `size` does not divide the whole.
#[cfg(feature = "cli")]
pub fn chunks<T: Send>(data: &mut [T], size: usize, work: impl Fn(usize, &mut [T]) + Sync) {
    use rayon::prelude::*;
    data.par_chunks_mut(size)
        .enumerate()
        .for_each(|(i, chunk)| work(i, chunk));
}

/// Calls `work` with the index of each chunk of `size` items and the chunk, the last being shorter
/// where `size` does not divide the whole.
#[cfg(not(feature = "cli"))]
pub fn chunks<T: Send>(data: &mut [T], size: usize, work: impl Fn(usize, &mut [T]) + Sync) {
    for (i, chunk) in data.chunks_mut(size).enumerate() {
        work(i, chunk);
    }
}
