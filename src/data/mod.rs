//! Pictures in: from files to batches of training pairs, on the host, without any tensor.
//!
//! ```text
//! folder, .tar, file ──Dataset::open──▶ Dataset { samples: [Sample { pictures: [Entry { picture:
//! Rgba }] }] } Dataset ──PairSampler (ViewPairs, seed)──▶ Batch { source, target: [B, 3, S, S],
//! labels } ◀── Prefetcher a single picture ──Rgba::from_rgba8 … compose──▶ [3, S, S] in [-1, 1]
//! ```
//!
//! - [`picture`](Rgba): one square picture with transparency; cropping, resizing, putting it over a
//!   background.
//! - [`Dataset`]: samples with their views, classes and metadata. It is opened from a folder, a
//!   WebDataset archive, CIFAR's or MNIST's own files, or a single file (feature `cli`); broken
//!   files are named in [`Dataset::skipped`] and the rest is read. Sounds are read as pictures of
//!   their spectrograms.
//! - [`Augmentation`]: how strongly pictures are changed at random, and the drawn [`Transform`]s.
//! - [`PairSampler`]: source and target views, in an order that a seed and a position determine;
//!   [`Prefetcher`] (feature `cli`) makes its batches ahead of time.
//!
//! Everything random comes from a seed passed in; the same seed gives the same batches on every
//! machine.

mod augment;
mod between;
mod dataset;
mod error;
mod pairs;
mod picture;
mod resample;
mod transform;
mod warp;

#[cfg(feature = "cli")]
mod budget;
#[cfg(feature = "cli")]
mod cifar;
#[cfg(feature = "cli")]
mod decode;
#[cfg(feature = "cli")]
mod folder;
#[cfg(feature = "cli")]
mod idx;
#[cfg(feature = "cli")]
mod jpeg;
#[cfg(feature = "cli")]
mod limits;
#[cfg(feature = "cli")]
mod notes;
#[cfg(feature = "cli")]
mod open;
#[cfg(feature = "cli")]
mod paths;
#[cfg(feature = "cli")]
mod prefetch;
#[cfg(feature = "cli")]
mod profile;
#[cfg(feature = "cli")]
mod reduced;
#[cfg(feature = "cli")]
mod shapes;
#[cfg(feature = "cli")]
mod shards;
#[cfg(feature = "cli")]
mod shrink;
#[cfg(feature = "cli")]
mod source;

pub use augment::{Augmentation, Blur, Jitter};
pub use between::{Between, between};
pub use dataset::{Dataset, Entry, Sample, Skipped};
pub use error::{DataError, Result};
pub use pairs::{Batch, Draw, PairSampler, ViewPairs};
pub use picture::{MAX_SIDE, Rgba, to_rgb8, to_rgba8};
pub use transform::{Colour, Transform};
pub use warp::SelfWarp;

#[cfg(feature = "cli")]
pub use decode::{ACCEPTED, decode, decode_for};
#[cfg(feature = "cli")]
pub use notes::notes_archive;
#[cfg(feature = "cli")]
pub use open::{OpenOptions, is_read};
#[cfg(feature = "cli")]
pub use paths::expand_paths;
#[cfg(feature = "cli")]
pub use prefetch::Prefetcher;
#[cfg(feature = "cli")]
pub use shapes::{Factors, Shape, shapes_archive};
#[cfg(feature = "cli")]
pub use shards::MAX_FILE as MOST_FILE;
#[cfg(feature = "cli")]
pub use source::{PassedOver, Views};
