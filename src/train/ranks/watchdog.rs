//! A limit to waiting: a link that is down looks like a slow rank, and MPI waits for ever.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What is waited for, and since when.
type Waiting = Mutex<Option<(Instant, &'static str)>>;

/// Calls a function once where a wait lasts longer than it may.
#[derive(Debug)]
pub struct Watchdog {
    waiting: Arc<Waiting>,
}

impl Watchdog {
    /// Call `late`, with what was waited for, from a thread of its own after `limit`.
    pub fn new(limit: Duration, late: impl FnOnce(&'static str) + Send + 'static) -> Self {
        let waiting = Arc::new(Waiting::default());
        let watched = Arc::downgrade(&waiting);
        let pause = (limit / 10).clamp(Duration::from_millis(1), Duration::from_millis(500));
        std::thread::spawn(move || {
            while let Some(waiting) = watched.upgrade() {
                let now = *waiting.lock().unwrap_or_else(PoisonError::into_inner);
                drop(waiting);
                if let Some((since, what)) = now
                    && since.elapsed() >= limit
                {
                    return late(what);
                }
                std::thread::sleep(pause);
            }
        });
        Self { waiting }
    }

    /// Do what waits.
    pub fn watch<T>(&self, what: &'static str, wait: impl FnOnce() -> T) -> T {
        let set = |now| *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = now;
        set(Some((Instant::now(), what)));
        let result = wait();
        set(None);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{RecvTimeoutError, channel};

    #[test]
    fn a_wait_that_lasts_too_long_is_told_and_short_ones_are_not() {
        let (told, hear) = channel();
        let limit = Duration::from_millis(300);
        let dog = Watchdog::new(limit, move |what| told.send(what).unwrap());
        for _ in 0..5 {
            dog.watch("a short wait", || std::thread::sleep(limit / 4));
        }
        // As long as all of them together, and nobody waits.
        let heard = hear.recv_timeout(limit + limit / 4);
        assert_eq!(heard, Err(RecvTimeoutError::Timeout));
        let heard = dog.watch("a long wait", || hear.recv_timeout(20 * limit));
        assert_eq!(heard, Ok("a long wait"));
    }
}
