//! What the thread that finds files hands on to the threads that decode them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;

/// Where views come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Views {
    /// A folder has none: its sub-folders are classes. In an archive they are in the file names,
    /// `KEY.VIEW.EXT`.
    #[default]
    Own,
    /// Files of the same name (without extension) in sibling sub-folders are views of one sample;
    /// the sub-folder's name is the view label.
    ByName,
    /// A folder is one sample, and the pictures in it are views of it without labels, as frames of
    /// a clip are.
    ByFolder,
}

use super::budget::{Budget, Share};
use super::dataset::Skipped;
use super::decode::extension;
use super::error::{DataError, Result};
use super::paths::file_name;

/// A file taken for a picture.
pub(super) struct Found {
    /// Name as in the source.
    pub name: String,
    /// Key of its sample within its shard.
    pub key: String,
    /// Number of the shard or folder.
    pub shard: usize,
    pub view: Option<String>,
    pub class: Option<String>,
    pub content: Content,
    /// What the bytes take of the budget for files that wait.
    pub share: Option<Share>,
}

/// Bytes of files that wait to be decoded, at most.
pub(super) const WAITING: u64 = 256 << 20;
/// Bytes of `.json` and `.cls` members of a data set, at most.
const SIDE_BYTES: usize = 256 << 20;
/// Bytes of one of them, at most.
pub(super) const SIDE_FILE: u64 = 16 << 20;

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
    /// Files that were passed over.
    pub passed: PassedOver,
    /// Bytes of `.cls` and `.json` kept so far.
    pub side_bytes: usize,
    pub skipped: Vec<Skipped>,
    /// What the shards and folders are called.
    pub shards: Vec<String>,
    /// `.cls` and `.json` by shard and key.
    pub classes: BTreeMap<(usize, String), String>,
    pub metas: BTreeMap<(usize, String), serde_json::Value>,
}

/// Files that are not pictures and do not belong to one: how many, and the first of their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PassedOver {
    /// How many.
    pub count: usize,
    /// The first five in order of name.
    pub names: BTreeSet<String>,
}

impl PassedOver {
    fn add(&mut self, name: &str) {
        self.count += 1;
        self.names.insert(name.to_owned());
        if self.names.len() > 5 {
            self.names.pop_last();
        }
    }
}

impl std::fmt::Display for PassedOver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        let plural = if self.count == 1 { "" } else { "s" };
        write!(f, "{} other file{plural}: {}", self.count, names.join(", "))?;
        match self.count - names.len() {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

impl Notes {
    /// Pass over a file that is not a picture.
    pub fn pass(&mut self, name: &str) {
        *self.others.entry(extension(name)).or_default() += 1;
        self.passed.add(name);
    }

    /// Take in what was noted elsewhere about files.
    pub fn take(&mut self, notes: Self) {
        for (extension, count) in notes.others {
            *self.others.entry(extension).or_default() += count;
        }
        let count = self.passed.count + notes.passed.count;
        for name in &notes.passed.names {
            self.passed.add(name);
        }
        self.passed.count = count;
        self.skipped.extend(notes.skipped);
    }

    /// The number of another shard, or of a folder, which is called so in keys that clash.
    pub fn shard(&mut self, path: &Path) -> usize {
        let name = file_name(path);
        let name = if self.shards.contains(&name) || name.is_empty() {
            path.to_string_lossy().into_owned()
        } else {
            name
        };
        self.shards.push(name);
        self.shards.len() - 1
    }

    /// Keep so many more bytes of side files, if there is room.
    pub fn keep(&mut self, bytes: usize) -> bool {
        let room = self.side_bytes + bytes <= SIDE_BYTES;
        self.side_bytes += if room { bytes } else { 0 };
        room
    }

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
    /// For bytes of files that wait to be decoded.
    pub waiting: Budget,
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
