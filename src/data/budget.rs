//! A budget of bytes that threads share.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// So many bytes, for all threads together.
#[derive(Clone)]
pub(super) struct Budget(Arc<Shared>);

struct Shared {
    most: u64,
    used: Mutex<u64>,
    freed: Condvar,
}

/// A part of a budget; dropping it gives it back.
pub(super) struct Share {
    budget: Budget,
    bytes: u64,
}

impl Budget {
    pub fn new(most: u64) -> Self {
        Self(Arc::new(Shared {
            most,
            used: Mutex::new(0),
            freed: Condvar::new(),
        }))
    }

    /// Wait until there is room for `bytes`. What is larger than the whole budget waits until
    /// nothing else is in use. Who holds a share must not ask for another.
    pub fn take(&self, bytes: u64) -> Share {
        let shared = &self.0;
        let mut used = shared.used.lock().unwrap_or_else(PoisonError::into_inner);
        while *used > 0 && used.saturating_add(bytes) > shared.most {
            used = shared
                .freed
                .wait(used)
                .unwrap_or_else(PoisonError::into_inner);
        }
        *used = used.saturating_add(bytes);
        Share {
            budget: self.clone(),
            bytes,
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let shared = &self.budget.0;
        let mut used = shared.used.lock().unwrap_or_else(PoisonError::into_inner);
        *used = used.saturating_sub(self.bytes);
        shared.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn threads_together_stay_within_the_budget() {
        let (budget, now, most) = (Budget::new(10), AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for thread in 0..8u64 {
                let (budget, now, most) = (&budget, &now, &most);
                scope.spawn(move || {
                    for i in 0..50 {
                        let bytes = 1 + (thread * 7 + i) % 10;
                        let share = budget.take(bytes);
                        let used = now.fetch_add(bytes, Ordering::SeqCst) + bytes;
                        most.fetch_max(used, Ordering::SeqCst);
                        now.fetch_sub(bytes, Ordering::SeqCst);
                        drop(share);
                    }
                });
            }
        });
        assert!(most.into_inner() <= 10);
        // More than all of it is given to one alone.
        drop(budget.take(11));
    }
}
