//! Standard output and standard error that may go away: a closed pipe or a full disk behind them is
//! never a panic.

use std::io::{ErrorKind, Write};
use std::sync::Mutex;

/// Why standard output failed, if it did.
static FAILED: Mutex<Option<String>> = Mutex::new(None);

/// Print a line to standard output. Nothing more is printed once that has failed. A reader that has
/// gone away is no fault; any other failure is told by [`failure`].
pub fn line(text: impl std::fmt::Display) {
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
    let _ = writeln!(std::io::stderr(), "{text}");
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
