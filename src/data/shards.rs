//! Pictures in WebDataset archives: `.tar`, plain or compressed with gzip.
//!
//! Names of members are untrusted: one that leads out of the archive is named and not read. Hard
//! and symbolic links are read as the member they lead to, in a second pass.

mod headers;
mod members;
mod names;

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::decode::is_picture;
use super::error::{DataError, Result};
use super::paths::file_name;
use super::source::Sink;
use headers::BoundedHeaders;
use members::Members;
use names::{is_hidden, member_name};

/// Largest file that is read as one picture, in bytes.
pub const MAX_FILE: u64 = 256 << 20;

/// Add a member to an archive, with the same header whoever writes it and when.
pub(super) fn append(
    archive: &mut tar::Builder<Vec<u8>>,
    name: &str,
    bytes: &[u8],
) -> std::io::Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    header.set_mtime(0);
    archive.append_data(&mut header, name, bytes)
}

/// The archives directly in a folder, sorted by name, and the names of the pictures beside them.
pub(super) fn in_folder(folder: &Path) -> Result<(Vec<PathBuf>, Vec<String>)> {
    let unreadable = |source| DataError::Unreadable {
        path: folder.into(),
        source,
    };
    let (mut archives, mut beside) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = file_name(&path);
        if has_archive_name(&path) && path.is_file() {
            archives.push(path);
        } else if is_picture(&name) && !is_hidden(&name) && !path.is_dir() {
            beside.push(name);
        }
    }
    archives.sort();
    beside.sort();
    Ok((archives, beside))
}

/// Whether a file is an archive, by its name or by its content.
pub(super) fn is_archive(path: &Path) -> Result<bool> {
    let unreadable = |source| DataError::Unreadable {
        path: path.into(),
        source,
    };
    let mut start = Vec::new();
    File::open(path)
        .and_then(|file| file.take(262).read_to_end(&mut start))
        .map_err(unreadable)?;
    let is_tar = start.get(257..262) == Some(b"ustar");
    Ok(has_archive_name(path) || is_gzip(&start) || is_tar)
}

pub(super) fn has_archive_name(path: &Path) -> bool {
    let name = file_name(path).to_ascii_lowercase();
    !name.starts_with('.')
        && [".tar", ".tar.gz", ".tgz"]
            .iter()
            .any(|end| name.ends_with(end))
}

fn is_gzip(start: &[u8]) -> bool {
    start.starts_with(&[0x1f, 0x8b])
}

/// Read archives one after the other.
pub(super) fn read(archives: &[PathBuf], sink: &mut Sink) -> Result<()> {
    let mut streams = Vec::new();
    let mut total = Some(0);
    for path in archives {
        sink.check()?;
        let shard = sink.notes.shard(path);
        match open(path) {
            Ok(mut file) => {
                let compressed = starts_like_gzip(&mut file);
                // Counting means decompressing; then the total stays unknown.
                total = total
                    .filter(|_| !compressed)
                    .map(|total| total + count(&mut file));
                streams.push((shard, Ok((file, compressed))));
            }
            Err(source) if archives.len() == 1 => {
                return Err(DataError::Unreadable {
                    path: path.clone(),
                    source,
                });
            }
            Err(error) => streams.push((shard, Err(error))),
        }
    }
    sink.expect(total.unwrap_or(0));
    for (path, (shard, stream)) in archives.iter().zip(streams) {
        let archive = file_name(path);
        let links = match stream {
            Ok((file, compressed)) => {
                let mut reader = Members::new(shard, &archive, sink);
                reader.read(unpacked(file, compressed))?;
                reader.links()
            }
            Err(error) => {
                let reason = format!("cannot be read ({error})");
                sink.notes.skip(archive, reason);
                continue;
            }
        };
        if links.is_empty() {
            continue;
        }
        match open(path) {
            Ok(mut file) => {
                let compressed = starts_like_gzip(&mut file);
                let mut reader = Members::new(shard, &archive, sink);
                reader.linked(unpacked(file, compressed), links)?;
            }
            Err(error) => {
                let reason = format!("cannot be read again for its links ({error})");
                sink.notes.skip(archive, reason);
            }
        }
    }
    Ok(())
}

fn open(path: &Path) -> std::io::Result<BufReader<File>> {
    Ok(BufReader::new(File::open(path)?))
}

fn unpacked(file: BufReader<File>, compressed: bool) -> Box<dyn Read> {
    if compressed {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    }
}

fn starts_like_gzip(file: &mut BufReader<File>) -> bool {
    // What cannot be read here cannot be read later, and is reported then.
    file.fill_buf().is_ok_and(is_gzip)
}

/// How many pictures an archive has, from its headers alone; as far as they can be read.
fn count(file: &mut BufReader<File>) -> usize {
    let (stream, bound) = BoundedHeaders::new(&mut *file);
    let mut archive = tar::Archive::new(stream);
    archive.set_ignore_zeros(true);
    let pictures = archive.entries_with_seek().map_or(0, |entries| {
        entries
            .map_while(std::result::Result::ok)
            // What is behind a header is skipped without being read.
            .inspect(|_| bound.header(0))
            .filter(|entry| match member_name(&entry.path_bytes()) {
                Ok(name) => is_picture(&name) && !is_hidden(&name),
                Err(_) => false,
            })
            .count()
    });
    // Where this fails reading fails too, and says so.
    let _ = file.rewind();
    pictures
}
