//! Panics in code that is not ours: decoders of pictures, drivers of devices.
//!
//! A GPU's driver that runs out of memory panics on a thread of its own, and what is computed
//! afterwards is wrong without a word. [`record`] is called by the program's panic hook; whoever
//! reads results back asks [`of_device`] whether they can be trusted.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

static DEVICE: OnceLock<String> = OnceLock::new();
#[cfg(all(feature = "cli", feature = "wgpu"))]
static LOST: OnceLock<String> = OnceLock::new();

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// What `work` returns; an error where it panics, which says nothing of the device then.
pub fn guarded<R>(work: impl FnOnce() -> R) -> std::thread::Result<R> {
    let before = GUARDED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(before);
    result
}

/// Take a panic for a fault of the device, where it is on a thread that nobody waits for; the first
/// one counts. Called on the thread that panics.
#[cfg_attr(not(feature = "cli"), allow(dead_code))]
pub fn record(reason: &str) {
    if !GUARDED.get() && std::thread::current().name() != Some("main") {
        let _ = DEVICE.set(reason.to_owned());
    }
}

/// Take note that a device is lost.
#[cfg(all(feature = "cli", feature = "wgpu"))]
pub fn record_loss(reason: &str) {
    let _ = LOST.set(reason.to_owned());
}

/// How the device was lost, if so: whatever else failed, failed for that.
#[cfg_attr(not(feature = "cli"), allow(dead_code))]
pub fn loss() -> Option<&'static str> {
    #[cfg(all(feature = "cli", feature = "wgpu"))]
    return LOST.get().map(String::as_str);
    #[cfg(not(all(feature = "cli", feature = "wgpu")))]
    None
}

/// Why nothing that a device gives back from now on can be trusted, if so.
pub fn of_device() -> Option<&'static str> {
    loss().or(DEVICE.get().map(String::as_str))
}
