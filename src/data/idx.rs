//! Pictures in IDX files, the format of MNIST and Fashion-MNIST, plain or compressed with gzip.
//!
//! `train-images-idx3-ubyte`: the numbers 0x00000803, count, height and width, big-endian, then a
//! byte a pixel. `train-labels-idx1-ubyte` beside it: 0x00000801, count, then a byte a label.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::error::{DataError, Result};
use super::paths::file_name as name;
use super::picture::MAX_SIDE;
use super::source::{Content, Found, Sink};

/// Magic numbers of three- and one-dimensional arrays of bytes.
const PICTURES: [u8; 4] = [0, 0, 8, 3];
const LABELS: [u8; 4] = [0, 0, 8, 1];

/// Longest array that is read, in bytes.
const MAX_ARRAY: u64 = 1 << 30;

/// The files to read at `path`: the file itself if it begins as one of pictures, or a folder's, by
/// their names. None if there is no such file.
pub(super) fn find(path: &Path) -> Result<Option<Vec<PathBuf>>> {
    let unreadable = |source| DataError::Unreadable {
        path: path.into(),
        source,
    };
    if path.is_file() {
        let mut start = [0; 4];
        let found = open(path).and_then(|mut file| file.read_exact(&mut start));
        // What is shorter or no gzip after all is something else, and reported by who reads that.
        return Ok((found.is_ok() && start == PICTURES).then(|| vec![path.to_owned()]));
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        let name = name(&file);
        if name.contains("images") && name.contains("idx3") && file.is_file() {
            files.push(file);
        }
    }
    files.sort();
    Ok((!files.is_empty()).then_some(files))
}

fn open(path: &Path) -> std::io::Result<Box<dyn Read>> {
    let mut file = BufReader::new(File::open(path)?);
    Ok(if file.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    })
}

/// Read these files; where one is called train, only those that are.
pub(super) fn read(files: &[PathBuf], sink: &mut Sink) -> Result<()> {
    let is_train = |file: &PathBuf| name(file).starts_with("train");
    let any = files.iter().any(is_train);
    for file in files {
        if any && !is_train(file) {
            let reason =
                "lies beside the training part and was not read; to read it, give the file itself";
            sink.notes.skip(name(file), reason);
        } else {
            pictures(file, sink)?;
        }
    }
    Ok(())
}

fn pictures(path: &Path, sink: &mut Sink) -> Result<()> {
    let file = name(path);
    let shard = sink.notes.shard(path);
    let ([count, height, width], mut bytes) = match array::<3>(path, PICTURES) {
        Ok(found) => found,
        Err(reason) => {
            sink.notes.skip(file, reason);
            return Ok(());
        }
    };
    if !(1..=MAX_SIDE).contains(&height) || !(1..=MAX_SIDE).contains(&width) {
        let reason =
            format!("says its pictures are {width} x {height}; sides must be from 1 to {MAX_SIDE}");
        sink.notes.skip(file, reason);
        return Ok(());
    }
    let labels = labels(path, count, sink);
    sink.expect(count);
    // One picture at a time: the array may be a gigabyte, and its file a megabyte.
    let mut grey = vec![0; height * width];
    for i in 0..count {
        // The end of a cut gzip stream is an error; what came before it is used.
        if bytes.read_exact(&mut grey).is_err() {
            let reason =
                format!("is cut short: {i} of its {count} pictures are there, and were read");
            sink.notes.skip(&file, reason);
            break;
        }
        let key = format!("{i:05}");
        // As many as wait to be decoded are kept with four bytes a pixel.
        let share = sink.waiting.take(4 * grey.len() as u64);
        sink.picture(Found {
            name: format!("{file}/{key}"),
            key,
            shard,
            view: None,
            class: labels.get(i).map(u8::to_string),
            content: Content::Pixels {
                rgba: grey.iter().flat_map(|&v| [v, v, v, 255]).collect(),
                width,
                height,
            },
            share: Some(share),
        })?;
    }
    Ok(())
}

/// Labels beside a file of pictures, as far as they go; what is wrong with them is noted.
fn labels(pictures: &Path, count: usize, sink: &mut Sink) -> Vec<u8> {
    let name = name(pictures)
        .replace("images", "labels")
        .replace("idx3", "idx1");
    let plain = name.trim_end_matches(".gz").to_owned();
    let beside = [name.clone(), plain.clone(), format!("{plain}.gz")]
        .map(|name| pictures.with_file_name(name));
    let Some(path) = beside.iter().find(|path| path.is_file()) else {
        sink.notes.skip(
            name,
            "is not beside the pictures, which have no class without it",
        );
        return Vec::new();
    };
    let found = array::<1>(path, LABELS).map(|(_, file)| {
        let mut labels = Vec::new();
        let _ = file.take(count as u64).read_to_end(&mut labels);
        labels
    });
    match found {
        Ok(labels) if labels.len() >= count => labels,
        Ok(labels) => {
            let reason = format!(
                "has {} labels for {count} pictures; the others have no class",
                labels.len()
            );
            sink.notes.skip(name, reason);
            labels
        }
        Err(reason) => {
            sink.notes.skip(name, reason);
            Vec::new()
        }
    }
}

/// Sizes of an array of `D` dimensions, and what reads its bytes, which may be fewer than they say.
fn array<const D: usize>(
    path: &Path,
    magic: [u8; 4],
) -> std::result::Result<([usize; D], Box<dyn Read>), String> {
    let unreadable = |error: std::io::Error| format!("cannot be read ({error})");
    let mut file = open(path).map_err(unreadable)?;
    let mut header = vec![0; 4 + 4 * D];
    file.read_exact(&mut header)
        .map_err(|_| "is cut short in its header".to_owned())?;
    if header[..4] != magic {
        return Err(format!(
            "begins with {:02x?}, an IDX file of these with {magic:02x?}",
            &header[..4]
        ));
    }
    let sizes = std::array::from_fn(|d| {
        let at = 4 + 4 * d;
        u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]) as usize
    });
    let length = sizes
        .iter()
        .try_fold(1, |area: usize, &size| area.checked_mul(size));
    let length = match length {
        Some(length) if length as u64 <= MAX_ARRAY => length as u64,
        _ => {
            let reason = format!(
                "says it holds {sizes:?} values; at most {} MB are read",
                MAX_ARRAY >> 20
            );
            return Err(reason);
        }
    };
    Ok((sizes, Box::new(file.take(length))))
}
