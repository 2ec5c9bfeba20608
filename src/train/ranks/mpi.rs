//! Ranks that an MPI library brings together.

use super::{IN_ORDER, Ranks, Watchdog};
use mpi::collective::SystemOperation;
use mpi::datatype::PartitionMut;
use mpi::environment::{Universe, is_finalized, is_initialized};
use mpi::topology::SimpleCommunicator;
use mpi::traits::{Communicator, CommunicatorCollectives, Root};
use mpi::{Count, Threading};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Bytes that one call moves at most. The library counts in 32 bits, and a limit of time is for
/// each call.
const MOST: usize = 64 << 20;

/// To drop it is to leave, and that waits for the others: never by a panic.
static UNIVERSE: Mutex<Option<Universe>> = Mutex::new(None);

/// The world of processes that a launcher such as `mpirun` started.
#[derive(Debug)]
pub struct Mpi {
    rank: usize,
    size: usize,
    watchdog: Watchdog,
}

impl Mpi {
    /// Join the others. Where they let this one wait for more than `limit`, it ends itself, and the
    /// launcher all others.
    ///
    /// # Errors
    /// In words: joined before, or a library that cannot serve more than one thread.
    pub fn start(limit: Duration) -> Result<Self, String> {
        let wanted = Threading::Serialized;
        let (universe, granted) = mpi::initialize_with_threading(wanted)
            .ok_or("MPI was started before in this program")?;
        let world = universe.world();
        *UNIVERSE.lock().unwrap_or_else(PoisonError::into_inner) = Some(universe);
        if granted < wanted {
            return Err(format!(
                "this MPI library serves threads at level {granted:?}, needs {wanted:?}; \
                 use one built with support for threads"
            ));
        }
        let (rank, size) = (world.rank() as usize, world.size() as usize);
        let watchdog = Watchdog::new(limit, move |what| {
            eprintln!(
                "soda: rank {rank}: waited {} s for the other ranks ({what}); a host or the \
                 network is lost, or --mpi-timeout is too short. Go on with --resume",
                limit.as_secs()
            );
            // Leaving in order may wait for a lock that another thread holds.
            std::thread::spawn(|| {
                std::thread::sleep(Duration::from_secs(5));
                std::process::abort()
            });
            std::process::exit(1)
        });
        Ok(Self {
            rank,
            size,
            watchdog,
        })
    }
}

/// End all ranks, where this program is one.
pub fn abort() {
    if is_initialized() && !is_finalized() {
        SimpleCommunicator::world().abort(1);
    }
}

impl Ranks for Mpi {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.size
    }

    fn gather(&self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let world = SimpleCommunicator::world();
        let mut lengths = vec![0u64; self.size];
        self.watchdog.watch("to gather lengths", || {
            world.all_gather_into(&(bytes.len() as u64), &mut lengths[..]);
        });
        let mut all: Vec<Vec<u8>> = lengths.iter().map(|_| Vec::new()).collect();
        let most = MOST / self.size;
        let longest = lengths.iter().copied().max().unwrap_or(0) as usize;
        for first in (0..longest).step_by(most) {
            let part = |length: usize| first.min(length)..(first + most).min(length);
            let counts: Vec<Count> = lengths
                .iter()
                .map(|&length| part(length as usize).len() as Count)
                .collect();
            let starts: Vec<Count> = counts
                .iter()
                .scan(0, |end, count| {
                    *end += count;
                    Some(*end - count)
                })
                .collect();
            let mut received = vec![0u8; counts.iter().sum::<Count>() as usize];
            self.watchdog.watch("to gather numbers", || {
                let mut parts = PartitionMut::new(&mut received[..], &counts[..], &starts[..]);
                world.all_gather_varcount_into(&bytes[part(bytes.len())], &mut parts);
            });
            for ((bytes, &start), &count) in all.iter_mut().zip(&starts).zip(&counts) {
                bytes.extend_from_slice(&received[start as usize..][..count as usize]);
            }
        }
        all
    }

    fn broadcast(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        let world = SimpleCommunicator::world();
        let first = world.process_at_rank(0);
        let mut length = bytes.len() as u64;
        self.watchdog.watch("for a length from rank 0", || {
            first.broadcast_into(&mut length);
        });
        bytes.resize(length as usize, 0);
        for part in bytes.chunks_mut(MOST) {
            self.watchdog.watch("for bytes from rank 0", || {
                first.broadcast_into(part);
            });
        }
        bytes
    }

    fn sum(&self, values: &mut [f32]) {
        let world = SimpleCommunicator::world();
        for part in values.chunks_mut(MOST / size_of::<f32>() / self.size) {
            let given = part.to_vec();
            if self.size > IN_ORDER {
                self.watchdog.watch("to sum gradients", || {
                    world.all_reduce_into(&given[..], part, SystemOperation::sum());
                });
                continue;
            }
            let mut all = vec![0f32; self.size * part.len()];
            self.watchdog.watch("to gather gradients", || {
                world.all_gather_into(&given[..], &mut all[..]);
            });
            let (own, others) = all.split_at(part.len());
            part.copy_from_slice(own);
            for values in others.chunks_exact(part.len()) {
                part.iter_mut().zip(values).for_each(|(sum, v)| *sum += v);
            }
        }
    }

    fn finish(&self) {
        let universe = UNIVERSE
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        self.watchdog.watch("to end together", || drop(universe));
    }
}
