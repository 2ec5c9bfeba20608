//! Ranks: processes that train together, on one host or on several, each on its share of a batch.
//!
//! The trainer knows them by [`Ranks`] alone: MPI is behind it in a program that was built with it,
//! and threads are in tests. Every rank has the whole state of the run and takes the same steps;
//! only gradients and the numbers about them are exchanged, and only rank 0 writes.

mod agreement;
mod exchange;
mod files;
#[cfg(feature = "mpi")]
mod mpi;
mod threads;
mod watchdog;

pub(super) use agreement::{agree, digest, program};
pub(super) use exchange::exchange;
pub(super) use files::{Received, share_folder};
#[cfg(feature = "mpi")]
pub use mpi::Mpi;
pub use threads::Threads;
pub use watchdog::Watchdog;

use std::fmt::Debug;

/// Up to so many ranks sums are in the order of ranks, as those over devices are. Beyond, the time
/// that takes grows with the ranks, and the library sums as it likes.
pub const IN_ORDER: usize = 4;

/// How a process speaks with the others that train with it.
///
/// All methods but `rank` and `size` wait for the other ranks, which must call them in the same
/// order. They cannot fail: where another rank is lost, the library ends the program.
pub trait Ranks: Debug + Send + Sync {
    /// Which of the ranks this is, from 0.
    fn rank(&self) -> usize;

    /// How many there are.
    fn size(&self) -> usize;

    /// What each rank gives, in the order of ranks. Lengths may differ.
    fn gather(&self, bytes: &[u8]) -> Vec<Vec<u8>>;

    /// What rank 0 gives. The bytes of other ranks are dropped.
    fn broadcast(&self, bytes: Vec<u8>) -> Vec<u8>;

    /// Sum over all ranks, place by place: the same bits on each of them.
    fn sum(&self, values: &mut [f32]) {
        let all = self.gather(&to_bytes(values));
        for (rank, bytes) in all.iter().enumerate() {
            for (sum, value) in values.iter_mut().zip(from_bytes(bytes)) {
                *sum = if rank == 0 { value } else { *sum + value };
            }
        }
    }

    /// Wait for all ranks to have come to their end.
    fn finish(&self) {}
}

/// One process, which trains alone.
#[derive(Debug, Clone, Copy, Default)]
pub struct Alone;

impl Ranks for Alone {
    fn rank(&self) -> usize {
        0
    }

    fn size(&self) -> usize {
        1
    }

    fn gather(&self, bytes: &[u8]) -> Vec<Vec<u8>> {
        vec![bytes.to_vec()]
    }

    fn broadcast(&self, bytes: Vec<u8>) -> Vec<u8> {
        bytes
    }
}

/// End all ranks, where this program has joined others, since they would wait for it for ever.
/// Otherwise nothing happens.
pub fn abort() {
    #[cfg(feature = "mpi")]
    mpi::abort();
}

fn to_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn from_bytes(bytes: &[u8]) -> impl Iterator<Item = f32> {
    let (words, _) = bytes.as_chunks::<4>();
    words.iter().map(|&word| f32::from_le_bytes(word))
}
