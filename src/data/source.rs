//! What the thread that finds files hands on to the threads that decode them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;

use super::dataset::Skipped;
use super::error::{DataError, Result};

/// A file taken for a picture.
pub(super) struct Found {
    /// Name as in the source.
    pub name: String,
    /// Key of its sample within its shard.
    pub key: String,
    /// Number of the shard; 0 for folders.
    pub shard: usize,
    pub view: Option<String>,
    pub class: Option<String>,
    pub content: Content,
}

/// Where the bytes of a file are, or the pixels themselves.
pub(super) enum Content {
    File(PathBuf),
    Bytes(Vec<u8>),
    /// Decoded already, `[height, width, 4]`.
    Pixels {
        rgba: Vec<u8>,
        width: usize,
        height: usize,
    },
}

/// What was found beside pictures.
#[derive(Default)]
pub(super) struct Notes {
    /// Pictures handed on.
    pub pictures: usize,
    /// Other files, by extension.
    pub others: BTreeMap<String, usize>,
    pub skipped: Vec<Skipped>,
    /// File names of the shards.
    pub shards: Vec<String>,
    /// `.cls` and `.json` by shard and key.
    pub classes: BTreeMap<(usize, String), String>,
    pub metas: BTreeMap<(usize, String), serde_json::Value>,
}

impl Notes {
    pub fn skip(&mut self, name: impl Into<String>, reason: impl Into<String>) {
        self.skipped.push(Skipped {
            name: name.into(),
            reason: reason.into(),
        });
    }

    /// The other files in words: `3 files: 2 .txt, 1 .json`.
    pub fn others(&self) -> String {
        let total: usize = self.others.values().sum();
        if total == 0 {
            return "it is empty".into();
        }
        let mut kinds: Vec<_> = self.others.iter().collect();
        kinds.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let mut words: Vec<_> = kinds
            .iter()
            .take(4)
            .map(|(kind, count)| match kind.as_str() {
                "" => format!("{count} without extension"),
                kind => format!("{count} .{kind}"),
            })
            .collect();
        if kinds.len() > 4 {
            words.push("…".into());
        }
        format!(
            "{total} other file{}: {}",
            if total == 1 { "" } else { "s" },
            words.join(", ")
        )
    }
}

/// The way from the finding thread to the decoding ones.
pub(super) struct Sink<'a> {
    pub jobs: SyncSender<Found>,
    pub cancel: &'a AtomicBool,
    pub total: &'a AtomicU64,
    pub notes: Notes,
}

impl Sink<'_> {
    /// Hand on a picture.
    pub fn picture(&mut self, found: Found) -> Result<()> {
        self.check()?;
        self.notes.pictures += 1;
        // A failed send means that the decoding threads are gone, which only a cancelled run brings
        // about.
        self.jobs.send(found).map_err(|_| DataError::Cancelled)
    }

    /// Expect so many more pictures.
    pub fn expect(&self, pictures: usize) {
        self.total.fetch_add(pictures as u64, Ordering::Relaxed);
    }

    /// # Errors
    /// If the caller wants no more.
    pub fn check(&self) -> Result<()> {
        if self.cancel.load(Ordering::Relaxed) {
            Err(DataError::Cancelled)
        } else {
            Ok(())
        }
    }
}
