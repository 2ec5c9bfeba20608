//! What can go wrong on the way from a file to a training pair.

use std::path::PathBuf;

/// Why pictures could not be read, prepared or drawn. Each message is one line: the thing at fault,
/// then what would be right.
///
/// A single broken file in a data set is not an error: it is a [`Skipped`](super::Skipped) and the
/// rest is read.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The path given does not exist.
    #[error("{}: there is no such file or folder", .path.display())]
    Missing {
        /// The path as given.
        path: PathBuf,
    },
    /// The path exists and cannot be opened or listed.
    #[error("{}: cannot be read ({source}); check that it may be read by you", .path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Nothing at the path looks like a picture.
    #[error("{}: no picture in it ({found}); wanted a folder of pictures, a WebDataset .tar or \
        .tar.gz, CIFAR or IDX files, or a picture ({accepted})", .path.display())]
    NoPicture {
        /// The folder, archive or file.
        path: PathBuf,
        /// What is there instead, in words.
        found: String,
        /// The picture formats that are read.
        accepted: &'static str,
    },
    /// There were pictures, and every one of them was broken.
    #[error("{}: none of its {count} pictures could be read; the first: {name}: \
        {reason}", .path.display())]
    AllBroken {
        /// The folder, archive or file.
        path: PathBuf,
        /// How many were tried.
        count: usize,
        /// The first of them, in order of name.
        name: String,
        /// Why that one could not be read.
        reason: String,
    },
    /// The one file given is not a picture that can be read.
    #[error("{}: {reason}", .path.display())]
    Picture {
        /// The file.
        path: PathBuf,
        /// Why it could not be read.
        reason: String,
    },
    /// Views by name were asked for and there are no sibling folders to match names between.
    #[error("{}: views by name need one sub-folder per view, each with the same file names; \
        {found}", .path.display())]
    NoViews {
        /// The folder.
        path: PathBuf,
        /// What is there instead.
        found: String,
    },
    /// The caller's cancel flag was raised.
    #[error("reading pictures was cancelled")]
    Cancelled,
    /// A picture without area, or one too large to address.
    #[error("picture: {width} x {height} pixels; both sides must be from 1 to {max}")]
    Dimensions {
        /// Width in pixels.
        width: usize,
        /// Height in pixels.
        height: usize,
        /// Largest side.
        max: usize,
    },
    /// A pixel buffer that does not fit the dimensions given with it.
    #[error("picture: {found} values for {width} x {height} pixels, which need {wanted}")]
    Length {
        /// Values in the buffer.
        found: usize,
        /// Values needed.
        wanted: usize,
        /// Width in pixels.
        width: usize,
        /// Height in pixels.
        height: usize,
    },
    /// A setting outside its range.
    #[error("{field} is {value}; it must be {allowed}")]
    Setting {
        /// The setting, with the path to it: `source.jitter.hue`.
        field: String,
        /// The value found.
        value: String,
        /// The allowed range, in words.
        allowed: &'static str,
    },
    /// The system gives no more threads.
    #[error(
        "no thread for reading pictures could be started ({source}); close other programs or use \
         fewer workers"
    )]
    Thread {
        /// What the system said.
        source: std::io::Error,
    },
    /// There are no pictures to draw pairs from.
    #[error("the data set has no pictures to draw pairs from")]
    Empty,
}

/// The result of anything in [`data`](super).
pub type Result<T> = std::result::Result<T, DataError>;
