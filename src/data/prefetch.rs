//! Batches made ahead of time on background threads.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{Builder, JoinHandle};

use super::error::{DataError, Result};
use super::pairs::{Batch, PairSampler};

/// An endless iterator over batches, in order of position, made ahead by worker threads.
///
/// Worker `i` of `n` makes every `n`-th batch and hands it over its own short queue; reading the
/// queues in turn gives the order of a single thread, whatever the number of workers. Dropping it
/// stops the workers. It only ends, with `None`, if a worker died.
#[derive(Debug)]
pub struct Prefetcher {
    queues: Vec<Receiver<Batch>>,
    turn: usize,
    workers: Vec<JoinHandle<()>>,
}

impl Prefetcher {
    /// Start making batches of `count` pairs at side `size`, from `position` on.
    ///
    /// At most `workers · 3` batches exist ahead of the reader.
    ///
    /// # Errors
    /// As [`PairSampler::batch`].
    pub fn start(
        sampler: Arc<PairSampler>,
        position: u64,
        count: usize,
        size: usize,
        workers: usize,
    ) -> Result<Self> {
        sampler.check(count, size)?;
        let n = workers.max(1) as u64;
        let mut this = Self {
            queues: Vec::new(),
            turn: 0,
            workers: Vec::new(),
        };
        for i in 0..n {
            let (queue, receiver) = sync_channel(2);
            let sampler = Arc::clone(&sampler);
            let work = move || {
                let mut position = position + i * count as u64;
                while let Ok(batch) = sampler.batch(position, count, size) {
                    if queue.send(batch).is_err() {
                        return;
                    }
                    position += n * count as u64;
                }
            };
            let worker = Builder::new().name(format!("pairs-{i}")).spawn(work);
            this.queues.push(receiver);
            this.workers
                .push(worker.map_err(|source| DataError::Thread { source })?);
        }
        Ok(this)
    }
}

impl Iterator for Prefetcher {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        let batch = self.queues[self.turn].recv().ok()?;
        self.turn = (self.turn + 1) % self.queues.len();
        Some(batch)
    }
}

impl Drop for Prefetcher {
    fn drop(&mut self) {
        // Workers stop when their queue has no reader; without this they would be waited for in
        // vain.
        self.queues.clear();
        for worker in self.workers.drain(..) {
            let _ = worker.join();
        }
    }
}
