//! Work split over threads natively; one after the other in WebAssembly.

/// Calls `work` with the index of each chunk of `size` items and the chunk, the last being shorter
/// where `size` does not divide the whole.
///
/// In a pool of one thread the caller does the work itself: replicas that train side by side, each
/// on a thread of its own, would otherwise wait for one another.
#[cfg(feature = "cli")]
pub fn chunks<T: Send>(data: &mut [T], size: usize, work: impl Fn(usize, &mut [T]) + Sync) {
    use rayon::prelude::*;
    if rayon::current_num_threads() == 1 {
        return one_by_one(data, size, work);
    }
    data.par_chunks_mut(size)
        .enumerate()
        .for_each(|(i, chunk)| work(i, chunk));
}

/// Calls `work` with the index of each chunk of `size` items and the chunk, the last being shorter
/// where `size` does not divide the whole.
#[cfg(not(feature = "cli"))]
pub fn chunks<T: Send>(data: &mut [T], size: usize, work: impl Fn(usize, &mut [T]) + Sync) {
    one_by_one(data, size, work);
}

fn one_by_one<T>(data: &mut [T], size: usize, work: impl Fn(usize, &mut [T])) {
    for (i, chunk) in data.chunks_mut(size).enumerate() {
        work(i, chunk);
    }
}
