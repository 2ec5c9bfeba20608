//! The progress of long work, and Ctrl-C.

use crate::cli::CliResult;
use crate::cli::data::{bar, cancel_flag};
use indicatif::ProgressBar;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A progress bar that is gone when dropped, and that Ctrl-C ends.
pub struct Progress {
    bar: ProgressBar,
    cancel: Arc<AtomicBool>,
}

impl Progress {
    /// Over `total` things, unseen if `quiet`.
    pub fn new(quiet: bool, total: usize, what: &'static str) -> CliResult<Self> {
        Ok(Self {
            bar: bar(quiet, total as u64, what),
            cancel: cancel_flag()?,
        })
    }

    /// So many more are done.
    ///
    /// # Errors
    /// Ctrl-C.
    pub fn add(&self, count: usize) -> CliResult {
        self.bar.inc(count as u64);
        self.check()
    }

    /// Go on, or end?
    ///
    /// # Errors
    /// Ctrl-C.
    pub fn check(&self) -> CliResult {
        if self.cancel.load(Ordering::Relaxed) {
            return Err("cancelled".into());
        }
        Ok(())
    }

    /// So many are done.
    pub fn set(&self, done: usize) {
        self.bar.set_position(done as u64);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
