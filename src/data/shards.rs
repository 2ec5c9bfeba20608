//! Pictures in WebDataset archives: `.tar`, plain or compressed with gzip.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::decode::{extension, is_picture};
use super::error::{DataError, Result};
use super::source::{Content, Found, Sink};

/// Largest file that is read as one picture, in bytes.
pub(super) const MAX_FILE: u64 = 256 << 20;

/// The archives directly in a folder, sorted by name, and the names of the pictures beside them.
pub(super) fn in_folder(folder: &Path) -> Result<(Vec<PathBuf>, Vec<String>)> {
    let unreadable = |source| DataError::Unreadable {
        path: folder.into(),
        source,
    };
    let (mut archives, mut beside) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if has_archive_name(&path) && path.is_file() {
            archives.push(path);
        } else if wanted(&file_name(&path)) {
            beside.push(file_name(&path));
        }
    }
    archives.sort();
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
    Ok(has_archive_name(path) || is_gzip(&start) || start.get(257..262) == Some(b"ustar"))
}

fn has_archive_name(path: &Path) -> bool {
    let name = file_name(path).to_ascii_lowercase();
    !name.starts_with('.')
        && [".tar", ".tar.gz", ".tgz"]
            .iter()
            .any(|end| name.ends_with(end))
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
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
        sink.notes.shards.push(file_name(path));
        match open(path) {
            Ok(mut file) => {
                let compressed = starts_like_gzip(&mut file);
                // Counting means decompressing; then the total stays unknown.
                total = total
                    .filter(|_| !compressed)
                    .map(|total| total + count(&mut file));
                streams.push(Ok((file, compressed)));
            }
            Err(source) if archives.len() == 1 => {
                return Err(DataError::Unreadable {
                    path: path.clone(),
                    source,
                });
            }
            Err(error) => streams.push(Err(error)),
        }
    }
    sink.expect(total.unwrap_or(0));
    for (number, (path, stream)) in archives.iter().zip(streams).enumerate() {
        match stream {
            Ok((file, true)) => members(MultiGzDecoder::new(file), number, &file_name(path), sink)?,
            Ok((file, false)) => members(file, number, &file_name(path), sink)?,
            Err(error) => sink
                .notes
                .skip(file_name(path), format!("cannot be read ({error})")),
        }
    }
    Ok(())
}

fn open(path: &Path) -> std::io::Result<BufReader<File>> {
    Ok(BufReader::new(File::open(path)?))
}

fn starts_like_gzip(file: &mut BufReader<File>) -> bool {
    // What cannot be read here cannot be read later, and is reported then.
    file.fill_buf().is_ok_and(is_gzip)
}

/// How many pictures an archive has, from its headers alone; as far as they can be read.
fn count(file: &mut BufReader<File>) -> usize {
    let mut archive = tar::Archive::new(&mut *file);
    let pictures = archive.entries_with_seek().map_or(0, |entries| {
        entries
            .map_while(std::result::Result::ok)
            .filter(|entry| wanted(&member_name(entry)))
            .count()
    });
    // Where this fails reading fails too, and says so.
    let _ = file.rewind();
    pictures
}

fn member_name<R: Read>(entry: &tar::Entry<R>) -> String {
    String::from_utf8_lossy(&entry.path_bytes())
        .trim_start_matches("./")
        .to_owned()
}

/// Whether a member is taken for a picture.
fn wanted(name: &str) -> bool {
    is_picture(name) && !hidden(name)
}

fn hidden(name: &str) -> bool {
    name.split('/')
        .any(|part| part.starts_with('.') || part == "__MACOSX")
}

/// Hand on the members of one archive. A damaged one gives what comes before the damage.
fn members(stream: impl Read, shard: usize, archive: &str, sink: &mut Sink) -> Result<()> {
    let mut tar = tar::Archive::new(stream);
    let entries = match tar.entries() {
        Ok(entries) => entries,
        Err(error) => {
            sink.notes
                .skip(archive, format!("is not a tar archive ({error})"));
            return Ok(());
        }
    };
    let mut last = None;
    for entry in entries {
        sink.check()?;
        let mut entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let reason = match &last {
                    None => format!("is not a tar archive, or damaged at its start ({error})"),
                    Some(last) => format!(
                        "is damaged or cut short after {last} ({error}); what came before was read"
                    ),
                };
                sink.notes.skip(archive, reason);
                return Ok(());
            }
        };
        let name = member_name(&entry);
        if !entry.header().entry_type().is_file() || hidden(&name) {
            continue;
        }
        let extension = extension(&name);
        let (picture, side) = (
            is_picture(&name),
            matches!(extension.as_str(), "json" | "cls"),
        );
        if !picture && !side {
            *sink.notes.others.entry(extension).or_default() += 1;
            last = Some(name);
            continue;
        }
        let size = entry.size();
        if size > MAX_FILE {
            sink.notes.skip(
                &name,
                format!("too large; a file may have {} MB", MAX_FILE >> 20),
            );
            last = Some(name);
            continue;
        }
        let mut bytes = Vec::with_capacity(size.min(1 << 20) as usize);
        let read = entry.read_to_end(&mut bytes);
        if read.is_err() || (bytes.len() as u64) < size {
            let cause = read
                .err()
                .map(|error| format!(" ({error})"))
                .unwrap_or_default();
            sink.notes.skip(
                archive,
                format!("is cut short in {name}{cause}; what came before was read"),
            );
            return Ok(());
        }
        let (key, view) = split(&name);
        if picture {
            let (key, view) = (key.to_owned(), view.map(str::to_owned));
            sink.picture(Found {
                name: name.clone(),
                key,
                shard,
                view,
                class: None,
                content: Content::Bytes(bytes),
            })?;
        } else {
            *sink.notes.others.entry(extension.clone()).or_default() += 1;
            let id = (shard, key.to_owned());
            match extension.as_str() {
                "cls" => {
                    sink.notes
                        .classes
                        .insert(id, String::from_utf8_lossy(&bytes).trim().to_owned());
                }
                _ => match serde_json::from_slice(&bytes) {
                    Ok(meta) => {
                        sink.notes.metas.insert(id, meta);
                    }
                    Err(error) => sink.notes.skip(
                        &name,
                        format!("is not JSON ({error}); its sample goes without"),
                    ),
                },
            }
        }
        last = Some(name);
    }
    Ok(())
}

/// Key and view of a member: the key is the name up to the first dot of its last part, the view
/// what stands between that and the extension. `a/1f600.noto.webp` is `a/1f600` and `noto`.
fn split(name: &str) -> (&str, Option<&str>) {
    let file = name.rfind('/').map_or(0, |slash| slash + 1);
    let Some(first) = name[file..].find('.') else {
        return (name, None);
    };
    let last = name.rfind('.').unwrap_or(name.len());
    (
        &name[..file + first],
        name.get(file + first + 1..last)
            .filter(|view| !view.is_empty()),
    )
}
