//! A GPU that is lost, by a driver's reset or a cable: the program ends.
//!
//! A result that was on its way then never comes, and whoever waits for it waits for ever: the
//! tensor library hears of the loss and writes it to the log, but nobody wakes the thread that
//! reads back. So the log is listened to.

use super::{output, print};
use crate::fault;
use log::{Level, LevelFilter, Log, Metadata, Record};
use std::sync::Once;
use std::time::Duration;

/// So long a command has to end by itself, which it does where it was not waiting.
const GRACE: Duration = Duration::from_secs(3);

struct Listener;

impl Log for Listener {
    fn enabled(&self, metadata: &Metadata) -> bool {
        metadata.level() == Level::Error && metadata.target().starts_with("cubecl_wgpu")
    }

    fn log(&self, record: &Record) {
        let said = record.args().to_string();
        if self.enabled(record.metadata()) && said.contains("device was lost") {
            end_soon(&said);
        }
    }

    fn flush(&self) {}
}

/// End the program, with one line, once a GPU is lost.
pub fn watch() {
    // Where a program has a logger already, it is not this one.
    if log::set_logger(&Listener).is_ok() {
        log::set_max_level(LevelFilter::Error);
    }
}

fn end_soon(said: &str) {
    static ONCE: Once = Once::new();
    let reason = format!(
        "device: the GPU was lost ({}); what was written before stands. Try again, with smaller \
         batches or --device flex if it happens again",
        said.replace(['\n', '\r'], " ")
    );
    ONCE.call_once(|| {
        fault::record_loss(&reason);
        std::thread::spawn(move || {
            std::thread::sleep(GRACE);
            output::remove_empty();
            print::fault(&reason);
            // Not `exit`, which waits for the driver's threads, and they for the GPU.
            // SAFETY: `_exit` is always safe to call.
            #[cfg(unix)]
            unsafe {
                libc::_exit(1)
            }
            #[cfg(not(unix))]
            std::process::exit(1)
        });
    });
}
