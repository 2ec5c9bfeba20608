//! Ranks that are threads of one program: how what ranks do is tested where there is no MPI.

use super::Ranks;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

/// One of several threads that are ranks.
#[derive(Debug)]
pub struct Threads {
    rank: usize,
    /// To each rank.
    send: Vec<Sender<Vec<u8>>>,
    /// From each rank.
    receive: Mutex<Vec<Receiver<Vec<u8>>>>,
}

impl Threads {
    /// Do the same on so many ranks at once. Gives back what each came to. A panic on one of them
    /// ends all.
    pub fn run<T: Send>(size: usize, each: impl Fn(Arc<dyn Ranks>) -> T + Sync) -> Vec<T> {
        let mut send: Vec<Vec<_>> = (0..size).map(|_| Vec::new()).collect();
        let mut receive: Vec<Vec<_>> = (0..size).map(|_| Vec::new()).collect();
        for from in &mut send {
            for to in &mut receive {
                let (sender, receiver) = channel();
                from.push(sender);
                to.push(receiver);
            }
        }
        let ranks: Vec<Arc<dyn Ranks>> = send
            .into_iter()
            .zip(receive)
            .enumerate()
            .map(|(rank, (send, receive))| -> Arc<dyn Ranks> {
                Arc::new(Self {
                    rank,
                    send,
                    receive: Mutex::new(receive),
                })
            })
            .collect();
        let each = &each;
        std::thread::scope(|scope| {
            let threads: Vec<_> = ranks
                .into_iter()
                .map(|ranks| scope.spawn(move || each(ranks)))
                .collect();
            let ends = threads.into_iter().map(|thread| thread.join());
            // All have ended before a panic goes on.
            let ends: Vec<_> = ends.collect();
            ends.into_iter()
                .map(|end| end.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        })
    }
}

impl Ranks for Threads {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.send.len()
    }

    fn gather(&self, bytes: &[u8]) -> Vec<Vec<u8>> {
        for to in &self.send {
            // One that has ended is found out below.
            let _ = to.send(bytes.to_vec());
        }
        let receive = self.receive.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = receive.iter().map(|from| from.recv());
        bytes
            .map(|bytes| bytes.expect("no rank has ended before the others"))
            .collect()
    }

    fn broadcast(&self, bytes: Vec<u8>) -> Vec<u8> {
        let given = match self.rank {
            0 => bytes,
            _ => Vec::new(),
        };
        self.gather(&given).swap_remove(0)
    }

    fn finish(&self) {
        self.gather(&[]);
    }
}
