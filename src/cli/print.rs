//! Standard output and standard error that may go away: a closed pipe or a full disk behind them is
//! never a panic.

use std::io::{ErrorKind, Write};
use std::sync::{Mutex, OnceLock};

/// Why standard output failed, if it did.
static FAILED: Mutex<Option<String>> = Mutex::new(None);

/// Which process this is of those that train together.
static RANK: OnceLock<usize> = OnceLock::new();

/// This process is one of several that train together: from now on all but the first say nothing
/// but why they end.
#[cfg(feature = "mpi")]
pub fn of_rank(rank: usize) {
    let _ = RANK.set(rank);
}

/// Whether another process speaks for this one.
pub fn is_silent() -> bool {
    RANK.get().is_some_and(|&rank| rank > 0)
}

/// Print a line to standard output. Nothing more is printed once that has failed. A reader that has
/// gone away is no fault; any other failure is told by [`failure`].
pub fn line(text: impl std::fmt::Display) {
    if is_silent() {
        return;
    }
    let mut failed = FAILED
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    if failed.is_some() {
        return;
    }
    let mut out = std::io::stdout().lock();
    let written = writeln!(out, "{text}").and_then(|()| out.flush());
    *failed = written.err().map(|error| match error.kind() {
        ErrorKind::BrokenPipe => String::new(),
        _ => format!("standard output: {error}"),
    });
}

/// Print a line to standard error, as far as there is one.
pub fn note(text: impl std::fmt::Display) {
    if is_silent() {
        return;
    }
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Print to standard error why the program ends.
pub fn fault(reason: &str) {
    let _ = match RANK.get() {
        Some(rank) if is_silent() => writeln!(std::io::stderr(), "soda: rank {rank}: {reason}"),
        _ => writeln!(std::io::stderr(), "soda: {reason}"),
    };
}

/// What went wrong with standard output, other than a reader that has gone away.
pub fn failure() -> Option<String> {
    let failed = FAILED
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    failed.clone().filter(|reason| !reason.is_empty())
}

/// Text from a file, fit for a terminal: control characters are escaped.
pub fn plain(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            if c.is_control() {
                c.escape_default().collect::<Vec<_>>()
            } else {
                vec![c]
            }
        })
        .collect()
}
