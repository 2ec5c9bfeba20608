//! Opening a folder, an archive or a file as a [`Dataset`].
//!
//! One thread finds files and reads archives, as many as there are processors decode, and the
//! calling thread collects and reports. Undecoded files in memory and pictures being decoded have a
//! budget of bytes each, for all threads together.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufReader, Cursor};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, channel, sync_channel};
use std::thread::available_parallelism;

use super::budget::Budget;
use super::dataset::{Dataset, Entry, Sample, Skipped};
use super::decode::{ACCEPTED, decode, is_picture, memory};
use super::error::{DataError, Result};
use super::paths::{expand_paths, file_name};
use super::picture::Rgba;
use super::source::{Content, Found, Notes, PassedOver, Sink, Views, WAITING};
use super::{cifar, folder, idx, shards};

/// How to open a data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenOptions {
    /// Side that pictures are cropped and resized to, in pixels.
    pub size: usize,
    /// Where views come from.
    pub views: Views,
}

impl Dataset {
    /// Read every picture at `path` into memory.
    ///
    /// `path` is a folder (each file a sample, the first sub-folder its class; or views [by
    /// name](Views::ByName) or [by folder](Views::ByFolder)), a WebDataset `.tar` or `.tar.gz`
    /// (files of one key, the name up to its first dot, are one sample; what stands between key and
    /// extension is the view; `.json` and `.cls` are kept), a folder of such archives, a binary
    /// file of CIFAR-10 or CIFAR-100, an IDX file as of Fashion-MNIST, a folder of those (its
    /// training part), or one picture. A sound is read as the picture of its spectrogram. Hidden
    /// files are passed over. Broken files are in [`Dataset::skipped`], with the reason.
    ///
    /// # Errors
    /// Nothing at the path, nothing readable, no picture, or no picture that could be decoded.
    pub fn open(path: &Path, options: &OpenOptions) -> Result<Self> {
        Self::open_with(path, options, &mut |_, _| {}, &AtomicBool::new(false))
    }

    /// [`open`](Self::open) with progress and a way out.
    ///
    /// `progress(done, total)` counts pictures; `total` is 0 while unknown (compressed archives).
    /// Once `cancel` is set it returns [`DataError::Cancelled`] soon.
    pub fn open_with(
        path: &Path,
        options: &OpenOptions,
        progress: &mut dyn FnMut(u64, u64),
        cancel: &AtomicBool,
    ) -> Result<Self> {
        let paths = [path.to_path_buf()];
        Self::open_all(&paths, options, progress, cancel).map(|(data, _)| data)
    }

    /// [`open_with`](Self::open_with) for several paths, [written out](expand_paths) where they
    /// have braces, and what was passed over. Archives are shards of one data set. Where two
    /// sources have the same key, the source's name comes before it.
    ///
    /// # Errors
    /// As for one path.
    pub fn open_all(
        paths: &[PathBuf],
        options: &OpenOptions,
        progress: &mut dyn FnMut(u64, u64),
        cancel: &AtomicBool,
    ) -> Result<(Self, PassedOver)> {
        // Sizes are checked once here instead of failing on every file.
        Rgba::from_rgba8(&[0; 4], 1, 1, options.size)?;
        let paths = expand_paths(paths);
        let mut kinds = Vec::new();
        for path in &paths {
            kinds.push(kind_of(path)?);
        }
        let Some(first) = paths.first() else {
            return Err(DataError::Empty);
        };
        let total = AtomicU64::new(0);
        let (jobs, queue) = sync_channel::<Found>(32);
        let queue = Mutex::new(queue);
        let (results, collected) = channel();
        let decoding = Budget::new(DECODING);
        let find = |jobs| {
            let mut sink = Sink {
                jobs,
                cancel,
                total: &total,
                notes: Notes::default(),
                waiting: Budget::new(WAITING),
            };
            let mut archives = Vec::new();
            for (path, kind) in paths.iter().zip(&kinds) {
                find(path, kind, options.views, &mut archives, &mut sink)?;
            }
            if !archives.is_empty() {
                shards::read(&archives, &mut sink)?;
            }
            Ok(sink.notes)
        };
        let mut decoded = Vec::new();
        let notes: Result<Notes> = std::thread::scope(|scope| {
            let finder = scope.spawn(|| find(jobs));
            for _ in 0..available_parallelism().map_or(1, usize::from) {
                let (results, queue, decoding) = (results.clone(), &queue, &decoding);
                scope.spawn(move || {
                    while let Some(mut found) = next(queue) {
                        if cancel.load(Ordering::Relaxed) {
                            continue;
                        }
                        let picture = load(&found, options.size, decoding);
                        // The memory is free before the result waits to be collected.
                        found.content = Content::Bytes(Vec::new());
                        found.share = None;
                        if results.send((found, picture)).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(results);
            for result in collected {
                decoded.push(result);
                progress(decoded.len() as u64, total.load(Ordering::Relaxed));
            }
            finder
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        if cancel.load(Ordering::Relaxed) {
            return Err(DataError::Cancelled);
        }
        let mut notes = notes?;
        let passed = std::mem::take(&mut notes.passed);
        let single = paths.len() == 1 && kinds[0].is_file();
        let data = assemble(first, options.size, single, notes, decoded)?;
        Ok((data, passed))
    }
}

/// Memory for all pictures that are being decoded, in bytes. One that needs more is decoded alone.
const DECODING: u64 = 512 << 20;

/// Whether `path` is a file that a data set may be read from: a picture or an archive.
pub fn is_read(path: &Path) -> bool {
    let name = file_name(path);
    path.is_file()
        && (is_picture(&name)
            || folder::is_picture_inside(path)
            || shards::is_archive(path).unwrap_or(false)
            || matches!(idx::find(path), Ok(Some(_)))
            || matches!(cifar::find(path), Ok(Some(_))))
}

fn kind_of(path: &Path) -> Result<std::fs::Metadata> {
    let kind = std::fs::metadata(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => DataError::Missing { path: path.into() },
        _ => DataError::Unreadable {
            path: path.into(),
            source,
        },
    })?;
    if !kind.is_dir() && !kind.is_file() {
        let source = std::io::Error::other("neither a file nor a folder");
        return Err(DataError::Unreadable {
            path: path.into(),
            source,
        });
    }
    Ok(kind)
}

/// Hand on what is at `path`; archives are collected, to be read together.
fn find(
    path: &Path,
    kind: &std::fs::Metadata,
    views: Views,
    archives: &mut Vec<PathBuf>,
    sink: &mut Sink,
) -> Result<()> {
    let own = views == Views::Own;
    if own && let Some(files) = cifar::find(path)? {
        return cifar::read(&files, sink);
    }
    if own && let Some(files) = idx::find(path)? {
        return idx::read(&files, sink);
    }
    if kind.is_dir() {
        let (found, beside) = shards::in_folder(path)?;
        let listing = folder::list(path)?;
        if !own || found.is_empty() || listing.has_folders() {
            for archive in found {
                let reason = "lies beside folders of pictures, and those are read; \
                              to read it, give the file itself";
                sink.notes.skip(file_name(&archive), reason);
            }
            return folder::read(path, listing, views, sink);
        }
        for name in beside {
            let reason = "lies beside archives; only the archives are read";
            sink.notes.skip(name, reason);
        }
        sink.notes.take(listing.into_notes());
        archives.extend(found);
        return Ok(());
    }
    if shards::is_archive(path)? {
        if !own {
            let found =
                "this is an archive, whose views are in the file names (KEY.VIEW.EXT)".into();
            return Err(DataError::NoViews {
                path: path.into(),
                found,
            });
        }
        archives.push(path.to_path_buf());
        return Ok(());
    }
    folder::read_file(path, sink)
}

fn next(queue: &Mutex<Receiver<Found>>) -> Option<Found> {
    queue
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
        .recv()
        .ok()
}

fn load(found: &Found, size: usize, budget: &Budget) -> std::result::Result<Rgba, String> {
    match &found.content {
        Content::Pixels {
            rgba,
            width,
            height,
        } => {
            let picture = Rgba::from_rgba8(rgba, *width, *height, size);
            picture.map_err(|error| error.to_string())
        }
        Content::Bytes(bytes) => {
            let _share = budget.take(memory(Cursor::new(bytes), size));
            decode(bytes, &found.name, size)
        }
        Content::File(path) => {
            let unreadable = |error| format!("cannot be read ({error})");
            let file = std::fs::File::open(path).map_err(unreadable)?;
            let length = file.metadata().map_err(unreadable)?.len();
            if length > shards::MAX_FILE {
                return Err(format!(
                    "too large; a file may have {} MB",
                    shards::MAX_FILE >> 20
                ));
            }
            let _share = budget.take(length + memory(BufReader::new(file), size));
            let bytes = std::fs::read(path).map_err(unreadable)?;
            decode(&bytes, &found.name, size)
        }
    }
}

/// Sort what came back in any order into a data set.
fn assemble(
    path: &Path,
    size: usize,
    single: bool,
    mut notes: Notes,
    decoded: Vec<(Found, std::result::Result<Rgba, String>)>,
) -> Result<Dataset> {
    let mut pictures = Vec::new();
    let mut broken = Vec::new();
    for (found, picture) in decoded {
        match picture {
            Ok(picture) => pictures.push((found, picture)),
            Err(reason) => broken.push(Skipped {
                name: found.name,
                reason,
            }),
        }
    }
    broken.sort_by(|a, b| a.name.cmp(&b.name));
    if pictures.is_empty() {
        let path = path.to_path_buf();
        return Err(match (broken.first(), notes.skipped.first()) {
            (Some(first), _) if single && broken.len() == 1 && first.name == file_name(&path) => {
                DataError::Picture {
                    path,
                    reason: first.reason.clone(),
                }
            }
            (Some(first), _) => DataError::AllBroken {
                path,
                count: broken.len(),
                name: first.name.clone(),
                reason: first.reason.clone(),
            },
            (None, Some(first)) => {
                let others = if notes.others.is_empty() {
                    String::new()
                } else {
                    format!("{}; ", notes.others())
                };
                let found = format!("{others}{}: {}", first.name, first.reason);
                DataError::NoPicture {
                    path,
                    found,
                    accepted: ACCEPTED,
                }
            }
            (None, None) => DataError::NoPicture {
                path,
                found: notes.others(),
                accepted: ACCEPTED,
            },
        });
    }
    let views: Vec<String> = pictures
        .iter()
        .filter_map(|(found, _)| found.view.clone())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let mut samples = BTreeMap::<(String, usize), Sample>::new();
    for (found, picture) in pictures {
        let view = found.view.and_then(|view| views.binary_search(&view).ok());
        let sample = samples
            .entry((found.key.clone(), found.shard))
            .or_insert_with(|| Sample {
                key: found.key.clone(),
                pictures: Vec::new(),
                class: notes
                    .classes
                    .remove(&(found.shard, found.key.clone()))
                    .or(found.class),
                meta: notes.metas.remove(&(found.shard, found.key.clone())),
            });
        sample.pictures.push(Entry {
            name: found.name,
            view,
            picture,
        });
    }
    // The same key in two shards is two samples, told apart by the shard's name.
    let keys: Vec<_> = samples.keys().cloned().collect();
    for pair in keys.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
        for id in pair {
            if let (Some(sample), Some(shard)) = (samples.get_mut(id), notes.shards.get(id.1)) {
                sample.key = format!("{shard}/{}", id.0);
            }
        }
    }
    let mut samples: Vec<_> = samples.into_values().collect();
    samples.sort_by(|a, b| a.key.cmp(&b.key));
    make_unique(&mut samples);
    for sample in &mut samples {
        sample
            .pictures
            .sort_by(|a, b| (a.view, &a.name).cmp(&(b.view, &b.name)));
    }
    let mut skipped = notes.skipped;
    skipped.extend(broken);
    skipped.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Dataset {
        size,
        samples,
        views,
        skipped,
    })
}

/// Number the keys that are still the same, such as one with its shard before it and another that
/// was called so.
fn make_unique(samples: &mut [Sample]) {
    let mut taken: BTreeSet<String> = samples.iter().map(|sample| sample.key.clone()).collect();
    for i in (1..samples.len()).rev() {
        if samples[i].key == samples[i - 1].key {
            let mut keys = (2..).map(|n| format!("{} ({n})", samples[i].key));
            if let Some(key) = keys.find(|key| !taken.contains(key)) {
                taken.insert(key.clone());
                samples[i].key = key;
            }
        }
    }
    samples.sort_by(|a, b| a.key.cmp(&b.key));
}
