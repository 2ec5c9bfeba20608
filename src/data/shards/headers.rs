//! A bound on what stands between the members of an archive.
//!
//! A member's name may be a record of its own before it, of any length, and the library for
//! archives takes it into memory whole; compressed, a name of a gigabyte is a file of a megabyte.

use std::cell::Cell;
use std::io::{Error, Read, Result, Seek, SeekFrom};
use std::rc::Rc;

/// Most bytes that may say what a member is called and how it lies.
const MOST: u64 = 1 << 20;

/// A stream of which so many bytes may be read; empty ones, which fill archives up, do not count.
pub(super) struct BoundedHeaders<R> {
    stream: R,
    left: Rc<Cell<u64>>,
}

/// Says what may be read.
#[derive(Clone)]
pub(super) struct Bound(Rc<Cell<u64>>);

impl<R> BoundedHeaders<R> {
    pub fn new(stream: R) -> (Self, Bound) {
        let left = Rc::new(Cell::new(MOST));
        (
            Self {
                stream,
                left: left.clone(),
            },
            Bound(left),
        )
    }
}

impl Bound {
    /// Only the next header, behind so many bytes of the member before it.
    pub fn header(&self, behind: u64) {
        self.0.set(behind.saturating_add(MOST));
    }

    /// The content of a member, whose length is known.
    pub fn content(&self) {
        self.0.set(u64::MAX);
    }
}

/// Bytes that a member takes in its archive, from its content on.
pub(super) fn stored(entry: &tar::Entry<'_, impl Read>) -> u64 {
    // Of one with holes the size is that of the whole file.
    if entry.header().entry_type().is_gnu_sparse() {
        entry.header().entry_size().unwrap_or(0)
    } else {
        entry.size()
    }
}

impl<R: Read> Read for BoundedHeaders<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let read = self.stream.read(buffer)?;
        if buffer[..read].iter().any(|&byte| byte != 0) {
            let left = self.left.get().checked_sub(read as u64);
            let Some(left) = left else {
                let reason = format!("a name or header of more than {} MB", MOST >> 20);
                return Err(Error::other(reason));
            };
            self.left.set(left);
        }
        Ok(read)
    }
}

impl<R: Seek> Seek for BoundedHeaders<R> {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.stream.seek(to)
    }
}
